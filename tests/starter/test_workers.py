"""Workers without Flask: processes, threads, tasks of a queue; each has its own session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import in_use
from sqlalchemy import URL, func, select

from starter import db
from starter.db import Session, read
from starter.db.engines import Database
from starter.models import Message

WORKER = """
    import os
    from sqlalchemy import func, literal, select
    from starter.db import Session, connect, read, scope
    from starter.db.engines import Database
    from starter.db.scope import opened
    from starter.models import Message

    def count():
        with read() as connection:
            return connection.scalar(select(func.count()).select_from(Message))

    def work(url, number):
        if not opened:  # spawned: nothing is inherited
            connect(url)
        for _ in range(5):
            Session.add(Message(message=f"of worker {number}"))
            Session.commit()
            with scope():
                Session.add(Message(message="nobody commits this"))
                Session.flush()
            with read() as connection:
                assert connection.scalar(select(literal(number))) == number
"""

# The parent is in the middle of everything: its pools were used, and two transactions are open,
# one of them on a thread that does not exist in a child.
PARENT = """
    import multiprocessing
    import sys
    import threading
    from starter.db import Session, connect, scope
    from starter.db.scope import opened
    from starter.models import Message
    from worker import count, work

    def read_on(ready, done):
        with scope():
            Session.get(Message, 1)
            ready.set()
            done.wait()

    if __name__ == "__main__":
        method, url = sys.argv[1:]
        database = connect(url)
        count()
        ready, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=read_on, args=(ready, done))
        thread.start()
        ready.wait()
        Session.add(Message(message="of the parent"))
        if database.engine.dialect.name != "sqlite":  # which has one writer at a time
            Session.flush()
        context = multiprocessing.get_context(method)
        workers = [context.Process(target=work, args=(url, n)) for n in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print([worker.exitcode for worker in workers])
        Session.commit()
        done.set()
        thread.join()
        print(count(), database.engine.pool.checkedout(), database.reader.pool.checkedout())
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_have_their_own_connections_and_leave_those_of_the_parent_alone(
    url: URL, tmp_path: Path, method: str
) -> None:
    (tmp_path / "worker.py").write_text(dedent(WORKER))
    (tmp_path / "parent.py").write_text(dedent(PARENT))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning:multiprocessing"]
        + [str(tmp_path / "parent.py"), method, url.render_as_string(hide_password=False)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[0, 0, 0, 0]\n21 0 0\n", "")


@pytest.fixture
def database(url: URL) -> Database:
    return db.connect(url)


def stored() -> int:
    with read() as connection:
        return connection.scalar(select(func.count()).select_from(Message)) or 0


def test_each_thread_of_a_pool_has_its_own_session(database: Database) -> None:
    def work(number: int) -> None:
        with db.scope(database):
            Session.add(Message(message=f"number {number}"))
            Session.flush()
            if number % 2:
                raise LookupError
            Session.commit()

    with ThreadPoolExecutor(4) as pool:
        failed = [future.exception() for future in [pool.submit(work, n) for n in range(20)]]
    assert [type(error) for error in failed] == [type(None), LookupError] * 10
    assert in_use(database) == 0
    with db.scope(database):
        assert stored() == 10
    database.close()


def queued(database: Database) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Do what a queue's decorator does: a scope around each task."""

    def decorate(function: Callable[[str], None]) -> Callable[[str], None]:
        @wraps(function)
        def run(text: str) -> None:
            with db.scope(database):
                function(text)

        return run

    return decorate


def test_a_task_of_a_queue_ends_its_session_also_on_an_exception(database: Database) -> None:
    @queued(database)
    def write(text: str) -> None:
        Session.add(Message(message=text))
        Session.flush()
        if text == "bad":
            raise LookupError
        Session.commit()

    write("good")
    with pytest.raises(LookupError):
        write("bad")
    write("good again")
    assert in_use(database) == 0
    with db.scope(database):
        assert stored() == 2
    database.close()
