"""The lifecycle of a session inside one process: whose it is, and that it always ends."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path

import pytest
from conftest import in_use
from flask import Flask, Response, g, stream_with_context
from sqlalchemy import URL, func, literal, select
from sqlalchemy.orm import Session as PlainSession

from starter import create_app, db
from starter.db import Session, read, schema
from starter.db.engines import Database
from starter.db.fast import fetch_all
from starter.db.scope import active, current, opened
from starter.messages import ONE
from starter.models import Message
from starter.settings import Settings
from starter.web import scope as web_scope


def leave_a_row() -> PlainSession:
    """Write what nobody commits, and return the session that did it."""
    Session.add(Message(message="nobody commits this"))
    Session.flush()
    return Session()


def stored(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(Message)) or 0


@pytest.fixture
def database(live_app: Flask) -> Database:
    found: Database = live_app.extensions["database"]
    return found


# Row 2


def test_2_what_a_failed_view_flushed_is_rolled_back(live_app: Flask, database: Database) -> None:
    @live_app.get("/fail")
    def fail() -> str:
        leave_a_row()
        raise LookupError

    client = live_app.test_client()
    for _ in range(20):
        with client.get("/fail") as response:
            assert response.status_code == 500
    assert in_use(database) == 0
    with client.post("/messages", json={"message": "good"}) as response:
        assert response.status_code == 201
    assert stored(database) == 1


# Row 3


def test_3_async_views_leave_no_connection(live_app: Flask, database: Database) -> None:
    @live_app.get("/async")
    async def view() -> dict[str, int]:
        await asyncio.sleep(0)
        leave_a_row()
        return {"thread": threading.get_ident()}

    client = live_app.test_client()
    for _ in range(100):
        with client.get("/async") as response:
            assert response.status_code == 200
    assert in_use(database) == 0
    assert stored(database) == 0


def test_3_an_async_view_goes_on_with_the_session_of_its_request(live_app: Flask) -> None:
    seen: list[PlainSession] = []

    @live_app.before_request
    def before() -> None:
        Session.scalar(select(func.count()).select_from(Message))  # a transaction is open
        seen.append(Session())

    @live_app.get("/async")
    async def view() -> str:
        seen.append(leave_a_row())
        return ""

    @live_app.after_request
    def after(response: Response) -> Response:
        seen.append(Session())
        Session.commit()
        return response

    with live_app.test_client().get("/async") as response:
        assert response.status_code == 200
    assert len(seen) == 3
    assert len(set(map(id, seen))) == 1


def test_3_two_tasks_at_once_in_one_session_is_an_error_that_says_what_to_do(
    live_app: Flask, database: Database
) -> None:
    async def write(text: str) -> None:
        Session.add(Message(message=text))
        await asyncio.sleep(0)
        Session.commit()

    @live_app.get("/at-once")
    async def view() -> str:
        with pytest.raises(RuntimeError, match=r"Another task .* `with scope\(\):`"):
            await asyncio.gather(write("a"), write("b"))
        return ""

    @live_app.get("/at-once-with-scopes")
    async def good_view() -> str:
        async def write_alone(text: str) -> None:
            with db.scope():
                await write(text)

        await asyncio.gather(write_alone("c"), write_alone("d"))
        return ""

    for path in ("/at-once", "/at-once-with-scopes"):
        with live_app.test_client().get(path) as response:
            assert response.status_code == 200
    assert in_use(database) == 0
    with database.read() as connection:
        texts = set(connection.scalars(select(Message.message)))
    assert {"c", "d"} <= texts


def test_3_two_threads_at_once_in_one_session_is_an_error(live_app: Flask) -> None:
    with db.scope(live_app.extensions["database"]), ThreadPoolExecutor(1) as pool:
        leave_a_row()
        with pytest.raises(RuntimeError, match="Another task or thread"):
            pool.submit(copy_context().run, leave_a_row).result()
        Session.rollback()
        pool.submit(copy_context().run, leave_a_row).result()  # it is free again
        current().holder = None


# Row 4


def test_4_a_request_inside_an_app_context_has_its_own_session(live_app: Flask) -> None:
    inside: list[PlainSession] = []

    @live_app.get("/inside")
    def view() -> str:
        inside.append(leave_a_row())
        return ""

    with live_app.app_context():
        outer = Session()
        pending = Message(message="pending outside")
        outer.add(pending)
        live_app.test_client().get("/inside").close()
        assert Session() is outer
        assert inside[0] is not outer
        assert pending in outer.new


def test_4_nested_app_contexts_have_each_their_own_session(
    live_app: Flask, database: Database
) -> None:
    with live_app.app_context():
        outer = Session()
        with live_app.app_context() as inner_context:
            inner = leave_a_row()
            assert inner is not outer
            with inner_context:  # pushed again, it is still the same one
                assert Session() is inner
            assert Session() is inner
        assert not inner.in_transaction()
        assert Session() is outer
    assert in_use(database) == 0


def test_4_an_app_context_inside_a_request_uses_the_session_of_the_request(
    live_app: Flask,
) -> None:
    @live_app.get("/")
    def view() -> str:
        with live_app.app_context():
            before = leave_a_row()
        assert Session() is before
        assert before.in_transaction()
        return ""

    live_app.view_functions["home.hello"] = view
    with live_app.test_client().get("/") as response:
        assert response.status_code == 200


# Row 5


@pytest.mark.parametrize("with_context", [False, True], ids=["5a", "5b"])
def test_5_a_streamed_body_may_use_the_session_to_its_end(
    live_app: Flask, database: Database, with_context: bool
) -> None:
    @live_app.get("/stream")
    def view() -> Response:
        def body() -> Iterator[str]:
            for _ in range(3):
                leave_a_row()
                yield f"{Session.scalar(select(func.count()).select_from(Message))} "

        return Response(stream_with_context(body()) if with_context else body())

    with live_app.test_client().get("/stream") as response:
        assert response.data == b"1 2 3 "
        assert in_use(database) == 0  # given back at the end, before the server closes it
    assert stored(database) == 0


@pytest.mark.parametrize("with_context", [False, True])
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "dropped"])
def test_5c_5d_a_stream_abandoned_half_way_leaves_nothing_on_the_thread(
    live_app: Flask, database: Database, closed: bool, with_context: bool
) -> None:
    torn_down: list[str] = []

    @live_app.teardown_appcontext
    def count(_error: BaseException | None) -> None:
        torn_down.append("")

    @live_app.get("/stream")
    def view() -> Response:
        def body() -> Iterator[str]:
            leave_a_row()
            yield "first"
            yield "never read"

        return Response(stream_with_context(body()) if with_context else body())

    def abandon() -> None:
        response = live_app.test_client().get("/stream")
        assert next(response.iter_encoded()) == b"first"
        if closed:
            response.close()
        del response
        gc.collect()
        assert in_use(database) == 0
        assert active.get() is None

    with ThreadPoolExecutor(1) as same_thread:
        for _ in range(6):
            same_thread.submit(abandon).result()
        torn_down.clear()
        for _ in range(20):
            request = live_app.test_client().post
            same_thread.submit(request, "/messages", json={"message": "x"}).result().close()
    assert len(torn_down) == 20
    assert stored(database) == 20


def test_5c_a_stream_sent_and_finalised_on_other_threads_leaves_nothing(
    live_app: Flask, database: Database
) -> None:
    @live_app.get("/stream")
    def view() -> Response:
        leave_a_row()

        def body() -> Iterator[str]:
            yield "first"  # which the test client reads at once, on the first thread
            leave_a_row()
            yield "second"
            yield "never read"

        return Response(stream_with_context(body()))

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two, ThreadPoolExecutor(1) as three:
        response = one.submit(live_app.test_client().get, "/stream").result()
        parts = response.iter_encoded()
        assert two.submit(next, parts).result() == b"first"
        assert two.submit(next, parts).result() == b"second"
        three.submit(response.close).result()
    assert in_use(database) == 0
    assert stored(database) == 0


# Row 10


def test_10_two_apps_keep_their_databases_apart(live_app: Flask, tmp_path: object) -> None:
    other = create_app(Settings(url=f"sqlite:///{tmp_path}/other"))
    schema.upgrade(other.extensions["database"].engine)
    mine, its = live_app.extensions["database"], other.extensions["database"]
    with live_app.app_context():
        assert Session.get_bind() is mine.engine
        with other.app_context():
            assert Session.get_bind() is its.engine
        assert Session.get_bind() is mine.engine
        assert len(other.test_client().get("/messages").get_json()) == 3
    assert live_app.test_client().get("/messages").get_json() == []

    its.close()


def test_10_a_second_database_leaves_that_of_the_app_the_default(
    live_app: Flask, tmp_path: object
) -> None:
    app_database = live_app.extensions["database"]
    with nothing_open():
        first = db.connect(f"sqlite:///{tmp_path}/first")
        assert default_and_own(first) == [first.engine, first.engine]
        opened[app_database] = None
        assert default_and_own(first) == [app_database.engine, first.engine]
        second = db.connect(f"sqlite:///{tmp_path}/second")
        assert default_and_own(second) == [app_database.engine, second.engine]
        app_database.close()
        assert default_and_own(second) == [first.engine, second.engine]
        first.close()
        second.close()


@contextmanager
def nothing_open() -> Iterator[None]:
    """Forget the databases that other tests have opened, as in a process of its own."""
    others = list(opened)
    opened.clear()
    yield
    opened.clear()
    opened.update(dict.fromkeys(others))


def default_and_own(database: Database) -> list[object]:
    """Return the engines of a thread's session, without and with a database named."""

    def engines() -> list[object]:
        with db.scope():
            default = Session.get_bind()
        with db.scope(database):
            return [default, Session.get_bind()]

    with ThreadPoolExecutor(1) as pool:  # a thread begins outside every scope
        return pool.submit(engines).result()


