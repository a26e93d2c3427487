"""The migrations end in what the models describe, and what a test writes is rolled back."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import migrate
from flask.testing import FlaskCliRunner
from sqlalchemy import Engine, create_engine, func, inspect, select

from starter.db import Session
from starter.models import Base, Message

COUNT = select(func.count()).select_from(Message)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Connects to the same database, outside of the test's transaction."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_the_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_can_be_taken_back_and_made_again(url: str, engine: Engine) -> None:
    migrate(url, "base")
    assert tables(engine) == set()
    migrate(url, "head")
    assert tables(engine) == set(Base.metadata.tables)


@pytest.mark.parametrize("run", ["first", "second"])
def test_every_test_starts_with_an_empty_table(
    runner: FlaskCliRunner, engine: Engine, run: str
) -> None:
    runner.invoke(args=["populate", "3"])
    Session.delete(Session.scalars(select(Message)).first())
    Session.commit()
    assert Session.scalar(COUNT) == 2
    with engine.connect() as outside:
        assert outside.scalar(COUNT) == 0


def test_a_failed_commit_keeps_what_the_test_wrote_before(runner: FlaskCliRunner) -> None:
    runner.invoke(args=["populate", "3"])
    Session.add(Message())
    with pytest.raises(Exception, match=r"(?i)null"):
        Session.commit()
    Session.rollback()
    assert Session.scalar(COUNT) == 3
