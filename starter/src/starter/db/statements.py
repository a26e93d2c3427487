"""Listens to statements: times them, notes those that write, and begins on SQLite."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidRequestError

from .scope import innermost

LITERAL = re.compile(r"'(?:[^']|'')*'")
# SELECT ... FOR UPDATE takes locks, SELECT ... INTO makes a table, and WITH may hold a DELETE.
READS = re.compile(
    r"[\s(]*(?:SELECT|WITH|VALUES|TABLE|EXPLAIN|SHOW|DESCRIBE|PRAGMA)\b"
    r"(?!.*[\s(](?:INSERT|UPDATE|DELETE|MERGE|REPLACE|INTO|SHARE)(?:\s|$))",
    re.IGNORECASE | re.DOTALL,
)
BEGIN = re.compile(r"\s*BEGIN\b", re.IGNORECASE)
BEGINS = re.compile(r"\s*(?:BEGIN|START|SAVEPOINT)\b", re.IGNORECASE)
SINGLE_WRITES = (
    "write() commits each statement at once. For statements that belong together, did you mean "
    "Session.execute() and Session.commit()?"
)

Execute = Callable[..., None]


@lru_cache(maxsize=1024)
def only_reads(statement: str) -> bool:
    """Tell whether a statement certainly neither writes nor locks rows."""
    return READS.match(LITERAL.sub("''", statement)) is not None


def listen(engine: Engine, *, autocommit: bool) -> None:
    """Listen to the statements of an engine.

    :param autocommit: each of its statements is a transaction.
    """
    immediate = engine.dialect.name == "sqlite" and not autocommit

    def execute(run: Execute, cursor: Any, statement: str, values: Any, context: Any) -> bool:
        if not only_reads(statement):
            if context.execution_options.get("read_only"):
                raise RuntimeError("read() refuses what writes. Did you mean write()?")
            if autocommit:
                check_single_write(statement)
            connection = context.root_connection
            connection.info["written_in"] = connection.get_transaction()
            # SQLite refuses at once, without waiting, to let a transaction write that read before
            # another one committed. One that begins with a write waits for its turn.
            if immediate and not (cursor.connection.in_transaction or BEGIN.match(statement)):
                cursor.execute("BEGIN IMMEDIATE")
        timed(run, cursor, statement, values)
        return True  # tells SQLAlchemy that the statement was executed

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


def check_single_write(statement: str) -> None:
    """Refuse what would leave a transaction open on a connection of ``write()``, or block it.

    :raises InvalidRequestError: the statement begins a transaction, or `Session` has written since
        the connection was taken.
    """
    scope = innermost()
    if BEGINS.match(statement):
        wrong = "This begins a transaction."
    elif scope and scope.unit_of_work():
        wrong = "Session has written since this connection was taken, and may hold its locks."
    else:
        return
    raise InvalidRequestError(f"{wrong} {SINGLE_WRITES}")
