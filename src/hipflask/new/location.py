"""Where a project is created: whole, or not at all."""

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from .names import InvalidNameError


def outside_checkout(path: Path) -> Path:
    """Return where to create a project: not in a checkout of Hipflask, from which this may run.

    A bare name goes beside the checkout.

    :raises InvalidNameError: the path itself leads into the checkout.
    """
    checkout = surrounding_checkout(path)
    if checkout is None:
        return path
    beside = checkout.parent / path.name
    if path.parent != Path():
        raise InvalidNameError(
            f"{path} is inside a checkout of Hipflask. Choose a path outside, such as {beside}."
        )
    # As somebody would type it who is in the checkout.
    ups = len(Path.cwd().relative_to(checkout).parts) + 1
    return Path(*[".."] * ups, path.name)


def surrounding_checkout(path: Path) -> Path | None:
    """Return the checkout of Hipflask that a path is in, if it is in one."""
    for folder in path.absolute().resolve().parents:
        if (folder / "src/hipflask/new").is_dir() and (folder / "starter/pyproject.toml").is_file():
            return folder
    return None


@contextmanager
def folder_for(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside a path, and create the folders that lead to the path.

    What was created is gone at the end of the ``with``, except the folders that lead to the path
    if the path exists by then.

    :raises OSError: a folder cannot be created.
    """

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows lacks SIGHUP
        if number and signal.getsignal(number) != signal.SIG_IGN:  # as nohup ignores it
            signal.signal(number, end)
    missing = [folder for folder in path.parents if not folder.exists()]
    temporary: Path | None = None
    try:
        if missing:
            path.parent.mkdir(parents=True)
        temporary = Path(mkdtemp(prefix=".hipflask-", dir=path.parent))
        yield temporary
    finally:
        if temporary:
            shutil.rmtree(temporary)
        if not path.exists():
            for folder in missing:  # the deepest first
                with suppress(OSError):  # it was not created, or somebody else uses it by now
                    folder.rmdir()
