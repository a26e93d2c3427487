"""What becomes of imports of Flask-Migrate, and of `Migrate()`."""

import pytest

from hipflask.convert.migrations import sites
from hipflask.convert.migrations.usage import survey
from hipflask.project import File

SITES = {
    "a name": ("from flask_migrate import upgrade\n", "from app.migrate import upgrade\n"),
    "several, and another name": (
        "from flask_migrate import (\n    upgrade,  # a\n    stamp as fm_stamp,\n)\n",
        "from app.migrate import (\n    upgrade,  # a\n    stamp as fm_stamp,\n)\n",
    ),
    "in a function": (
        "def f():\n    from flask_migrate import upgrade\n    upgrade()\n",
        "def f():\n    from app.migrate import upgrade\n    upgrade()\n",
    ),
    "the module": (
        "import flask_migrate\nflask_migrate.upgrade('x')\n",
        "from app import migrate\nmigrate.upgrade('x')\n",
    ),
    "the module by another name": (
        "import flask_migrate as fm\nfm.upgrade()\n",
        "from app import migrate as fm\nfm.upgrade()\n",
    ),
    "the commands": (
        "from flask_migrate.cli import db as db_cli\n",
        "from app.migrate import flask_db as db_cli\n",
    ),
    "a patch": ("patch('flask_migrate.upgrade')\n", "patch('app.migrate.upgrade')\n"),
    "a text about it": ("'See flask_migrate.upgrade.'\n", "'See flask_migrate.upgrade.'\n"),
    "CRLF": ("from flask_migrate import stamp\r\n", "from app.migrate import stamp\r\n"),
    "the class": (
        "from flask_migrate import Migrate\n\nmigrate = Migrate()\n\n\n"
        "def make(app, db):\n    migrate.init_app(app, db)\n",
        "from app import migrate\n\n\n\ndef make(app, db):\n    migrate.init_app(app)\n",
    ),
    "the class, by another name": (
        "from flask_migrate import Migrate, stamp\n\nmigrations = Migrate()  # as in Alembic\nx = 1\n",
        "from app import migrate as migrations\nfrom app.migrate import stamp\n\nx = 1\n",
    ),
    "the class, given all": (
        "from flask_migrate import Migrate as M\nmigrate = M(app, db, directory='m', command='c')\n",
        "from app import migrate\nmigrate.init_app(app)\n",
    ),
    "the class, in a function": (
        "def make(app):\n    from flask_migrate import Migrate\n\n    Migrate(app=app, db=db)\n",
        "def make(app):\n    from app import migrate\n\n    migrate.init_app(app)\n",
    ),
    "the class of the module": (
        "import flask_migrate\n\nm: flask_migrate.Migrate = flask_migrate.Migrate(app, db)\n",
        "from app import migrate as m\n\nm.init_app(app)\n",
    ),
    "a folder that is computed": (
        "from flask_migrate import Migrate\nMigrate(app, db, join(ROOT, 'x'), compare_type=True)\n",
        "from app import migrate\nmigrate.init_app(app, directory=join(ROOT, 'x'))\n",
    ),
    "a name that is taken": (
        "from flask_migrate import Migrate\n\nMigrate(app, db)\n\n\ndef migrate(): ...\n",
        "from app import migrate as migrations_cli\n\nmigrations_cli.init_app(app)\n\n\n"
        "def migrate(): ...\n",
    ),
}


@pytest.mark.parametrize("case", SITES.values(), ids=SITES)
def test_what_is_imported_of_flask_migrate_comes_from_the_project(case: tuple[str, str]) -> None:
    before, after = case
    usage = survey([File("a.py", before.encode())])
    assert usage.is_plain
    assert sites.rewrite("a.py", before, "app.migrate", usage) == (after, [])
    compile(after, "a.py", "exec")
    assert sites.rewrite("a.py", after, "app.migrate", usage) == (after, [])


CLASSES = {
    "a subclass": "class Mine(Migrate): ...\n",
    "an annotation": "def f(migrate: Migrate): ...\n",
    "an option that is computed": "migrate = Migrate(app, db, render_as_batch=url.is_sqlite)\n",
    "options that differ": (
        "migrate = Migrate()\nif x:\n    migrate.init_app(app, db, compare_type=True)\n"
        "else:\n    migrate.init_app(app, db)\n"
    ),
    "an attribute": "migrate = Migrate(app, db)\nprint(migrate.directory)\n",
    "another value": "migrate = None\n\n\ndef f():\n    global migrate\n    migrate = Migrate(app, db)\n",
    "unpacked": "migrate = Migrate(app, db, **options)\n",
    "an attribute of an object": "self.migrate = Migrate(app, db)\n",
    "a computed folder for all apps": "migrate = Migrate(directory=join(ROOT, 'x'))\n",
    "passed on": "migrate = Migrate()\nregister(migrate)\n",
    "a callback": "migrate = Migrate()\n\n\n@migrate.configure\ndef f(config): ...\n",
}


@pytest.mark.parametrize("text", CLASSES.values(), ids=CLASSES)
def test_where_an_object_is_needed_there_is_a_class(text: str) -> None:
    before = f"from flask_migrate import Migrate\n\n{text}"
    usage = survey([File("a.py", before.encode())])
    assert not usage.is_plain
    after = before.replace("flask_migrate", "app.migrate")
    assert sites.rewrite("a.py", before, "app.migrate", usage) == (after, [])


@pytest.mark.parametrize(
    "text", ["from flask_migrate import MigrateCommand\n", "import flask_migrate.cli\n"]
)
def test_what_has_no_counterpart_stays_and_is_found(text: str) -> None:
    usage = survey([File("a.py", text.encode())])
    after, (finding,) = sites.rewrite("a.py", text, "app.migrate", usage)
    assert (after, finding.line) == (text, 1)
