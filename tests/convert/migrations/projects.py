"""Projects with migrations, one for each generation of the template of Flask-Migrate."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import alembic

from hipflask.convert import migrations
from hipflask.convert.migrations.parts import template_multidb
from hipflask.convert.outcome import Facts
from hipflask.project import Finding, read
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
MAKO = (Path(alembic.__file__).parent / "templates/generic/script.py.mako").read_text()
MULTI_MAKO = (Path(template_multidb.__file__).parent / "script.py.mako").read_text()
# As the template of Flask-Migrate has it: where the migrations are, it says itself.
INI = """\
# A generic, single database configuration.

[alembic]
# template used to generate migration files
# file_template = %%(rev)s_%%(slug)s

[loggers]
keys = root,alembic

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
"""


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
        self.facts = Facts(new_module="app/db.py", module="app.db")
        keys = '(None, "logs")' if several else "(None,)"
        self.put("app/__init__.py", APP.replace("{KEYS}", keys))
        self.put("app/db.py", DB + BINDS * several)
        self.put("app/models.py", MODELS + LOG * several)
        if env is not None:
            self.put("migrations/env.py", env)
            self.put("migrations/alembic.ini", INI)
            self.put("migrations/script.py.mako", MULTI_MAKO if several else MAKO)
            self.put("migrations/versions/a1.py", FIRST_OF_TWO if several else FIRST)
            self.put("migrations/versions/b2.py", SECOND_OF_TWO if several else SECOND)

    def put(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def convert(self) -> int:
        changes, self.findings = migrations.convert(read(self.root), self.facts)
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
        environment["EDITOR"] = "true"  # which edits nothing
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
        """Run Alembic's own command, with the one configuration that there is."""
        given = [f"-c migrations/alembic.ini {command}" for command in commands]
        return self.run("-c", COMMANDS, "alembic.config", *given)

    def tables(self, name: str = "main") -> list[str]:
        connection = sqlite3.connect(self.root / f"{name}.sqlite")
        rows = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        connection.close()
        return sorted(row[0] for row in rows)

    @property
    def versions(self) -> list[str]:
        return sorted(path.name for path in (self.root / "migrations/versions").glob("*.py"))
