"""What happens when a statement is executed: it is timed, and a write is noticed."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event

from .scope import innermost

# SELECT ... FOR UPDATE takes locks, and WITH may begin an INSERT. A literal that holds such a word
# makes a read count as a write, which does no harm.
READS = re.compile(
    r"\s*(?:SELECT|WITH|VALUES|TABLE|EXPLAIN|SHOW|DESCRIBE|PRAGMA)\b"
    r"(?!.*\s(?:INSERT|UPDATE|DELETE|MERGE|REPLACE|SHARE)(?:\s|$))",
    re.IGNORECASE | re.DOTALL,
)


Execute = Callable[..., None]


@lru_cache(maxsize=1024)
def only_reads(statement: str) -> bool:
    """Tell whether a statement certainly neither writes nor locks rows."""
    return READS.match(statement) is not None


def listen(engine: Engine, *, autocommit: bool) -> None:
    """Listen to the statements of an engine.

    :param autocommit: each of its statements is a transaction.
    """

    immediate = engine.dialect.name == "sqlite" and not autocommit

    def execute(run: Execute, cursor: Any, statement: str, values: Any, context: Any) -> bool:
        if not only_reads(statement):
            if context.execution_options.get("read_only"):
                raise RuntimeError("read() refuses what writes. Did you mean write()?")
            context.root_connection.info["has_written"] = True
            # SQLite refuses at once, without waiting, to let a transaction write that read before
            # another one committed. One that begins with a write waits for its turn.
            if immediate and not (cursor.connection.in_transaction or statement[:5] == "BEGIN"):
                cursor.execute("BEGIN IMMEDIATE")
        timed(run, cursor, statement, values)
        return True  # SQLAlchemy need not execute it

    # Once it has connected, after what SQLAlchemy executes to know the server. An event of the
    # dialect costs a statement 1 µs; one of the engine, as before_cursor_execute, more than 15.
    @event.listens_for(engine, "connect", once=True)
    def connected(*_: object) -> None:
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, partial(execute, getattr(engine.dialect, name)))


def timed(execute: Execute, *statement: Any) -> None:
    """Execute a statement, and count it in the scope around."""
    scope = innermost()
    began = perf_counter()
    try:
        execute(*statement)
    finally:
        if scope:
            scope.statements += 1
            scope.seconds += perf_counter() - began
