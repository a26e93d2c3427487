"""On SQLite, a migration of a table keeps the rows that refer to it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from .projects import FOURTH, SEVERAL, SINGLE, Project

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
    assert "Not committed: 5 rows in post refer to a row that is missing." in said
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


def test_a_project_that_leaves_foreign_keys_off_has_nothing_for_them(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("settings.py", "URL = 'sqlite:///app.sqlite'\n")
    project.convert()
    assert "foreign_keys" not in (tmp_path / "migrations/env.py").read_text()


def test_where_foreign_keys_are_off_broken_ones_stop_nothing(tmp_path: Path) -> None:
    blog = Blog(tmp_path, FOURTH)
    models = (tmp_path / "app/models.py").read_text()
    blog.put("app/models.py", models.replace("foreign_keys = ON", "foreign_keys = OFF"))
    blog.convert()
    blog.flask_db("upgrade a1")
    blog.write_posts(user=2)
    assert "exit 0" in blog.flask_db("upgrade")
    assert blog.posts() == 5


def test_an_env_that_connects_in_its_own_way_is_found(tmp_path: Path) -> None:
    blog = Blog(tmp_path, SEVERAL, True)
    blog.convert()
    (finding,) = blog.findings
    assert finding.path == "migrations/env.py"
    assert "foreign_keys_off(connection)" in finding.reason
    assert "def foreign_keys_off" in (tmp_path / "migrations/env.py").read_text()
    assert blog.convert() == 0
