"""The starter's dependencies: what is asked for, what is pinned, and what is said about them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
STARTER = tomllib.loads((ROOT / "starter/pyproject.toml").read_text())
EXTRAS = STARTER["project"]["optional-dependencies"].values()
RUNTIME = [*STARTER["project"]["dependencies"], *(text for extra in EXTRAS for text in extra)]
ALL = [*RUNTIME, *STARTER["dependency-groups"]["dev"], *STARTER["build-system"]["requires"]]


def pinned(name: str) -> str:
    return (ROOT / f"starter/requirements/{name}.txt").read_text()


def versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", pinned(name), re.MULTILINE))


@pytest.mark.parametrize("text", RUNTIME)
def test_the_lowest_version_asked_for_is_the_lowest_tested(text: str) -> None:
    asked = Requirement(text)
    (bound,) = asked.specifier
    assert Version(bound.version) == Version(versions("lowest")[asked.name])


@pytest.mark.parametrize("name", ["run", "serve"])
def test_what_serves_is_what_is_tested(name: str) -> None:
    assert versions(name).items() <= versions("dev").items()


@pytest.mark.parametrize("name", ["run", "serve", "dev", "lowest"])
def test_the_pins_name_no_index(name: str) -> None:
    assert "://" not in pinned(name)


@pytest.mark.parametrize("text", ALL)
def test_every_dependency_is_accounted_for(text: str) -> None:
    assert f"[{Requirement(text).name}](" in (ROOT / "docs/dependencies.md").read_text()
