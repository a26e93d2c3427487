"""The dependencies: what is asked for, what is pinned, and what is said about them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECTS = [
    tomllib.loads((ROOT / path / "pyproject.toml").read_text()) for path in (".", "starter")
]
RUNTIME = [
    text
    for project in PROJECTS
    for asked in (
        project["project"]["dependencies"],
        *project["project"].get("optional-dependencies", {}).values(),
    )
    for text in asked
]
DEVELOPMENT = [text for project in PROJECTS for text in project["dependency-groups"]["dev"]]
ALL = [*RUNTIME, *DEVELOPMENT, *PROJECTS[0]["build-system"]["requires"]]
PINS = [
    path.relative_to(ROOT).as_posix()
    for path in sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("starter/requirements/*.txt")])
]


OLDER = [
    f"tests/convert/requirements/{name}.txt" for name in ("flask-sqlalchemy-2", "sqlalchemy-1.4")
]


def pinned(name: str) -> str:
    return (ROOT / name).read_text()


def versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", pinned(name), re.MULTILINE))


@pytest.mark.parametrize("text", RUNTIME)
def test_the_lowest_version_asked_for_is_the_lowest_tested(text: str) -> None:
    asked = Requirement(text)
    (bound,) = asked.specifier
    tested = Version(versions("requirements/lowest.txt")[asked.name])
    assert Version(bound.version) == tested


@pytest.mark.parametrize("name", [name for name in PINS if "lowest" not in name])
def test_what_is_pinned_is_what_is_tested(name: str) -> None:
    assert versions(name).items() <= versions("requirements/dev.txt").items()


@pytest.mark.parametrize("name", [*PINS, *OLDER])
def test_the_pins_name_no_index(name: str) -> None:
    assert "://" not in pinned(name)


@pytest.mark.parametrize("text", ALL)
def test_every_dependency_is_accounted_for(text: str) -> None:
    assert f"[{Requirement(text).name}](" in (ROOT / "docs/dependencies.md").read_text()
