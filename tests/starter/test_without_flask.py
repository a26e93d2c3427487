"""Models and sessions, where Flask is not installed."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

from sqlalchemy import URL

BLOCK = """
import sys
for name in ("flask", "werkzeug", "click"):
    sys.modules[name] = None  # import then fails
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCK + dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_block_works() -> None:
    assert "ModuleNotFoundError" in run("import flask").stderr


def test_models_are_imported_and_used_with_any_engine() -> None:
    done = run("""
        from sqlalchemy import create_engine, select
        from sqlalchemy.orm import Session
        from starter.models import Base, Message
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Message(message="hello"))
            session.commit()
            print(session.scalars(select(Message)).all())
        engine.dispose()
    """)
    assert done.stdout == "[<Message(message='hello')>]\n", done.stderr


def test_a_script_uses_the_session_in_its_threads_too(url: URL) -> None:
    script = """
        from concurrent.futures import ThreadPoolExecutor
        from sqlalchemy import func, select
        from starter.db import Session, connect, read, scope
        from starter.models import Message

        database = connect(sys.argv[1])

        def work(number):
            with scope():
                Session.add(Message(message=f"number {number}"))
                Session.commit()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(20)))
        with read() as connection:
            print(connection.scalar(select(func.count()).select_from(Message)))
        print(database.engine.pool.checkedout(), database.reader.pool.checkedout())
        database.close()
    """
    done = run(script, url.render_as_string(hide_password=False))
    assert done.stdout == "20\n0 0\n", done.stderr


def test_a_session_without_a_database_says_what_to_do() -> None:
    done = run("""
        from starter.db import Session
        try:
            Session.connection()
        except RuntimeError as error:
            print(error)
    """)
    assert done.stdout == "No database is open. Did you call connect(url) or create_app()?\n"
