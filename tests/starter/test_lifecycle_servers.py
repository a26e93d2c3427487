"""Sessions on real servers: whatever ends a request, its connection comes back and no row stays.

The names are the scenarios, by the number of the way in which a session is lost elsewhere.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPMessage, HTTPResponse
from pathlib import Path
from textwrap import dedent
from time import monotonic
from typing import Any, NamedTuple

import pytest
import servers
from conftest import leave_out, migrate
from lifecycle_app import NUMBER_OF_CONNECTION, PART, PARTS
from running import Running, clean, serving, until
from servers import Server
from sqlalchemy import URL, NullPool, create_engine, insert, text

import starter
from starter.models import Message

# Seconds in which a loaded machine answers what it answers at once. What is not bounded takes longer:
# the timeouts that a test does not look at are LONG, or there is no end at all.
AT_ONCE = 25
LONG = 50

PYTHON_PATH = os.pathsep.join([os.path.dirname(__file__), str(Path(starter.__file__).parents[1])])


def gunicorn(*options: str, app: str = "lifecycle_app:create_app()") -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:{port}", *options, app]


THREADS = gunicorn("--threads", "4")
SERVERS = {
    "gthread": THREADS,
    "granian": [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", "{port}"),
        *("--blocking-threads", "4", "--factory", "lifecycle_app:create_app"),
    ],
    "uvicorn": [
        *(sys.executable, "-m", "uvicorn", "--port", "{port}"),
        *("--log-level", "warning", "--factory", "lifecycle_app:asgi"),
    ],
}
every_server = pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    body: Any
    seconds: float


def ask(server: Running, path: str, **message: str) -> Answer:
    """Return the answer to a GET, or to a POST where there is a message."""
    began = monotonic()
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=300)) as connection:
        if message:
            body, headers = json.dumps(message), {"Content-Type": "application/json"}
            connection.request("POST", path, body, headers)
        else:
            connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
    kind = response.headers.get("Content-Type", "")
    parsed = json.loads(body) if kind.endswith("json") and "ndjson" not in kind else body
    return Answer(response.status, response.headers, parsed, monotonic() - began)


def at_once(server: Running, paths: Iterable[str], clients: int) -> list[Answer]:
    """Return the answers to many GETs, of which so many are under way at a time."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda path: ask(server, path), paths))


def state(server: Running) -> dict[str, Any]:
    found: dict[str, Any] = ask(server, "/state").body
    return found


def happened(server: Running, what: str) -> int:
    number: int = state(server)["happened"].get(what, 0)
    return number


def texts(server: Running) -> list[str]:
    return [message["message"] for message in ask(server, "/messages?limit=1000").body]


@contextmanager
def scenario(
    folder: Path,
    url: URL,
    command: list[str] = THREADS,
    *,
    replica_url: URL | None = None,
    **settings: float,
) -> Iterator[Running]:
    """Serve the scenarios; whatever they did, in the end no connection is out."""
    environment = {f"FLASK_{name.upper()}": str(value) for name, value in settings.items()}
    environment["SQLALCHEMY_URL"] = url.render_as_string(hide_password=False)
    if replica_url:
        environment["SQLALCHEMY_REPLICA_URL"] = replica_url.render_as_string(hide_password=False)
    environment["PYTHONPATH"] = PYTHON_PATH
    with serving(folder, environment, *command, cwd=folder) as server:
        try:
            yield server
        finally:
            ask(server, "/release")  # else a test that failed would wait for what is held
        until(lambda: state(server)["out"] == 0)


