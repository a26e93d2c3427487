"""Every rule has its file, its tests and its entry in docs/rules.md."""

import re
from pathlib import Path

import pytest

from hipflask.convert.rules import rules

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(rules()))
def test_a_rule_has_tests_and_an_entry_and_says_where_it_comes_from(name: str) -> None:
    assert (ROOT / f"tests/convert/rules/test_{name}.py").is_file()
    assert f"\n## {name}\n" in (ROOT / "docs/rules.md").read_text()
    assert "https://" in (rules()[name].__doc__ or "")


def test_the_page_has_no_entry_of_a_rule_that_is_gone() -> None:
    entries = re.findall(r"^## (\w+)$", (ROOT / "docs/rules.md").read_text(), re.MULTILINE)
    assert sorted(entries) == sorted(rules())
