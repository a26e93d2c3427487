"""The database of the tests: a MariaDB server of their own, deleted when they end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

from sqlalchemy import create_engine, text


@contextmanager
def database() -> Iterator[str]:
    """Start the MariaDB of this machine on data of its own, and give the URL of a database."""
    # Not in $TMPDIR: its path may be too long for a socket. A socket needs no free port.
    home = Path(mkdtemp(dir="/tmp"))
    settings = ["--no-defaults", f"--datadir={home}/data", f"--tmpdir={home}"]
    if os.geteuid() == 0:
        settings.append("--user=root")
    install = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    serve = [f"--socket={home}/socket", "--skip-networking", "--innodb-flush-log-at-trx-commit=0"]
    log = home / "log"
    try:
        with log.open("wb") as output:
            command = [program("mariadb-install-db"), *settings, *install]
            if subprocess.run(command, stdout=output, stderr=output, check=False).returncode:
                raise RuntimeError(log.read_text())
            command = [program("mariadbd"), *settings, *serve]
            with subprocess.Popen(command, stdout=output, stderr=output) as server:
                try:
                    wait(server, log)
                    create_database(f"mysql+pymysql://root@/?unix_socket={home}/socket")
                    yield f"mysql+pymysql://root@/test?unix_socket={home}/socket"
                finally:
                    server.kill()  # nobody needs its data any more
    finally:
        shutil.rmtree(home)


def wait(server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server accepts connections, for at most a minute."""
    until = monotonic() + 60
    while b"ready for connections" not in log.read_bytes():
        if server.poll() is not None or monotonic() > until:
            raise RuntimeError(log.read_text())
        sleep(0.05)


def create_database(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE test CHARACTER SET utf8mb4"))
    engine.dispose()


def program(name: str) -> str:
    # An ordinary user's PATH lacks the folders of servers.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/libexec"])
    found = shutil.which(name, path=path)
    if found is None:
        raise RuntimeError(f"{name} is not installed: apt-get install mariadb-server")
    return found