# Row 15


def test_15_a_request_without_a_query_touches_no_database_and_no_thread(
    live_app: Flask, database: Database
) -> None:
    made: list[object] = []
    live_app.view_functions["home.hello"] = lambda: str(threading.active_count())
    before = threading.active_count()
    for _ in range(20):
        with live_app.test_client().get("/") as response:
            made.append(int(response.data))
    assert made == [before] * 20
    assert database.engine.pool.checkedin() == database.reader.pool.checkedin() == 0  # type: ignore[attr-defined]


# Row 16

FROM_TEARDOWN = (LookupError, ExceptionGroup)  # Flask 3.2 runs all teardowns and groups errors


@pytest.fixture
def raising(live_app: Flask) -> Flask:
    """An app with a teardown that raises: it comes first, as the last one registered."""

    @live_app.get("/leave")
    def leave() -> str:
        leave_a_row()
        return ""

    @live_app.teardown_appcontext
    def fail(_error: BaseException | None) -> None:
        raise LookupError("a teardown of somebody else")

    return live_app


def test_16a_16b_another_teardown_that_raises_keeps_no_connection_and_commits_nothing(
    raising: Flask, database: Database
) -> None:
    client = raising.test_client()
    for _ in range(50):
        with pytest.raises(FROM_TEARDOWN):
            client.get("/leave")
        with pytest.raises(FROM_TEARDOWN):
            client.post("/messages", json={"message": "committed"})
        assert in_use(database) == 0
    assert stored(database) == 50


