"""Flask-Migrate becomes Alembic: what is written, and where."""

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.convert.sizes import lines_of_code

from hipflask.convert import migrations
from hipflask.convert.migrations import factories
from hipflask.convert.outcome import Facts
from hipflask.project import File, read

from .projects import FOURTH, SECOND_GENERATION, Project


@pytest.mark.parametrize(
    ("name", "text", "asks"),
    [
        ("requirements.txt", "Flask-Migrate==2.5.3\n", False),
        ("requirements.txt", "flask_migrate >= 3.1\n", False),
        ("pyproject.toml", '[tool.poetry.dependencies]\nflask-migrate = "^4.0"\n', True),
        ("poetry.lock", '[[package]]\nname = "flask-migrate"\nversion = "3.0.1"\n', False),
        ("requirements.txt", "Flask-Migrate\n", True),
    ],
)
def test_alembic_compares_what_the_version_of_flask_migrate_did(
    name: str, text: str, asks: bool, tmp_path: Path
) -> None:
    project = Project(tmp_path, None, False)
    project.put(name, text)
    project.convert()
    written = (tmp_path / "app/migrations_template/env.py").read_text()
    assert ("compare_type=True" in written) is asks
    assert ("render_as_batch=True" in written) is asks


def test_where_no_version_is_pinned_the_installed_one_counts(tmp_path: Path) -> None:
    Project(tmp_path, FOURTH, False)
    on_3 = replace(read(tmp_path), installed={"flask-migrate": "3.1.0"})
    changes, _ = migrations.convert(on_3, Facts(new_module="app/db.py", module="app.db"))
    (written,) = (c.after for c in changes if c.path == "migrations/env.py")
    assert b"compare_type" not in (written or b"compare_type")


def test_the_commands_are_in_the_outermost_package(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("app/data/__init__.py", "")
    (tmp_path / "app/db.py").rename(tmp_path / "app/data/db.py")
    facts = Facts(new_module="app/data/db.py", module="app.data.db")
    changes, _ = migrations.convert(read(tmp_path), facts)
    assert "app/migrate.py" in [change.path for change in changes]


def test_without_a_way_to_make_the_app_only_flask_db_works(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    text = (tmp_path / "app/__init__.py").read_text()
    project.put("app/__init__.py", text.replace("create_app()", "create_app(settings=None, *, x)"))
    project.convert()
    assert "prepend_sys_path" not in (tmp_path / "migrations/alembic.ini").read_text()
    assert "create the app in env.py" in project.findings[0].reason


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "[alembic]\n",
            "[alembic]\nscript_location = %(here)s\nprepend_sys_path = .\npath_separator = os\n",
        ),
        (
            "[alembic]\n# where\nscript_location = .\nprepend_sys_path = src\n",
            "[alembic]\n# where\nscript_location = %(here)s\nprepend_sys_path = src\n",
        ),
        (
            "[alembic]\nversion_locations = a b\n",
            "[alembic]\nscript_location = %(here)s\nprepend_sys_path = .\nversion_locations = a b\n",
        ),
        (
            None,
            "[alembic]\nscript_location = %(here)s\nprepend_sys_path = .\npath_separator = os\n",
        ),
    ],
)
def test_alembic_is_configured_where_flask_migrate_was(
    before: str | None, after: str, newline: str, tmp_path: Path
) -> None:
    project = Project(tmp_path, FOURTH, False)
    ini = tmp_path / "migrations/alembic.ini"
    if before is None:
        ini.unlink()
        newline = "\n"
    else:
        ini.write_bytes(before.replace("\n", newline).encode())
    project.convert()
    assert ini.read_bytes().decode() == after.replace("\n", newline)
    assert [*tmp_path.rglob("alembic.ini")] == [ini]


def test_an_old_flask_migrate_must_be_uninstalled(tmp_path: Path) -> None:
    project = Project(tmp_path, SECOND_GENERATION, False)
    project.put("requirements.txt", "Flask-Migrate==2.5.3\n")
    project.convert()
    assert "Uninstall it" in project.findings[0].reason