# The test command runs the scenarios on PostgreSQL, .ci/run on the others, too.
KINDS = [
    pytest.param(kind, marks=[pytest.mark.slow] * (kind != "postgresql")) for kind in servers.KINDS
]
every_database = pytest.mark.parametrize("new_database", KINDS, indirect=True, scope="session")


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind.values != ("sqlite",)])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A database server that a test may stop or freeze."""
    try:
        with getattr(servers, request.param)(tmp_path_factory.mktemp(request.param)) as server:
            yield server
    except servers.Missing as missing:
        leave_out(request.param, missing)


@pytest.fixture
def own_url(server: Server) -> Iterator[URL]:
    with servers.database(server.url) as url:
        migrate(url)
        yield url


only_postgresql = pytest.mark.parametrize(
    "server", [kind for kind in servers.KINDS if kind == "postgresql"], indirect=True
)


@every_server
@only_postgresql
def test_the_ordinary_endpoints_work_on_every_server(
    own_url: URL, tmp_path: Path, command: list[str]
) -> None:
    with scenario(tmp_path, own_url, command) as server:
        created = ask(server, "/messages", message="hello")
        assert created.status == 201
        assert ask(server, created.headers["Location"]).body["message"] == "hello"
        assert texts(server) == ["hello"]
        assert ask(server, "/").body == {"message": "Hello friend!"}
        assert ask(server, "/readyz").body == {"status": "ok"}
        assert ask(server, "/nothing").status == 404
        assert ask(server, "/error").status == 500


@every_database
def test_1_two_thousand_requests_of_32_clients_on_threads(url: URL, tmp_path: Path) -> None:
    def work(server: Running, client: int) -> list[str]:
        wrong = []
        for number in range(62):
            if number % 4 == 0:
                answer = ask(server, "/messages", message=f"{client} {number}")
                right = answer.status == 201 and answer.body["message"] == f"{client} {number}"
            else:
                answer = ask(server, "/messages?limit=5")
                right = answer.status == 200 and len(answer.body) <= 5
            if not right:
                wrong.append(f"{answer.status} {answer.body}")
        return wrong

    with scenario(tmp_path, url, gunicorn("--threads", "8")) as server:
        with ThreadPoolExecutor(32) as clients:
            assert list(clients.map(lambda client: work(server, client), range(32))) == [[]] * 32
        written = {f"{client} {number}" for client in range(32) for number in range(0, 62, 4)}
        assert sorted(texts(server)) == sorted(written)


@every_database
def test_2_an_exception_after_the_flush_and_then_good_requests(url: URL, tmp_path: Path) -> None:
    with scenario(tmp_path, url, gunicorn("--worker-class", "sync")) as server:
        for number in range(10):
            assert ask(server, "/error").status == 500
            assert state(server)["out"] == 0
            assert ask(server, "/messages", message=f"good {number}").status == 201
        assert texts(server) == [f"good {number}" for number in range(10)]


@every_database
def test_3_a_hundred_async_views(url: URL, tmp_path: Path) -> None:
    with scenario(tmp_path, url, gunicorn("--threads", "8")) as server:
        answers = at_once(server, [f"/async/{number}" for number in range(100)], clients=8)
        assert [answer.body.get("answers") for answer in answers] == [[n, n] for n in range(100)]
        assert texts(server) == []


@every_server
@only_postgresql
def test_5b_a_streamed_body_that_uses_the_session_and_is_read_to_the_end(
    own_url: URL, tmp_path: Path, command: list[str]
) -> None:
    with scenario(tmp_path, own_url, command) as server:
        for kind in ["with-context", "without-context"] * 4:
            answer = ask(server, f"/stream/{kind}")
            assert (answer.status, len(answer.body)) == (200, PARTS * PART)
            assert answer.body.split() == [str(number) for number in range(PARTS)]
        until(lambda: happened(server, "stream ended") == 8)
        assert texts(server) == []


def leave_half_way(server: Running, path: str) -> None:
    """Read the beginning of an answer, and go."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b"200 OK" in client.recv(PART)


@every_server
@only_postgresql
def test_5c_5d_a_streamed_body_that_its_client_abandons_and_then_later_requests(
    own_url: URL, tmp_path: Path, command: list[str]
) -> None:
    with scenario(tmp_path, own_url, command) as server:
        for kind in ["with-context", "without-context"] * 4:  # two for each of the four threads
            leave_half_way(server, f"/stream/{kind}")
        until(lambda: happened(server, "stream closed") + happened(server, "stream ended") == 8)
        nothing_is_left(server)


