"""What `--database` sets: the driver, the settings, the servers of the tests, the README."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from hipflask.new import databases, starter

from .conftest import Run

URLS = {
    "postgresql": "postgresql+psycopg://me@localhost/shop",
    "mysql": "mysql+pymysql://me@localhost/shop",
}
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql"}
SERVERS = {"postgresql": "postgresql", "mysql": "mariadb"}


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
    assert database not in asked["optional-dependencies"]


def test_its_pins_are_those_of_the_starter(project: Path, database: str) -> None:
    run, serve = (
        (project / "requirements" / name).read_text() for name in ("run.txt", "serve.txt")
    )
    pinned = re.findall(r"^([\w.-]+)==(?:.*\n)(?: .*\n)*", run, re.MULTILINE)
    assert DRIVERS[database] in pinned
    assert pinned == sorted(pinned)
    for block in re.findall(r"^\w.*\n(?: .*\n)*", run, re.MULTILINE):
        assert "--hash" in block
        assert block in serve


def test_the_settings_to_start_from_have_its_url(project: Path, database: str) -> None:
    lines = (project / ".env.example").read_text().splitlines()
    assert f"SQLALCHEMY_URL={URLS[database]}" in lines
    assert not [line for line in lines if "sqlite" in line]


def test_its_readme_says_how_to_run_it_there(project: Path, database: str) -> None:
    readme = (project / "README.md").read_text()
    assert f"$ export SQLALCHEMY_URL={URLS[database]}\n$ alembic upgrade head\n" in readme
    (other,) = URLS.keys() - {database}
    assert URLS[other] not in readme
    assert "postgresql]'" not in readme


def test_its_tests_run_on_sqlite_and_on_its_server(project: Path, database: str) -> None:
    kinds = f'KINDS = ["sqlite", "{SERVERS[database]}"]\n'
    assert kinds in (project / "tests/servers.py").read_text()


def test_its_ci_installs_the_servers_that_its_tests_need(project: Path, database: str) -> None:
    workflow = (project / ".github/workflows/ci.yml").read_text()
    assert ("mariadb-server-core" in workflow) == (database == "mysql")


def test_unless_told_it_is_sqlite_which_it_is_tested_on_and_can_move_to_the_others(
    hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop")
    project = tmp_path / "shop"
    asked = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert not packages(asked["dependencies"]) & set(DRIVERS.values())
    assert URLS.keys() < asked["optional-dependencies"].keys()
    assert "# SQLALCHEMY_URL=sqlite:////" in (project / ".env.example").read_text()
    assert 'KINDS = ["sqlite"]\n' in (project / "tests/servers.py").read_text()
    assert "apt-get" not in (project / ".github/workflows/ci.yml").read_text()
    assert URLS["postgresql"] in (project / "README.md").read_text()


def test_a_database_that_there_is_not_is_refused(hipflask: Run, tmp_path: Path) -> None:
    done = hipflask("new", "shop", "--database", "oracle")
    assert done.returncode == 2
    assert "'oracle' is not one of 'sqlite', 'postgresql', 'mysql'" in done.stderr
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("times", [0, 2])
def test_a_place_that_the_starter_has_no_more_or_twice_is_an_error(times: int) -> None:
    texts = {path.as_posix(): (starter.folder() / path).read_text() for path in starter.files()}
    texts["tests/servers.py"] = 'KINDS = ["sqlite"]\n' * times
    with pytest.raises(LookupError, match=f"^{times} places in tests/servers.py are '.KINDS"):
        databases.choose("sqlite", texts)
