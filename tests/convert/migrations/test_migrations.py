"""Flask-Migrate becomes Alembic: the history stays, and `flask db` answers as before."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from hipflask.convert import migrations
from hipflask.convert.migrations import environment, factories, sites
from hipflask.convert.migrations.environment import DatabaseModule
from hipflask.convert.migrations.parts import commands
from hipflask.convert.outcome import Facts
from hipflask.project import File, Finding, read
from hipflask.writing import apply

APP = """
import os

from flask import Flask
from flask_migrate import Migrate

from . import db, models

migrate = Migrate()


def create_app():
    app = Flask(__name__)
    app.config["DATABASES"] = {KEYS}
    db.init_app(app)
    migrate.init_app(app, db)
    return app
"""

# As much of the module that takes the place of Flask-SQLAlchemy as migrations ask for.
DB = """
import os

import sqlalchemy as sa
from sqlalchemy import orm


class Base(orm.DeclarativeBase):
    pass


def init_app(app):
    app.config["SQLALCHEMY_BINDS"] = {key: "" for key in app.config["DATABASES"] if key}
    app.extensions["database"] = {
        key: sa.create_engine(f"sqlite:///{os.environ['DATA']}/{key or 'main'}.sqlite")
        for key in app.config["DATABASES"]
    }


def get_engines():
    from flask import current_app

    return current_app.extensions["database"]


def get_engine(bind_key=None):
    return get_engines()[bind_key]
"""

BINDS = """

metadatas = {None: Base.metadata}


def metadata_of(bind_key):
    return metadatas.setdefault(bind_key, sa.MetaData())
"""

MODELS = """
import sqlalchemy as sa
from sqlalchemy import orm

from . import db


class User(db.Base):
    __tablename__ = "user"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(20))
"""

LOG = """

class Log(db.Base):
    metadata = db.metadata_of("logs")
    __tablename__ = "log"
    id = sa.Column(sa.Integer, primary_key=True)
"""

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("user", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("user")
"""

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("name", sa.String(20)))


def downgrade():
    with op.batch_alter_table("user") as table:
        table.drop_column("name")