@only_postgresql
def test_5c_5d_a_streamed_body_that_only_the_garbage_collector_finds(
    own_url: URL, tmp_path: Path
) -> None:
    careless = gunicorn("--threads", "4", app="lifecycle_app:create_app(careless=True)")
    with scenario(tmp_path, own_url, careless) as server:

        def closed(number: int) -> bool:
            return happened(server, "stream closed") == number

        for number in range(1, 9):
            leave_half_way(server, "/stream/with-context")
            until(partial(closed, number))
        nothing_is_left(server)


def nothing_is_left(server: Running) -> None:
    """See that later requests on the same threads neither suffer from a stream nor commit it."""
    until(lambda: state(server)["out"] == 0)
    for number in range(20):
        assert ask(server, f"/echo/{number}").body["answers"] == [number, number]
        assert ask(server, "/messages", message=f"good {number}").status == 201
    until(lambda: happened(server, "teardown of /messages") == 20)
    assert texts(server) == [f"good {number}" for number in range(20)]
    assert "Exception ignored" not in server.log.read_text()


@every_database
def test_6a_views_that_read_and_then_do_something_slow(url: URL, tmp_path: Path) -> None:
    command = gunicorn("--threads", "44")
    with scenario(tmp_path, url, command, pool_size=5, pool_timeout=50) as server:
        assert ask(server, "/messages", message="shown").status == 201
        with ThreadPoolExecutor(40) as clients:
            try:
                paths = ["/slow/session", "/slow/read"] * 20
                answers = [clients.submit(ask, server, path) for path in paths]
                # If they held their connections, the pools would let ten at a time come so far.
                until(lambda: state(server)["slow"] == 40)
                assert state(server)["out"] == 0
            finally:
                ask(server, "/release")
        shown = {(answer.result().status, answer.result().body) for answer in answers}
        assert shown == {(200, "shown")}


@pytest.fixture
def long_table(new_database: Any) -> Iterator[URL]:
    with new_database() as url:
        migrate(url)
        engine = create_engine(url)
        for begin in range(0, 50_000, 10_000):
            rows = [{"message": f"{n} ".ljust(200, "x")} for n in range(begin, begin + 10_000)]
            with engine.begin() as connection:
                connection.execute(insert(Message), rows)
        engine.dispose()
        yield url


@every_database
def test_6b_clients_that_do_not_read_the_export(long_table: URL, tmp_path: Path) -> None:
    head = "GET /messages HTTP/1.1\r\nHost: a\r\nAccept: application/x-ndjson\r\n"
    with scenario(tmp_path, long_table, pool_size=1) as server, ExitStack() as leaving:
        before = happened(server, "checkout")
        clients = []
        for _ in range(3):
            client = leaving.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", server.port))
            client.sendall(f"{head}Connection: close\r\n\r\n".encode())
            clients.append(client)
        seen = [-1]

        def stalled() -> bool:
            seen.append(happened(server, "checkout") - before)
            return seen[-1] >= 3 and seen[-1] == seen[-10:][0]

        until(stalled)
        assert seen[-1] < 3 * 50  # they are in the middle of it
        assert state(server)["out"] == 0
        assert ask(server, "/messages?limit=1").status == 200
        with HTTPResponse(clients[0]) as response:
            response.begin()
            assert len(response.read().splitlines()) == 50_000


@every_database
def test_7_engines_used_before_the_fork(url: URL, tmp_path: Path) -> None:
    command = gunicorn("--preload", "--workers", "4", app="lifecycle_app:create_app(used=True)")
    with scenario(tmp_path, url, command) as server:
        answers = at_once(server, [f"/echo/{number}" for number in range(400)], clients=16)
        assert [answer.status for answer in answers] == [200] * 400
        assert [answer.body["answers"] for answer in answers] == [[n, n] for n in range(400)]
        assert len({answer.body["worker"] for answer in answers}) > 1


