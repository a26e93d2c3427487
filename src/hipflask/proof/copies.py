"""Copies of a project, and processes of its own Python in them."""

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

# Caches that would speak of the original, and what only version control reads.
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", "__pycache__"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
INSIDE = Path(inside.__file__).parent

# Where the project is installed in its own venv as editable, imports lead to the original.
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


class TroubleError(Exception):
    """The project's own commands cannot be run as they must be; the text is fit to be shown."""


@dataclass(frozen=True)
class Ended:
    """A process that has ended.

    :param status: its exit code; negative for a signal.
    :param output: its standard output and error, as they came.
    """

    status: int
    output: str


@contextmanager
def folder() -> Generator[Path]:
    """Make a folder for copies, and remove it at the end of the ``with``."""
    with TemporaryDirectory(prefix="hipflask-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def copy(root: Path, target: Path, changes: Iterable[Change] = ()) -> None:
    """Copy a project, without what git and caches keep; its venvs become links to the original.

    :param root: the project.
    :param target: a folder that does not exist yet.
    :param changes: what is to be different in the copy.
    :raises TroubleError: a file cannot be read, or the disk is full.
    """
    root = root.resolve()
    try:
        _copy(root, root, target)
        for change in changes:
            _change(target / change.path, change.after)
    except OSError as error:
        raise TroubleError(f"The project cannot be copied to {target}: {error}") from None


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
    # A link that is copied as it stands could lead to a file of the original, to be written to.
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
    """Return the Python of a project: the named one, the active venv's, its own, or PATH's.

    :param root: the project.
    :param python: what the user names.
    :raises TroubleError: there is no such program.
    """
    program = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    if python is not None:
        named = shutil.which(python)
        if named is None:
            raise TroubleError(f"There is no Python {python}; give the path of the project's own.")
        return Path(named).absolute()
    places = [Path(os.environ["VIRTUAL_ENV"])] if os.environ.get("VIRTUAL_ENV") else []
    for place in [*places, root.resolve() / ".venv", root.resolve() / "venv"]:
        if (place / program).exists():
            return place / program
    # Hipflask is often installed apart, by pipx or uv; its own Python is the last resort.
    return Path(shutil.which("python3") or shutil.which("python") or sys.executable)


def installed(root: Path, python: str | None = None) -> dict[str, tuple[int, int]]:
    """Return the versions of what is installed for a project; nothing without Flask-SQLAlchemy.

    :param root: the project.
    :param python: what the user names.
    :raises TroubleError: there is no such program.
    """
    done = _start([str(interpreter(root, python)), "-c", INSTALLED], root, environment=None)
    try:
        found = json.loads(done.output.splitlines()[-1])
    except (IndexError, ValueError):
        return {}  # no Python of today; who needs it, says so
    versions = {
        re.sub(r"[-_.]+", "-", name).lower(): (int(said[1]), int(said[2]))
        for name, version in found.items()
        if (said := re.match(r"(\d+)\.(\d+)", version))
    }
    return versions if "flask-sqlalchemy" in versions else {}


def prepare(target: Path, blocked: Iterable[str] = ()) -> None:
    """Make the folder that comes first in PYTHONPATH.

    :param target: a folder that does not exist yet.
    :param blocked: packages that no Python with this folder may import.
    """
    target.mkdir()
    for name in ("sitecustomize.py", "recorder.py", "probe.py"):
        module = "hipflask_" + name if name == "recorder.py" else name
        shutil.copyfile(INSIDE / name, target / module)
    (target / "blocked").write_text("\n".join(blocked))


def environment(root: Path, copied: Path, python: Path, prepared: Path) -> dict[str, str]:
    """Return the environment in which the copy, and not the original, is imported.

    :param root: the project.
    :param copied: its copy.
    :param python: its Python.
    :param prepared: the folder that :func:`prepare` made.
    :raises TroubleError: its Python does not run.
    """
    root = root.resolve()
    done = _start([str(python), "-c", PATHS], cwd=root, environment=None)
    try:
        found = json.loads(done.output.splitlines()[-1])
    except (IndexError, ValueError):
        raise TroubleError(f"{python} does not run: {done.output.strip()}") from None
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
        with interrupts.held():  # a signal must not come before the process has a name
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
        raise TroubleError(f"{command} does not run: {error}") from None
    except BaseException:
        if process is not None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        raise
    return Ended(process.returncode, output.decode(errors="replace"))