"""

FIRST_OF_TWO = (
    FIRST.replace("grade():", "grade(engine_name):")
    .replace('    op.create_table("user"', '    op.create_table("log" if engine_name else "user"')
    .replace('op.drop_table("user")', 'op.drop_table("log" if engine_name else "user")')
)
SECOND_OF_TWO = SECOND.replace("grade():", "grade(engine_name):").replace(
    "    with", "    if engine_name:\n        return\n    with"
)

END = """
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata={metadata}, **options)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    url = config.get_main_option("sqlalchemy.url")
    context.configure(url=url, target_metadata={metadata}, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    run()
"""

START = """
import logging
from logging.config import fileConfig

from alembic import context
from flask import current_app

config = context.config
fileConfig(config.config_file_name)
logger = logging.getLogger("alembic.env")


def say_nothing_twice(context, revision, directives):
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        logger.info("No changes in schema detected.")
"""

FOURTH = (
    START
    + """

def get_engine():
    try:
        return current_app.extensions['migrate'].db.get_engine()
    except (TypeError, AttributeError):
        return current_app.extensions['migrate'].db.engine


def get_engine_url():
    return str(get_engine().url).replace("%", "%%")


config.set_main_option("sqlalchemy.url", get_engine_url())
target_db = current_app.extensions['migrate'].db


def get_metadata():
    if hasattr(target_db, 'metadatas'):
        return target_db.metadatas[None]
    return target_db.metadata


def run():
    options = current_app.extensions['migrate'].configure_args
    options.setdefault("process_revision_directives", say_nothing_twice)
    connectable = get_engine()
"""
    + END.replace("{metadata}", "get_metadata()")
)

SECOND_GENERATION = (
    START.replace("from flask import current_app\n", "")
    + """
from flask import current_app
config.set_main_option(
    'sqlalchemy.url',
    str(current_app.extensions['migrate'].db.engine.url).replace('%', '%%'))
target_metadata = current_app.extensions['migrate'].db.metadata


def run():
    options = dict(current_app.extensions["migrate"].configure_args)
    options["process_revision_directives"] = say_nothing_twice
    connectable = current_app.extensions.get("migrate").db.get_engine(current_app)
"""
    + END.replace("{metadata}", "target_metadata")
)

FROM_THE_INI = SECOND_GENERATION.replace(
    'current_app.extensions.get("migrate").db.get_engine(current_app)',
    'engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.")',
).replace(
    "from alembic import context\n",
    "from alembic import context\nfrom sqlalchemy import engine_from_config\n",
)

FIRST_GENERATION = SECOND_GENERATION.replace(
    "current_app.extensions['migrate'].db.metadata", "current_app.extensions['migrate'].metadata"
)

ALL_EMPTY = """(
        len(directives[0].upgrade_ops_list) == 2
        and all(found.is_empty() for found in directives[0].upgrade_ops_list)
    )"""

SEVERAL = (
    START.replace("directives[0].upgrade_ops.is_empty()", ALL_EMPTY).replace(
        "from flask", "from sqlalchemy import MetaData\nfrom flask"
    )
    + """

def get_engine(bind_key=None):
    try:
        return current_app.extensions['migrate'].db.get_engine(bind=bind_key)
    except (TypeError, AttributeError):
        return current_app.extensions['migrate'].db.engines.get(bind_key)


def get_engine_url(bind_key=None):
    return str(get_engine(bind_key).url).replace("%", "%%")


target_db = current_app.extensions['migrate'].db
names = ["", *current_app.config["SQLALCHEMY_BINDS"]]


def get_metadata(bind):
    '''Return the metadata for a bind.'''
    if bind == '':
        bind = None
    if hasattr(target_db, 'metadatas'):
        return target_db.metadatas[bind]
    m = MetaData()
    for t in target_db.metadata.tables.values():
        if t.info.get('bind_key') == bind:
            t.tometadata(m)
    return m


options = dict(current_app.extensions['migrate'].configure_args)
options["process_revision_directives"] = say_nothing_twice
for name in names:
    with get_engine(name or None).begin() as connection:
        context.configure(
            connection=connection,
            upgrade_token=f"{name}_upgrades",
            downgrade_token=f"{name}_downgrades",
            target_metadata=get_metadata(name),
            **options,
        )
        context.run_migrations(engine_name=name)
"""
)

SEVERAL_OF_OLD = SEVERAL.replace(
    """    if hasattr(target_db, 'metadatas'):
        return target_db.metadatas[bind]
""",
    "",
).replace("db.get_engine(bind=bind_key)", "db.get_engine(current_app, bind_key)")

SINGLE = {
    "4": FOURTH,
    "3": SECOND_GENERATION,
    "2": FROM_THE_INI,
    "1": FIRST_GENERATION,
    "edited": FOURTH.replace("get_engine()", "engine()").replace("db.engine()", "db.get_engine()"),
}
MULTI = {"4, several": SEVERAL, "2, several": SEVERAL_OF_OLD}
PARTS = Path(commands.__file__).parent
INI = (PARTS / "template/alembic.ini").read_text()
INI = INI.replace("script_location = %(here)s\n", "")


COMMANDS = """
import importlib, shlex, sys

main = importlib.import_module(sys.argv[1]).main
for command in sys.argv[2:]:
    print(f"$ {command}", flush=True)
    try:
        sys.argv = [sys.argv[1], *shlex.split(command)]
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    print(f"exit {code}", flush=True)
"""


class Project:
    """A project whose code is on its own engines and models already."""

    def __init__(self, root: Path, env: str | None, several: bool) -> None:
        self.root = root
        self.findings: list[Finding] = []
        keys = '(None, "logs")' if several else "(None,)"
        self.put("app/__init__.py", APP.replace("{KEYS}", keys))
        self.put("app/db.py", DB + BINDS * several)
        self.put("app/models.py", MODELS + LOG * several)
        if env is not None:
            self.put("migrations/env.py", env)
            self.put("migrations/alembic.ini", INI)
            template = "template_multidb" if several else "template"
            mako = PARTS / template / "script.py.mako"
            self.put("migrations/script.py.mako", mako.read_text())
            self.put("migrations/versions/a1.py", FIRST_OF_TWO if several else FIRST)
            self.put("migrations/versions/b2.py", SECOND_OF_TWO if several else SECOND)

    def put(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def convert(self) -> int:
        changes, self.findings = migrations.convert(
            read(self.root), Facts(new_module="app/db.py", module="app.db")
        )
        apply(self.root, changes)
        return len(changes)

    def run(self, *code: str) -> str:
        """Run Python where the extensions cannot be imported; return what it says."""
        blocked = self.root / "blocked"
        self.put(
            "blocked/sitecustomize.py",
            "import sys\nsys.modules['flask_migrate'] = sys.modules['flask_sqlalchemy'] = None\n",
        )
        environment = os.environ | {"FLASK_APP": "app", "DATA": str(self.root)}
        environment["PYTHONPATH"] = str(blocked)
        done = subprocess.run(
            [sys.executable, *code],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def flask(self, *commands: str) -> str:
        """Run commands of Flask as one types them; return what they say and how they end."""
        return self.run("-c", COMMANDS, "flask.cli", *commands)

    def flask_db(self, *commands: str) -> str:
        return self.flask(*(f"db {command}" for command in commands))

    def alembic(self, *commands: str) -> str:
        return self.run("-c", COMMANDS, "alembic.config", *commands)

    def tables(self, name: str = "main") -> list[str]:
        connection = sqlite3.connect(self.root / f"{name}.sqlite")
        rows = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        connection.close()
        return sorted(row[0] for row in rows)

    @property
    def versions(self) -> list[str]:
        return sorted(path.name for path in (self.root / "migrations/versions").glob("*.py"))


@pytest.fixture(params=[*SINGLE, *MULTI])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """One for each generation of the template, converted."""
    several = request.param in MULTI
    project = Project(tmp_path, (SINGLE | MULTI)[request.param], several)
    project.convert()
    return project


def test_the_history_goes_up_and_down(project: Project) -> None:
    said = project.flask_db("upgrade", "current", "downgrade", "current", "history")
    assert said.count("exit 0") == 5
    assert said.index("b2 (head)") < said.index("\na1\n") < said.index("a1 -> b2 (head)")
    assert project.tables() == ["alembic_version", "user"]
    said = project.flask_db("downgrade base", "upgrade +1", "stamp head", "current", "heads")
    assert said.count("exit 0") == 5
    assert said.count("b2 (head)") >= 2


def test_an_autogenerate_is_empty(project: Project) -> None:
    said = project.flask_db("upgrade", "check", "migrate -m nothing")
    assert said.count("exit 0") == 3
    assert "No new upgrade operations" in said
    assert "No changes in schema detected" in said
    assert project.versions == ["a1.py", "b2.py"]


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_change_of_the_models_is_written_down(several: bool, tmp_path: Path) -> None:
    project = Project(tmp_path, SEVERAL if several else FOURTH, several)
    project.convert()
    models = (tmp_path / "app/models.py").read_text()
    models = models.replace("name =", "age = sa.Column(sa.Integer)\n    name =")
    project.put("app/models.py", models)
    said = project.flask_db("upgrade", "migrate -m age --rev-id c3", "upgrade", "check")
    assert said.count("exit 0") == 4
    written = (tmp_path / "migrations/versions/c3_age.py").read_text()
    assert "sa.Column('age'" in written
    assert "batch_alter_table" in written  # as Flask-Migrate 4 has it


def test_alembic_runs_by_itself(project: Project) -> None:
    said = project.alembic("upgrade head", "check")
    assert "No new upgrade operations" in said
    assert project.tables() == ["alembic_version", "user"]


def test_every_database_is_migrated(tmp_path: Path) -> None:
    project = Project(tmp_path, SEVERAL, True)
    project.convert()
    assert "MetaData" not in (tmp_path / "migrations/env.py").read_text()
    project.flask_db("upgrade")
    assert project.tables("logs") == ["alembic_version", "log"]


def test_a_second_conversion_changes_nothing(project: Project) -> None:
    assert project.convert() == 0


@pytest.mark.parametrize("env", SINGLE.values(), ids=SINGLE)
def test_sql_is_printed_without_a_database(env: str, tmp_path: Path) -> None:
    project = Project(tmp_path, env, False)
    project.convert()
    assert "CREATE TABLE user" in project.flask_db("upgrade a1 --sql")


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_project_without_migrations_begins_with_init(several: bool, tmp_path: Path) -> None:
    project = Project(tmp_path, None, several)
    project.convert()
    said = project.flask_db(
        "init --multidb" if several else "init", "migrate -m first --rev-id a1", "upgrade"
    )
    assert said.count("exit 0") == 3
    assert project.tables() == ["alembic_version", "user"]
    assert not several or project.tables("logs") == ["alembic_version", "log"]
    said = project.flask_db("migrate", "check", "downgrade base", "upgrade --sql")
    assert said.count("exit 0") == 4
    assert "No changes in schema detected" in said
    assert "No new upgrade operations" in said
    assert project.tables() == ["alembic_version"]
    assert project.versions == ["a1_first.py"]


def test_init_copies_the_folder_that_there_is(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.convert()
    said = project.flask_db("init -d others --package", "-d others migrate -m first")
    assert said.count("exit 0") == 2
    assert (tmp_path / "others/env.py").read_text() == (tmp_path / "migrations/env.py").read_text()
    assert (tmp_path / "others/__init__.py").exists()
    assert len(list((tmp_path / "others/versions").glob("*_first.py"))) == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("downgrade nowhere", "Can't locate revision identified by 'nowhere'"),
        ("init", "Directory migrations already exists and is not empty"),
        ("show -d nowhere", "Error: "),
    ],
)
def test_an_error_is_said_in_words(command: str, words: str, tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH.replace("fileConfig(", "str("), False)
    project.convert()
    said = project.flask_db(command)
    assert words in said
    assert "exit 1" in said
    assert "Traceback" not in said


def test_migrations_are_run_from_code(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put(
        "script.py",
        dedent("""
            import flask_migrate as fm
            import flask_migrate
            from flask_migrate import downgrade, stamp, upgrade
            from app import create_app

            with create_app().app_context():
                upgrade()
                downgrade("migrations", revision="a1")
                fm.upgrade(directory="migrations", revision="head")
                flask_migrate.current(verbose=False)
                stamp(revision="a1")
                flask_migrate.current()
            """),
    )
    project.convert()
    said = project.run("script.py")
    assert said.index("b2 (head)") < said.index("a1\n", said.index("b2 (head)"))


def test_arguments_reach_env(tmp_path: Path) -> None:
    project = Project(
        tmp_path, FOURTH + "\nprint(context.get_x_argument(), context.get_tag_argument())\n", False
    )
    project.convert()
    assert "['a=b'] t" in project.flask_db("upgrade -x a=b --tag t")
    assert "['a=b'] None" in project.flask_db("-x a=b current")


def test_options_and_callbacks_reach_alembic(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    text = (tmp_path / "app/__init__.py").read_text()
    text = text.replace(
        "migrate = Migrate()",
        "migrate = Migrate(directory='moved', command='schema', version_table='versions')\n\n\n"
        "@migrate.configure\ndef configure(config):\n    print('configured')\n    return config\n",
    )
    project.put("app/__init__.py", text)
    (tmp_path / "migrations").rename(tmp_path / "moved")
    project.convert()
    assert "configured" in project.flask("schema upgrade")
    assert project.tables() == ["user", "versions"]


# What people and scripts type.
OPTIONS = {
    "init": "-d --directory --multidb --package",
    "revision": "-m --autogenerate --sql --head --splice --branch-label --version-path --rev-id",
    "migrate": "-d -m --message --sql --head --splice --branch-label --version-path --rev-id -x",
    "edit": "-d --directory revision",
    "merge": "-d -m --branch-label --rev-id revisions",
    "upgrade": "-d --directory --sql --tag -x --x-arg revision",
    "downgrade": "-d --directory --sql --tag -x --x-arg revision",
    "show": "-d revision",
    "history": "-d -r --rev-range -v --verbose -i --indicate-current",
    "heads": "-d -v --resolve-dependencies",
    "branches": "-d -v",
    "current": "-d -v --verbose",
    "stamp": "-d --sql --tag --purge revision",
    "check": "-d",
}


@pytest.mark.parametrize("name", OPTIONS)
def test_the_options_that_people_type_are_there(name: str) -> None:
    known = {word for option in commands.commands.commands[name].params for word in option.opts}
    assert set(OPTIONS[name].split()) <= known


ENVIRONMENTS = {
    "`db.engine` in a longer expression": (
        "x = str(current_app.extensions['migrate'].db.engine.url)\n",
        "x = str(db.get_engine().url)\n",
    ),
    "a name for the extension's db": (
        "target_db = current_app.extensions['migrate'].db\nm = target_db.metadata\n",
        "m = db.Base.metadata\n",
    ),
    "one of several metadatas": (
        "m = current_app.extensions['migrate'].db.metadatas[key]\n",
        "m = db.metadata_of(key or None)\n",
    ),
    "the engines": (
        "e = current_app.extensions['migrate'].db.engines[key]\n",
        "e = db.get_engines()[key]\n",
    ),
    "what it does not know stays": (
        "options = current_app.extensions['migrate'].configure_args\n",
        "options = current_app.extensions['migrate'].configure_args\n",
    ),
}


@pytest.mark.parametrize("case", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_an_expression_of_env_takes_the_new_module(case: tuple[str, str]) -> None:
    before, after = case
    text, findings = environment.rewrite("env.py", before, DatabaseModule("pkg.db", True, None))
    assert text.removeprefix("\nfrom pkg import db\n") == after
    assert findings == []


def test_a_name_that_env_uses_is_not_shadowed() -> None:
    before = "db = current_app.extensions['migrate'].db\nm = db.metadata\n"
    text, _ = environment.rewrite("env.py", before, DatabaseModule("pkg.db", False, None))
    assert "from pkg import db as database\n" in text
    assert "m = database.Base.metadata\n" in text


def test_what_env_asks_beyond_engine_and_metadata_is_found() -> None:
    before = "d = current_app.extensions['migrate'].db\nd.session.execute('x')\n"
    text, (finding,) = environment.rewrite("env.py", before, DatabaseModule("db", False, None))
    assert "d = db\n" in text
    assert (finding.line, finding.rule) == (2, "migrations")


SITES = {
    "a name": ("from flask_migrate import upgrade\n", "from app.mc import upgrade\n"),
    "several, and another name": (
        "from flask_migrate import (\n    Migrate,  # a\n    stamp as fm_stamp,\n)\n",
        "from app.mc import (\n    Migrate,  # a\n    stamp as fm_stamp,\n)\n",
    ),
    "in a function": (
        "def f():\n    from flask_migrate import upgrade\n    upgrade()\n",
        "def f():\n    from app.mc import upgrade\n    upgrade()\n",
    ),
    "the module": (
        "import flask_migrate\nflask_migrate.upgrade('x')\n",
        "from app import mc\nmc.upgrade('x')\n",
    ),
    "the module by another name": (
        "import flask_migrate as fm\nfm.upgrade()\n",
        "from app import mc as fm\nfm.upgrade()\n",
    ),
    "the commands": (
        "from flask_migrate.cli import db as db_cli\n",
        "from app.mc import commands as db_cli\n",
    ),
    "a patch": ("patch('flask_migrate.upgrade')\n", "patch('app.mc.upgrade')\n"),
    "a text about it": ("'See flask_migrate.upgrade.'\n", "'See flask_migrate.upgrade.'\n"),
    "CRLF": ("from flask_migrate import stamp\r\n", "from app.mc import stamp\r\n"),
}


@pytest.mark.parametrize("case", SITES.values(), ids=SITES)
def test_what_is_imported_of_flask_migrate_comes_from_the_project(case: tuple[str, str]) -> None:
    before, after = case
    assert sites.rewrite("a.py", before, "app.mc") == (after, [])
    compile(after, "a.py", "exec")
    assert sites.rewrite("a.py", after, "app.mc") == (after, [])


@pytest.mark.parametrize(
    "text", ["from flask_migrate import MigrateCommand\n", "import flask_migrate.cli\n"]
)
def test_what_has_no_counterpart_stays_and_is_found(text: str) -> None:
    after, (finding,) = sites.rewrite("a.py", text, "app.mc")
    assert (after, finding.line) == (text, 1)


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
    written = (tmp_path / "app/migration_commands.py").read_text()
    assert ('"compare_type": True' in written) is asks
    assert ("DEFAULTS: dict[str, Any] = {}" in written) is not asks


def test_where_no_version_is_pinned_the_installed_one_counts(tmp_path: Path) -> None:
    Project(tmp_path, FOURTH, False)
    on_3 = replace(read(tmp_path), installed={"flask-migrate": "3.1.0"})
    changes, _ = migrations.convert(on_3, Facts(new_module="app/db.py", module="app.db"))
    (written,) = (c.after for c in changes if c.path == "app/migration_commands.py")
    assert b"DEFAULTS: dict[str, Any] = {}" in (written or b"")


def test_the_commands_are_in_the_outermost_package(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("app/data/__init__.py", "")
    (tmp_path / "app/db.py").rename(tmp_path / "app/data/db.py")
    facts = Facts(new_module="app/data/db.py", module="app.data.db")
    changes, _ = migrations.convert(read(tmp_path), facts)
    assert "app/migration_commands.py" in [change.path for change in changes]


def test_without_a_way_to_make_the_app_there_is_no_alembic_ini(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    text = (tmp_path / "app/__init__.py").read_text()
    project.put("app/__init__.py", text.replace("create_app()", "create_app(settings)"))
    project.convert()
    assert not (tmp_path / "alembic.ini").exists()
    assert "create the app in env.py" in project.findings[0].reason


def test_an_old_flask_migrate_must_be_uninstalled(tmp_path: Path) -> None:
    project = Project(tmp_path, SECOND_GENERATION, False)
    project.put("requirements.txt", "Flask-Migrate==2.5.3\n")
    project.convert()
    assert "Uninstall Flask-Migrate" in project.findings[0].reason


def test_what_others_ask_of_the_extension_is_found(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("script.py", "\nprint(app.extensions['migrate'].db.engine)\n")
    project.convert()
    assert [(found.path, found.line) for found in project.findings] == [("script.py", 2)]


def test_a_name_that_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("app/migration_commands.py", "MINE = 1\n")
    project.convert()
    assert (tmp_path / "app/migration_commands.py").read_text() == "MINE = 1\n"
    project.flask_db("upgrade")


POSTS = """

class Post(db.Base):
    __tablename__ = "post"
    id = sa.Column(sa.Integer, primary_key=True)
    user_id = sa.Column(sa.ForeignKey("user.id", ondelete="CASCADE"))


@sa.event.listens_for(sa.engine.Engine, "connect")
def enforce_foreign_keys(connection, record):
    connection.execute("PRAGMA foreign_keys = ON")
"""

POST_TABLE = """    op.create_table(
        "post",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id", ondelete="CASCADE")),
    )


def downgrade"""

# As the template of Flask-Migrate for several databases has it.
TRANSACTIONS = """
engines = {name: {"engine": get_engine(name or None)} for name in names}
for name, rec in engines.items():
    rec["connection"] = conn = rec["engine"].connect()
    rec["transaction"] = conn.begin()
for name, rec in engines.items():
    context.configure(
        connection=rec["connection"],
        upgrade_token=f"{name}_upgrades",
        downgrade_token=f"{name}_downgrades",
        target_metadata=get_metadata(name),
        **options,
    )
    context.run_migrations(engine_name=name)
for rec in engines.values():
    rec["transaction"].commit()
    rec["connection"].close()
"""
WITH_TRANSACTIONS = SEVERAL.partition("for name in names:\n")[0] + TRANSACTIONS


class Blog(Project):
    """A project that enforces foreign keys on SQLite, at its first revision, with five posts."""

    def __init__(self, root: Path, env: str | None, several: bool = False) -> None:
        super().__init__(root, env, several)
        self.put("app/models.py", (root / "app/models.py").read_text() + POSTS)
        if env is not None:
            first = (root / "migrations/versions/a1.py").read_text()
            if several:
                table = POST_TABLE.replace("    op", "    if engine_name:\n        return\n    op")
            else:
                table = POST_TABLE
            self.put("migrations/versions/a1.py", first.replace("\n\ndef downgrade", table, 1))

    def write_posts(self, user: int = 1) -> None:
        with closing(sqlite3.connect(self.root / "main.sqlite")) as connection:
            connection.execute("insert into user (id) values (1)")
            connection.executemany("insert into post (user_id) values (?)", [(user,)] * 5)
            connection.commit()

    def posts(self) -> int:
        with closing(sqlite3.connect(self.root / "main.sqlite")) as connection:
            number: int = connection.execute("select count(user_id) from post").fetchone()[0]
            return number


@pytest.mark.parametrize("run", [Project.flask_db, Project.alembic], ids=["flask db", "alembic"])
@pytest.mark.parametrize("env", [*SINGLE.values(), WITH_TRANSACTIONS], ids=[*SINGLE, "several"])
def test_a_migration_of_a_table_keeps_the_rows_that_refer_to_it(
    run: Callable[..., str], env: str, tmp_path: Path
) -> None:
    blog = Blog(tmp_path, env, env is WITH_TRANSACTIONS)
    blog.convert()
    assert "exit 0" in run(blog, "upgrade a1")
    blog.write_posts()
    said = run(blog, "upgrade head", "downgrade a1")
    assert said.count("exit 0") == 2
    assert blog.posts() == 5


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_first_migration_keeps_the_rows_that_refer_to_a_table(
    several: bool, tmp_path: Path
) -> None:
    blog = Blog(tmp_path, None, several)
    blog.convert()
    said = blog.flask_db("init", "migrate -m first", "upgrade")
    assert said.count("exit 0") == 3
    blog.write_posts()
    models = (tmp_path / "app/models.py").read_text()
    blog.put("app/models.py", models.replace("String(20)", "String(30)"))
    said = blog.flask_db("migrate -m longer", "upgrade", "check")
    assert said.count("exit 0") == 3
    assert blog.posts() == 5


def test_a_migration_that_breaks_a_foreign_key_is_not_committed(tmp_path: Path) -> None:
    blog = Blog(tmp_path, FOURTH.replace("fileConfig(", "str("))
    blog.convert()
    blog.flask_db("upgrade a1")
    blog.write_posts(user=2)
    said = blog.flask_db("upgrade", "current")
    assert "Rows that refer to a missing row: 5, in post." in said
    assert "exit 1" in said
    assert "Traceback" not in said
    assert "b2" not in said


def test_after_a_migration_foreign_keys_are_enforced_again(tmp_path: Path) -> None:
    blog = Blog(tmp_path, FOURTH)
    blog.put(
        "script.py",
        dedent("""
            from flask_migrate import upgrade
            from app import create_app, db

            with create_app().app_context():
                upgrade()
                with db.get_engine().connect() as connection:
                    print("enforced:", connection.exec_driver_sql("PRAGMA foreign_keys").scalar())
            """),
    )
    blog.convert()
    assert "enforced: 1" in blog.run("script.py")


def test_foreign_keys_that_a_transaction_keeps_on_stop_a_migration(tmp_path: Path) -> None:
    env = FOURTH.replace("connectable = get_engine()", "connectable = begun(get_engine())")
    env = env.replace("fileConfig(", "str(")
    begun = (
        "from sqlalchemy import event\n\n\ndef begun(engine):\n"
        "    event.listen(engine, 'engine_connect', lambda c: c.exec_driver_sql('BEGIN'))\n"
        "    return engine\n\n\ndef get_metadata("
    )
    blog = Blog(tmp_path, env.replace("def get_metadata(", begun, 1))
    blog.convert()
    said = blog.flask_db("upgrade")
    assert "Foreign keys cannot be turned off within a transaction" in said
    assert "exit 1" in said


def test_a_project_without_sqlite_has_nothing_for_it(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.convert()
    assert not (tmp_path / "app/sqlite_migrations.py").exists()
    assert "foreign_keys" not in (tmp_path / "migrations/env.py").read_text()


def test_an_env_that_connects_in_its_own_way_is_found(tmp_path: Path) -> None:
    blog = Blog(tmp_path, SEVERAL, True)
    blog.convert()
    (finding,) = blog.findings
    assert finding.path == "migrations/env.py"
    assert "app.sqlite_migrations.foreign_keys_off(connection)" in finding.reason
    assert (tmp_path / "app/sqlite_migrations.py").exists()
    assert blog.convert() == 0


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
