"""The migrations end in what the models say, and can be taken back, on every database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import NewDatabase, migrate
from sqlalchemy import (
    URL,
    Connection,
    ForeignKey,
    MetaData,
    String,
    create_engine,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from starter import models

T = TypeVar("T")
PROJECT = Path(__file__).parents[2] / "starter"


def ask(url: URL, question: Callable[[Connection], T]) -> T:
    engine = create_engine(url)
    with engine.connect() as connection:
        answer = question(connection)
    engine.dispose()
    return answer


def test_the_migrated_schema_is_that_of_the_models(url: URL) -> None:
    options = {"compare_type": True, "compare_server_default": True}

    def difference(connection: Connection) -> object:
        return compare_metadata(
            MigrationContext.configure(connection, opts=options),
            models.Base.metadata,
        )

    assert ask(url, difference) == []


def test_every_table_can_be_taken_back_and_made_again(url: URL) -> None:
    migrate(url, "base")
    assert ask(url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    migrate(url)
    assert "messages" in ask(url, lambda connection: inspect(connection).get_table_names())


def test_constraints_have_the_names_of_the_convention(url: URL) -> None:
    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=models.Base.metadata.naming_convention)

    class Person(Base):
        __tablename__ = "people"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(9), unique=True)
        friend: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)

    def names(connection: Connection) -> set[str | None]:
        Base.metadata.create_all(connection)
        people = inspect(connection)
        found = {people.get_pk_constraint("people")["name"]}
        found |= {unique["name"] for unique in people.get_unique_constraints("people")}
        found |= {key["name"] for key in people.get_foreign_keys("people")}
        return found | {index["name"] for index in people.get_indexes("people")}

    found = ask(url, names)
    expected = {"pk_people", "uq_people_name", "fk_people_friend_people", "ix_people_friend"}
    if url.get_backend_name() == "mysql":  # it calls every primary key PRIMARY
        expected.remove("pk_people")
    assert expected <= found


def alembic(url: URL | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    shown = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=PROJECT,
        env={"SQLALCHEMY_URL": shown, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_alembic_finds_the_same_database_through_the_same_variable(
    new_database: NewDatabase,
) -> None:
    with new_database() as url:
        done = alembic(url, "upgrade", "head")
        assert done.returncode == 0, done.stderr
        assert "Running upgrade  -> 0001" in done.stderr
        assert alembic(url, "check").returncode == 0
        done = alembic(url, "downgrade", "base")
        assert done.returncode == 0, done.stderr
        assert ask(url, lambda connection: inspect(connection).has_table("messages")) is False


def test_a_migration_that_waits_for_a_lock_lets_others_pass(url: URL) -> None:
    if url.get_backend_name() != "postgresql":
        return
    engine = create_engine(url)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as thread, engine.connect() as long:
        long.execute(select(models.Message))  # holds a lock until its transaction ends
        migration = thread.submit(alembic, url, "downgrade", "base")
        with engine.connect() as other:
            while not other.scalar(waits):
                assert not migration.done(), migration.result().stderr
            other.execute(text("SET lock_timeout = '50s'"))
            assert other.execute(select(models.Message)).all() == []
        long.rollback()
        assert migration.result().returncode == 0, migration.result().stderr
    engine.dispose()
    assert "Waits for a lock" in migration.result().stderr


def test_alembic_prints_the_statements_without_a_database(new_database: NewDatabase) -> None:
    with new_database() as url:
        done = alembic(url, "upgrade", "head", "--sql")
        assert "CREATE TABLE messages" in done.stdout
        assert ask(url, lambda connection: inspect(connection).get_table_names()) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "SQLALCHEMY_URL cannot be parsed"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/d", "The database does not answer"),
    ],
)
def test_alembic_says_in_words_what_is_wrong_with_a_database(url: str, said: str) -> None:
    done = alembic(url, "upgrade", "head")
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stdout + done.stderr