def test_16_another_teardown_that_raises_outside_of_a_request_neither(
    raising: Flask, database: Database
) -> None:
    def use() -> None:
        with pytest.raises(FROM_TEARDOWN), raising.app_context():
            leave_a_row()

    for _ in range(20):
        use()
        assert in_use(database) == 0
    with db.scope(database):
        Session.commit()
    assert stored(database) == 0


def test_16_another_teardown_that_raises_inside_leaves_the_session_outside_in_its_place(
    live_app: Flask, database: Database
) -> None:
    @live_app.teardown_appcontext
    def fail(_error: BaseException | None) -> None:
        if g.get("fails"):
            raise LookupError("a teardown of somebody else")

    def use() -> None:
        with live_app.app_context():
            g.fails = True
            leave_a_row()

    with live_app.app_context():
        outer = Session()
        with pytest.raises(FROM_TEARDOWN):
            use()
        gc.collect()  # the error has held the context inside
        assert Session() is outer
    assert in_use(database) == 0


# Outside of requests


def test_an_app_context_ends_its_session(live_app: Flask, database: Database) -> None:
    with live_app.app_context():
        session = leave_a_row()
        assert in_use(database) == 1
    assert in_use(database) == 0
    assert not session.in_transaction()
    assert stored(database) == 0


