"""A migration on SQLite keeps the rows of the tables that refer to the one it alters."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from running import clean

import starter
from starter.db import schema
from starter.db.engines import Database

HEADER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{after}"
branch_labels = depends_on = None
"""

LONGER = """
def upgrade():
    with op.batch_alter_table("messages") as table:
        table.alter_column("message", existing_type=sa.String(2000), type_=sa.String(3000))
"""

DANGLING = """
def upgrade():
    op.add_column("messages", sa.Column("added", sa.Integer()))
    op.execute("DELETE FROM messages")
"""

BROKEN = """
def upgrade():
    op.add_column("messages", sa.Column("added", sa.Integer()))
    op.execute("SELECT nonsense")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with a migrated database, one message, and five rows that refer to it."""
    package = Path(starter.__file__).parent
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, tmp_path / "src" / "starter", ignore=ignore)
    shutil.copy(package.parents[1] / "pyproject.toml", tmp_path)
    alembic(tmp_path, "upgrade", "head").check_returncode()
    return tmp_path


def alembic(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=project,
        env=clean({"PYTHONPATH": str(project / "src")}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def add_migration(project: Path, body: str) -> None:
    text = HEADER.format(revision="0002", after="0001") + body
    (project / "src/starter/migrations/versions/0002_next.py").write_text(text)


def add_child(project: Path, on_delete: str) -> None:
    with closing(sqlite3.connect(project / "instance/app.sqlite")) as connection, connection:
        connection.execute("INSERT INTO messages (message) VALUES ('parent')")
        connection.execute(
            f"CREATE TABLE notes (message_id INTEGER REFERENCES messages (id) {on_delete})"
        )
        connection.executemany("INSERT INTO notes VALUES (?)", [(1,)] * 5)


def ask(project: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(project / "instance/app.sqlite")) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.parametrize("on_delete", ["ON DELETE CASCADE", "ON DELETE SET NULL", ""])
def test_rows_that_refer_to_an_altered_table_survive_its_migration(
    project: Path, on_delete: str
) -> None:
    add_child(project, on_delete)
    add_migration(project, LONGER)
    done = alembic(project, "upgrade", "head")
    assert done.returncode == 0, done.stderr
    assert ask(project, "SELECT message_id FROM notes") == [(1,)] * 5
    (table,) = ask(project, "SELECT sql FROM sqlite_master WHERE name = 'messages'")
    assert "VARCHAR(3000)" in str(table)


def test_ids_of_deleted_rows_are_not_given_again_after_a_table_was_altered(project: Path) -> None:
    def insert_and_delete(*texts: str) -> None:
        with closing(sqlite3.connect(project / "instance/app.sqlite")) as connection, connection:
            for text in texts:
                connection.execute("INSERT INTO messages (message) VALUES (?)", (text,))
            connection.execute("DELETE FROM messages WHERE message = 'deleted'")

    insert_and_delete("one", "deleted")
    add_migration(project, LONGER)
    assert alembic(project, "upgrade", "head").returncode == 0
    insert_and_delete("three", "deleted")
    insert_and_delete("five")
    assert ask(project, "SELECT id FROM messages") == [(1,), (3,), (5,)]


def test_a_migration_that_leaves_rows_without_their_parent_is_refused_and_changes_nothing(
    project: Path,
) -> None:
    add_child(project, "")
    before = ask(project, "SELECT * FROM sqlite_master ORDER BY name")
    add_migration(project, DANGLING)
    done = alembic(project, "upgrade", "head")
    assert done.returncode != 0
    assert "0002 leaves rows without the row they refer to, in: notes" in done.stderr + done.stdout
    assert ask(project, "SELECT * FROM sqlite_master ORDER BY name") == before
    assert ask(project, "SELECT count(*) FROM messages") == [(1,)]
    assert ask(project, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_a_migration_that_fails_half_way_is_rolled_back_whole(project: Path) -> None:
    before = ask(project, "SELECT * FROM sqlite_master ORDER BY name")
    add_migration(project, BROKEN)
    assert alembic(project, "upgrade", "head").returncode != 0
    assert ask(project, "SELECT * FROM sqlite_master ORDER BY name") == before


def test_foreign_keys_hold_again_on_the_connection_that_has_migrated(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'file'}", pool_size=1)
    schema.upgrade(database.engine)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()
