"""The databases that are measured: private, gone with the command, each with its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import servers
from sqlalchemy import URL, Engine, NullPool, create_engine, text

from starter.models import Base

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows) SELECT n FROM numbers",
    "postgresql": "SELECT n FROM generate_series(1, :rows) AS n",
}


@contextmanager
def postgresql(folder: Path, *, durable: bool) -> Iterator[servers.Server]:
    """Run a PostgreSQL.

    :param durable: what it has committed survives a power cut, as in production.
    :raises servers.Missing: it is not installed.
    """
    with servers.postgresql(folder) as server:
        settings = {"autovacuum": "off"}  # it would be at work in some rounds
        if durable:
            settings |= {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
        for name, value in settings.items():
            ask(server.url, f"ALTER SYSTEM SET {name} = {value}")
        server.stop()
        server.start()
        yield server


@contextmanager
def filled(server: servers.Server | None, folder: Path, rows: int) -> Iterator[URL]:
    """Have a database with messages.

    :param server: a PostgreSQL; SQLite unless given.
    :param folder: for a file of SQLite.
    """
    if server:
        with servers.database(server.url) as url:
            fill(url, rows)
            yield url
    else:
        path = folder / f"{rows}.sqlite"
        url = URL.create("sqlite", database=str(path))
        fill(url, rows)
        yield url
        for file in folder.glob(f"{path.name}*"):  # with what WAL keeps beside it
            file.unlink()


def fill(url: URL, rows: int) -> None:
    """Make the table as the starter does, and fill it."""
    engine = autocommitting(url)
    Base.metadata.create_all(engine)
    texts = f"SELECT 'Message ' || n FROM ({NUMBERS[engine.name]}) AS numbered"
    with engine.connect() as connection:
        connection.execute(text(f"INSERT INTO messages (message) {texts}"), {"rows": rows})
    if engine.name == "postgresql":
        ask(url, "VACUUM ANALYZE messages")  # else the first to read would write, too
    else:
        ask(url, "PRAGMA journal_mode = WAL")  # of the file: for all, as the starter sets it


def ask(url: URL, statement: str) -> Any:
    """Execute a statement outside any transaction, and return the one value it may have."""
    with autocommitting(url).connect() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def autocommitting(url: URL) -> Engine:
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