@pytest.mark.parametrize("fails", [False, True])
def test_a_scope_ends_its_session_also_on_an_exception(
    live_app: Flask, database: Database, fails: bool
) -> None:
    outer = active.get()
    try:
        with db.scope(database):
            leave_a_row()
            assert in_use(database) == 1
            if fails:
                raise LookupError
    except LookupError:
        assert fails
    assert in_use(database) == 0
    assert active.get() is outer
    assert stored(database) == 0


# Row 17


@pytest.mark.parametrize(
    "use", [leave_a_row, lambda: read().__enter__(), lambda: fetch_all(ONE, {})]
)
def test_17_a_thread_without_a_scope_is_told_to_open_one(
    database: Database, use: Callable[[], object]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeError, match=r"Did you mean `with scope\(\):`\?"):
            pool.submit(use).result()
        assert in_use(database) == 0


def test_17_jobs_on_pooled_threads_give_their_connections_back(
    live_app: Flask, database: Database
) -> None:
    def job(number: int) -> int:
        with db.scope(database):
            return Session.scalar(select(literal(number))) or 0

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(job, range(1, 21))) == list(range(1, 21))
        assert in_use(database) == 0  # the threads are still there
        with live_app.test_client().get("/messages") as response:
            assert response.status_code == 200


def test_a_script_needs_no_scope_on_its_main_thread(database: Database) -> None:
    def script() -> None:
        active.set(None)
        leave_a_row()
        Session.commit()
        Session.remove()

    with nothing_open():
        opened[database] = None
        copy_context().run(script)
    assert stored(database) == 1


def test_remove_works_as_everywhere(database: Database) -> None:
    with db.scope(database):
        first = leave_a_row()
        assert Session.registry.has()
        Session.remove()
        assert not Session.registry.has()
        assert in_use(database) == 0
        assert Session() is not first
        Session.remove()
        made = Session(info={"made": "by hand"})
        assert Session() is made
        assert Session.get_bind() is database.engine


def test_rows_stay_readable_after_a_commit_without_a_connection(database: Database) -> None:
    with db.scope(database):
        message = Message(message="readable")
        Session.add(message)
        Session.commit()
        assert (message.id is not None, message.message) == (True, "readable")
        assert in_use(database) == 0


def test_a_connection_that_is_lost_is_not_kept(database: Database) -> None:
    with db.scope(database):
        leave_a_row()
        driver = Session.connection().connection.driver_connection
        assert driver
        driver.close()
    assert in_use(database) == 0
    assert stored(database) == 0


def test_reads_are_seen_at_once_by_other_connections(database: Database) -> None:
    with db.scope(database), read() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == 0
        with database.engine.begin() as other:
            other.execute(Message.__table__.insert(), {"message": "x"})  # type: ignore[attr-defined]
        # In a transaction MariaDB would go on to show what it showed first.
        assert connection.scalar(select(func.count()).select_from(Message)) == 1


def test_what_outlives_its_request_has_a_session_of_its_own_on_the_same_database(
    live_app: Flask, database: Database, tmp_path: Path
) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other'}")
    late = []

    @live_app.get("/later")
    def view() -> str:
        leave_a_row()
        late.append(copy_context())
        return ""

    live_app.test_client().get("/later").close()
    assert late[0].run(Session.registry.has) is False
    late[0].run(leave_a_row)
    assert in_use(database) == 1
    late[0].run(Session.commit)
    assert in_use(database) == 0
    assert stored(database) == 1  # and not what the request has left
    other.close()


def test_an_app_that_traces_nothing_has_its_scopes_all_the_same(url: URL) -> None:
    app, database = Flask("untraced"), Database(url)
    web_scope.init_app(app, database)

    @app.get("/")
    def index() -> str:
        return str(db.Session.scalar(select(1)))

    with app.test_client().get("/") as response:
        assert response.data == b"1"
    assert in_use(database) == 0
    database.close()
