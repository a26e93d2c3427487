"""Copies a project, and runs its Python in the copies."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import interrupts
from ..project import Change
from . import injected as inside

# Caches that refer to the original, and version control data.
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", "__pycache__"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
INJECTED = Path(inside.__file__).parent

# If the project is installed as editable in its venv, imports find the original.
PATHS = """
import json, os, sys
found = list(sys.path)
for name, module in list(sys.modules.items()):
    if name.startswith("__editable__"):
        found += [os.path.dirname(path) for path in getattr(module, "MAPPING", {}).values()]
print(json.dumps(found))
"""

INSTALLED = """
import json
from importlib.metadata import distributions
print(json.dumps({d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}))
"""


class ProjectCommandError(Exception):
    """A command of the project cannot be run; the message is meant for the user."""


@dataclass(frozen=True)
class Ended:
    """A finished process.

    :param status: its exit code; negative for a signal.
    :param output: its standard output and error, as they came.
    """

    status: int
    output: str


@contextmanager
def folder() -> Generator[Path]:
    """Create a temporary folder for copies."""
    with TemporaryDirectory(prefix="hipflask-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def copy(root: Path, target: Path, changes: Iterable[Change] = ()) -> None:
    """Copy a project without git data and caches; virtual environments become links.

    :param root: the project.
    :param target: a folder that does not exist yet.
    :param changes: changes to apply to the copy.
    :raises ProjectCommandError: a file cannot be read, or the disk is full.
    """
    root = root.resolve()
    try:
        _copy(root, root, target)
        for change in changes:
            _change(target / change.path, change.after)
    except OSError as error:
        raise ProjectCommandError(f"The project cannot be copied to {target}: {error}") from None


def _copy(root: Path, source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for entry in os.scandir(source):
        to = target / entry.name
        if entry.name in LEFT_OUT:
            continue
        if entry.is_symlink():
            to.symlink_to(_destination(root, source, Path(entry.path)))
        elif entry.is_dir():
            if entry.name == "node_modules" or Path(entry.path, "pyvenv.cfg").exists():
                to.symlink_to(entry.path)
            else:
                _copy(root, Path(entry.path), to)
        elif entry.is_file():  # not a socket, nor a pipe
            shutil.copy2(entry.path, to)


def _destination(root: Path, source: Path, link: Path) -> str:
    # A link that is copied unchanged could point to a file of the original, and change it.
    real = os.path.realpath(link)
    return os.path.relpath(real, source) if Path(real).is_relative_to(root) else real


def _change(path: Path, after: bytes | None) -> None:
    mode = path.stat().st_mode if path.exists() else None
    path.unlink(missing_ok=True)
    if after is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after)
        if mode is not None:
            path.chmod(mode)


def interpreter(root: Path, python: str | None = None) -> Path:
    """Return the interpreter: the named one, or that of the active venv, the project, or PATH.

    :param root: the project.
    :param python: the interpreter that the user names.
    :raises ProjectCommandError: the interpreter does not exist.
    """
    program = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    if python is not None:
        named = shutil.which(python)
        if named is None:
            raise ProjectCommandError(
                f"There is no Python {python}. Give the path of the project's interpreter."
            )
        return Path(named).absolute()
    places = [Path(os.environ["VIRTUAL_ENV"])] if os.environ.get("VIRTUAL_ENV") else []
    for place in [*places, root.resolve() / ".venv", root.resolve() / "venv"]:
        if (place / program).exists():
            return place / program
    # Hipflask is often installed separately, by pipx or uv; its own Python is the last resort.
    return Path(shutil.which("python3") or shutil.which("python") or sys.executable)


def installed(root: Path, python: str | None = None) -> dict[str, str]:
    """Return the installed versions; empty if Flask-SQLAlchemy is not installed.

    :param root: the project.
    :param python: the interpreter that the user names.
    :raises ProjectCommandError: the interpreter does not exist.
    """
    done = _start([str(interpreter(root, python)), "-c", INSTALLED], root, environment=None)
    try:
        found = json.loads(done.output.splitlines()[-1])
    except (IndexError, ValueError):
        return {}  # not a supported Python; an error is raised when it is needed
    versions = {re.sub(r"[-_.]+", "-", name).lower(): said for name, said in found.items()}
    return versions if "flask-sqlalchemy" in versions else {}


def site_packages(root: Path, python: str | None = None) -> tuple[Path, ...]:
    """Return the folders of the installed packages, if its Python is one of a virtual environment.

    :param root: the project.
    :param python: the interpreter that the user names.
    :raises ProjectCommandError: the interpreter does not exist.
    """
    venv = interpreter(root, python).parent.parent
    if not (venv / "pyvenv.cfg").exists():
        return ()
    return (*venv.glob("lib/python*/site-packages"), *venv.glob("Lib/site-packages"))


def prepare(target: Path, blocked: Iterable[str] = ()) -> None:
    """Create the folder that comes first in PYTHONPATH.

    :param target: a folder that does not exist yet.
    :param blocked: packages that cannot be imported with this folder in PYTHONPATH.
    """
    target.mkdir()
    for name in ("sitecustomize.py", "recorder.py", "probe.py", "importer.py"):
        module = "hipflask_" + name if name == "recorder.py" else name
        shutil.copyfile(INJECTED / name, target / module)
    (target / "blocked").write_text("\n".join(blocked))


def environment(root: Path, copied: Path, python: Path, prepared: Path) -> dict[str, str]:
    """Return environment variables with which the copy is imported, not the original.

    :param root: the project.
    :param copied: its copy.
    :param python: its Python.
    :param prepared: the folder that :func:`prepare` made.
    :raises ProjectCommandError: its Python does not run.
    """
    root = root.resolve()
    done = _start([str(python), "-c", PATHS], cwd=root, environment=None)
    try:
        found = json.loads(done.output.splitlines()[-1])
    except (IndexError, ValueError):
        raise ProjectCommandError(f"{python} does not run: {done.output.strip()}") from None
    paths = [str(prepared)]
    for entry in [*found, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]:
        # The folder of the process itself is in sys.path as an empty entry.
        path = Path(entry)
        if entry and path.is_relative_to(root) and not _installed(path, root):
            paths.append(str(copied / path.relative_to(root)))
        elif entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) and entry:
            paths.append(entry)
    values = dict(os.environ)
    values["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    values["PATH"] = os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])
    return values


def _installed(path: Path, root: Path) -> bool:
    return any(
        (folder / "pyvenv.cfg").exists()
        for folder in [path, *path.parents]
        if folder.is_relative_to(root)
    )


def run(command: str | list[str], copied: Path, environment: Mapping[str, str]) -> Ended:
    """Run a command in a copy, and wait for it; Ctrl-C ends all that it started.

    :param command: for the shell if it is a string.
    :param copied: the folder in which it runs.
    :param environment: its environment.
    """
    return _start(command, copied, environment)


def _start(command: str | list[str], cwd: Path, environment: Mapping[str, str] | None) -> Ended:
    process: subprocess.Popen[bytes] | None = None
    try:
        with interrupts.deferred():  # a signal must not arrive before `process` is assigned
            process = subprocess.Popen(
                command,
                shell=isinstance(command, str),
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        output, _ = process.communicate()
    except OSError as error:
        raise ProjectCommandError(f"{command} does not run: {error}") from None
    except BaseException:
        if process is not None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        raise
    return Ended(process.returncode, output.decode(errors="replace"))