@every_database
def test_7_a_fork_in_the_middle_of_a_unit_of_work(url: URL) -> None:
    script = """
        import gc, os, sys
        from sqlalchemy import select, text
        from starter.db import Session, connect, read
        from starter.models import Message

        def connections():
            number = select(text(sys.argv[2]))
            with read() as connection:
                return connection.scalar(number), Session.scalar(number)

        database = connect(sys.argv[1])
        Session.add(Message(message="of the parent"))
        Session.flush()
        before = connections()
        for number in range(3):
            if os.fork() == 0:
                with read() as connection:
                    assert connection.scalars(select(Message.message)).all() == []
                assert Session.scalars(select(Message.message)).all() == []
                gc.collect()
                sys.exit(number)  # with all that an interpreter does at its end
            assert os.waitstatus_to_exitcode(os.wait()[1]) == number
        assert connections() == before  # nobody has said goodbye for the parent
        Session.commit()
        with read() as connection:
            print(*connection.scalars(select(Message.message)))
    """
    number = NUMBER_OF_CONNECTION.get(url.get_backend_name(), "1")
    done = subprocess.run(
        [sys.executable, "-c", dedent(script), url.render_as_string(hide_password=False), number],
        env=clean({"PYTHONPATH": PYTHON_PATH}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("of the parent\n", "")


def test_8_two_hundred_concurrent_requests_on_gevent(own_url: URL, tmp_path: Path) -> None:
    command = gunicorn("--worker-class", "gevent")
    with scenario(tmp_path, own_url, command, pool_size=5, pool_timeout=30) as server:
        answers = at_once(server, [f"/echo/{number}" for number in range(200)], clients=200)
        assert [answer.status for answer in answers] == [200] * 200
        assert [answer.body["answers"] for answer in answers] == [[n, n] for n in range(200)]


def test_11_a_database_that_is_restarted_between_requests(
    server: Server, own_url: URL, tmp_path: Path
) -> None:
    command = gunicorn("--threads", "4", "--workers", "2")
    paths = [f"/echo/{number}" for number in range(40)]
    with scenario(tmp_path, own_url, command) as running:
        workers: set[int] = set()

        def both_have_connections() -> bool:
            workers.update(answer.body["worker"] for answer in at_once(running, paths, clients=8))
            return len(workers) == 2

        until(both_have_connections)
        server.stop()
        server.start()
        answers = at_once(running, paths, clients=8)
        assert [answer.status for answer in answers] == [200] * 40


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mysql+pymysql"])
def test_13a_a_database_that_is_a_black_hole(tmp_path: Path, driver: str) -> None:
    with ExitStack() as closing_later:

        def hole(backlog: int) -> URL:
            listening = socket.create_server(("127.0.0.1", 0), backlog=backlog)
            host, port = closing_later.enter_context(listening).getsockname()
            for _ in range(8 * (backlog == 0)):  # the system accepts no more than these
                waiting = closing_later.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((host, port))
            return URL.create(driver, "me", "secret", host, port, "none")

        silent, full = hole(backlog=100), hole(backlog=0)
        server = closing_later.enter_context(scenario(tmp_path, silent, replica_url=full))
        answers = at_once(server, ["/messages", "/slow/session", "/readyz"], clients=3)
        assert [answer.status for answer in answers] == [503] * 3
        assert all(answer.headers["Retry-After"] for answer in answers)
        assert max(answer.seconds for answer in answers) < AT_ONCE


def test_13a_a_database_that_is_stopped(server: Server, own_url: URL, tmp_path: Path) -> None:
    with scenario(
        tmp_path, own_url, connect_timeout=LONG, pool_timeout=LONG, query_timeout=LONG
    ) as running:
        assert ask(running, "/echo/1").status == 200
        server.stop()
        try:
            answers = [ask(running, path) for path in ["/echo/1", "/messages", "/readyz"]]
        finally:
            server.start()
        assert [answer.status for answer in answers] == [503] * 3
        assert all(answer.headers["Retry-After"] for answer in answers)
        assert max(answer.seconds for answer in answers) < AT_ONCE
        assert ask(running, "/echo/1").status == 200


@contextmanager
def held(
    running: Running, number: int = 1, also: Iterable[str] = ()
) -> Iterator[list[Future[Answer]]]:
    """Have requests in the middle of their work, as many in each way to the database."""
    ways = ["session", "read"] * number + list(also)
    with ThreadPoolExecutor(len(ways)) as clients:
        try:
            answers = [clients.submit(ask, running, f"/hold/{way}") for way in ways]
            until(lambda: len(state(running)["holding"]) == len(ways))
            yield answers
        finally:
            ask(running, "/release")


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """Stop a database server where it stands, with the processes of its connections."""
    processes = [server.process.pid]
    if server.url.get_backend_name() == "postgresql":
        processes += execute(
            server,
            "SELECT pid FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def execute(server: Server, statement: str) -> list[int]:
    engine = create_engine(server.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


def test_13b_a_database_that_freezes_in_the_middle_of_a_request(
    server: Server, own_url: URL, tmp_path: Path
) -> None:
    with scenario(tmp_path, own_url, query_timeout=1, connect_timeout=2) as running:
        until(lambda: ask(running, "/echo/1").status == 200)
        with held(running) as answers, frozen(server):
            began = monotonic()
            ask(running, "/release")
            later = at_once(running, ["/echo/2", "/messages"], clients=2)
            for answer in later + [answer.result() for answer in answers]:
                assert answer.status == 503
                assert answer.headers["Retry-After"]
            assert monotonic() - began < AT_ONCE
        until(lambda: state(running)["out"] == 0)
        assert "Exception during reset" not in running.log.read_text()
        # A database that has just been thawed may take its time, too.
        until(lambda: ask(running, "/echo/3").body.get("answers") == [3, 3])
        assert ask(running, "/messages", message="works").status == 201


def test_13b_a_connection_that_is_lost_in_the_middle_of_a_request(
    server: Server, own_url: URL, tmp_path: Path
) -> None:
    with scenario(
        tmp_path, own_url, connect_timeout=LONG, pool_timeout=LONG, query_timeout=LONG
    ) as running:
        with held(running, also=["nothing-more"]) as answers:
            for connection in state(running)["holding"]:
                if server.url.get_backend_name() == "postgresql":
                    execute(server, f"SELECT pg_terminate_backend({connection}, 5000)")
                else:
                    execute(server, f"KILL {connection}")
            began = monotonic()
            ask(running, "/release")
            # The last has all that it needs, and nobody to tell that the transaction is lost.
            assert [answer.result().status for answer in answers] == [503, 503, 200]
            assert monotonic() - began < AT_ONCE
        until(lambda: state(running)["out"] == 0)
        assert "Error handling request" not in running.log.read_text()
        assert ask(running, "/echo/1").body["answers"] == [1, 1]
        assert ask(running, "/messages", message="works").status == 201


@only_postgresql
def test_14_a_pool_that_is_exhausted(own_url: URL, tmp_path: Path) -> None:
    with scenario(tmp_path, own_url, gunicorn("--threads", "14"), pool_timeout=1) as server:
        with held(server, 5) as answers:
            for refused in at_once(server, ["/slow/session", "/messages"], clients=2):
                assert refused.status == 503
                assert int(refused.headers["Retry-After"]) > 0
                assert refused.seconds < AT_ONCE
            ask(server, "/release")
            assert [answer.result().status for answer in answers] == [200] * 10
        assert ask(server, "/echo/1").body["answers"] == [1, 1]


@every_database
def test_16a_another_teardown_raises(url: URL, tmp_path: Path) -> None:
    with scenario(tmp_path, url, pool_size=10) as server:
        for _ in range(15):
            assert ask(server, "/torn/request").status == 500
            assert ask(server, "/torn/context").status == 500
        until(lambda: state(server)["out"] == 0)
        assert texts(server) == []


@every_database
def test_16b_another_teardown_raises_and_a_later_request_commits(url: URL, tmp_path: Path) -> None:
    with scenario(tmp_path, url) as server:
        for number in range(50):
            assert ask(server, f"/torn/{['request', 'context'][number % 2]}").status == 500
            assert ask(server, "/messages", message=f"good {number}").status == 201
        assert texts(server) == [f"good {number}" for number in range(50)]
