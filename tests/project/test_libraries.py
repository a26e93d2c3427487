"""Which file an import means where a library has the same name."""

from pathlib import Path

import pytest

from hipflask.project import File, Index, Tree, build_index, library_names


def tree(files: dict[str, str]) -> Tree:
    return Tree(Path("/nowhere"), {path: File(path, text.encode()) for path, text in files.items()})


def index(files: dict[str, str]) -> Index:
    project = tree(files)
    return build_index([(file.path, file.text) for file in project.python], library_names(project))


PACKAGE = {"app/__init__.py": "", "app/views.py": "", "app/redis.py": "from redis import Redis\n"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "redis>=5\n"),
        ("requirements/dev.in", "# all of it\nRedis[hiredis]==5.0 ; python_version > '3'\n"),
        ("pyproject.toml", '[project]\ndependencies = ["redis>=5"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nredis = "^5"\n'),
        ("Pipfile", "[packages]\nredis = '*'\n"),
        ("pyproject.toml", '[project.optional-dependencies]\ncache = ["Redis[hiredis]"]\n'),
        ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "x"}, "redis"]\n'),
        ("setup.py", "setup(install_requires=['flask', 'redis>=5'])\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n    flask\n    redis>=5\n"),
    ],
)
def test_a_library_is_no_module_of_the_package_that_imports_it(path: str, text: str) -> None:
    found = index(PACKAGE | {path: text})
    assert found.find("app/views.py", "redis", 0, ["Redis"]) is None
    assert found.find("app/views.py", "redis", 0) is None
    assert found.find("app/views.py", "redis", 1) == "app/redis.py"
    assert found.find("app/views.py", "app.redis", 0) == "app/redis.py"


@pytest.mark.parametrize("name", ["logging", "calendar", "email", "profile"])
def test_a_module_of_python_is_no_module_of_the_package_that_imports_it(name: str) -> None:
    found = index({"app/__init__.py": "", f"app/{name}.py": "x = 1\n", "app/views.py": ""})
    assert found.find("app/views.py", name, 0) is None
    assert found.find("app/views.py", name, 0, ["x"]) is None


def test_a_module_does_not_import_itself() -> None:
    files = {"celery.py": "from celery import Celery\n"}
    assert index(files).find("celery.py", "celery", 0, ["Celery"]) is None


@pytest.mark.parametrize("init", [{}, {"alembic/__init__.py": ""}])
def test_a_folder_of_migrations_is_not_alembic(init: dict[str, str]) -> None:
    found = index({"alembic/env.py": "from alembic import context\n", **init})
    assert found.find("alembic/env.py", "alembic", 0, ["context"]) is None


def test_a_module_beside_a_script_is_meant_if_it_has_what_is_imported() -> None:
    found = index({"main.py": "", "profile.py": "from x import y\nblueprint = 1\n"})
    assert found.find("main.py", "profile", 0, ["blueprint"]) == "profile.py"
    assert found.find("main.py", "profile", 0, ["Profile"]) is None
    assert found.find("main.py", "profile", 0) is None


def test_a_module_that_is_no_library_s_is_found_beside_a_script_of_a_package() -> None:
    files = {"app/__init__.py": "", "app/models.py": "class User: pass\n", "app/run.py": ""}
    found = index(files)
    assert found.find("app/run.py", "models", 0, ["User"]) == "app/models.py"
    assert found.find("app/run.py", "models", 0) == "app/models.py"
    assert found.find("app/run.py", "models", 0, ["Nothing"]) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "app"\n[tool.x]\npackages = ["app", "tests"]\n'),
        ("setup.py", "setup(name='app', packages=['app'], install_requires=['flask'])\n"),
        ("requirements.txt", "# of app and tests\nflask\n"),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["tests"]\n'),
        ("pyproject.toml", "not = TOML\n"),
    ],
)
def test_a_project_is_no_library_of_its_own(path: str, text: str) -> None:
    files = {"app/__init__.py": "", "app/models.py": "", "tests/helpers.py": "", path: text}
    found = index(files)
    assert found.find("tests/test_it.py", "app", 0) == "app/__init__.py"
    assert found.find("app/views.py", "app.models", 0) == "app/models.py"
    assert found.find("main.py", "tests.helpers", 0) == "tests/helpers.py"
