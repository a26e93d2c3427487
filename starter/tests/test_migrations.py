"""The migrations end in the tables that the models describe, and can be taken back."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import migrate
from sqlalchemy import Engine, create_engine, inspect

from starter.models import Base


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
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