def test_the_database_of_the_extension_is_the_new_module(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("script.py", "import app\n\nprint(app.extensions['migrate'].db.engine)\n")
    project.convert()
    written = (tmp_path / "script.py").read_text()
    assert written == "import app\n\nfrom app import db\n\nprint(db.get_engine())\n"


def test_what_else_is_asked_of_the_extension_is_found(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("script.py", "\nprint(app.extensions['migrate'].directory)\n")
    project.convert()
    assert [(found.path, found.line) for found in project.findings] == [("script.py", 2)]
    assert "app.migrate" in project.findings[0].reason


@pytest.mark.parametrize(
    ("path", "text", "placed"),
    [
        ("app/migrate.py", "MINE = 1\n", "app/migrate_commands.py"),
        ("app/migrate/__init__.py", "MINE = 1\n", "app/migrate_commands.py"),
        ("app/other.py", "import migrate\n", "app/migrate.py"),
    ],
)
def test_a_name_that_is_taken_is_not_overwritten(
    path: str, text: str, placed: str, tmp_path: Path
) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put(path, text)
    project.convert()
    assert (tmp_path / path).read_text() == text
    assert "flask_db" in (tmp_path / placed).read_text()
    assert "exit 0" in project.flask_db("upgrade")


def test_a_name_of_the_package_is_not_taken(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    init = (tmp_path / "app/__init__.py").read_text().replace("migrate = M", "extension = M")
    init = init.replace("migrate.init", "extension.init")
    project.put("app/__init__.py", f"{init}\n\ndef migrate():\n    return 1\n")
    project.convert()
    assert (tmp_path / "app/migrate_commands.py").exists()
    assert "exit 0" in project.flask_db("upgrade")


def test_an_app_in_one_folder_has_the_commands_beside_it(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    text = (tmp_path / "app/__init__.py").read_text().replace("from . import", "import")
    text = text.replace("import db, models", "import db\nimport models")
    for name in ("db", "models"):
        moved = (tmp_path / f"app/{name}.py").read_text()
        project.put(f"{name}.py", moved.replace("from . import", "import"))
        (tmp_path / f"app/{name}.py").unlink()
    (tmp_path / "app/__init__.py").unlink()
    (tmp_path / "app").rmdir()
    project.put("app.py", text)
    project.put("migrations/versions/x.txt", "")
    changes, _ = migrations.convert(read(tmp_path), Facts(new_module="db.py", module="db"))
    written = {change.path: change.after for change in changes}
    assert b"import migrate\n" in (written["app.py"] or b"")
    project.facts = Facts(new_module="db.py", module="db")
    project.convert()
    assert "exit 0" in project.flask_db("upgrade")
    assert "No new upgrade operations" in project.alembic("check")


def test_flask_db_takes_one_new_file_of_few_lines(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    before = {*tmp_path.rglob("*")}
    project.convert()
    (new,) = {*tmp_path.rglob("*")} - before
    assert new == tmp_path / "app/migrate.py"
    assert lines_of_code(new.read_text()) <= 35


FACTORIES = {
    "app/__init__.py": (
        "def create_app(): Flask()\n",
        ("from app import create_app", "create_app()"),
    ),
    "app/web.py": (
        "def make_app(test=None): Flask()\n",
        ("from app.web import make_app", "make_app()"),
    ),
    "run.py": ("app = Flask(__name__)\n", ("from run import app", "app")),
    "wsgi.py": ("app = app.web.create_app('x')\n", ("from wsgi import app", "app")),
    "celery.py": ("app = Celery(__name__)\n", None),
    "needs.py": ("def create_app(config): Flask()\n", None),
    "migrates.py": ("from x.migrate import upgrade\ndef create_app(): Flask()\n", None),
    "tests/conftest.py": ("def create_app(): Flask()\n", None),
    "broken.py": ("Flask def\n", None),
}


@pytest.mark.parametrize("path", FACTORIES)
def test_the_app_is_made_as_the_project_makes_it(path: str) -> None:
    text, found = FACTORIES[path]
    assert factories.find([File(path, text.encode())], "") == found


def test_two_ways_to_make_the_app_are_none() -> None:
    files = [File(f"{name}.py", b"def create_app(): Flask()\n") for name in ("a", "b")]
    assert factories.find(files, "") is None


def test_a_project_without_flask_migrate_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("app/__init__.py", "")
    assert project.convert() == 0
