"""Which statements only read, and what follows from it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

# SELECT ... FOR UPDATE takes locks, and WITH may begin an INSERT. Where this is wrong about the
# text of a literal, it takes a read for a write, which does no harm.
READS = re.compile(
    r"\s*(?:SELECT|WITH|VALUES|TABLE|EXPLAIN|SHOW|DESCRIBE|PRAGMA)\b"
    r"(?!.*\s(?:INSERT|UPDATE|DELETE|MERGE|REPLACE|SHARE)(?:\s|$))",
    re.IGNORECASE | re.DOTALL,
)


@lru_cache(maxsize=1024)
def only_reads(statement: str) -> bool:
    """Tell whether a statement certainly neither writes nor locks rows."""
    return READS.match(statement) is not None


def note_write(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
    """Remember that the unit of work on a connection has written; begin it on SQLite.

    SQLite refuses at once, without waiting, to let a transaction write that has read before
    another one committed. So a transaction begins with its first write, and waits for the lock:
    until then each read sees what is committed, as on PostgreSQL and with Python's own driver.
    """
    if only_reads(statement):
        return
    connection.info["has_written"] = True
    if connection.dialect.name != "sqlite" or statement.startswith("BEGIN"):
        return
    if not cursor.connection.in_transaction:
        cursor.execute("BEGIN IMMEDIATE")


def forget_writes(connection: Connection) -> None:
    connection.info.pop("has_written", None)


def refuse_write(_connection: Connection, _cursor: Any, statement: str, *_: object) -> None:
    if not only_reads(statement):
        raise RuntimeError("read() is for statements that only read. Did you mean write()?")
