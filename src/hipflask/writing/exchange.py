"""Writes changes to a project: all of them, or none if the run fails.

Each new file is first written next to the old one, and each old file gets a second name. Only then
are the files renamed, which needs no disk space and can be undone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from .. import git, interrupts
from ..project import Change
from . import journal
from .journal import Journal, Step, digest


class WriteError(Exception):
    """Nothing was written; the message is meant for the user."""


class DirtyTreeError(WriteError):
    """Git could not restore the files that would be changed."""


class ChangedError(WriteError):
    """A file has changed since it was read."""


def check_clean(root: Path, changes: Iterable[Change]) -> None:
    """Check that git can restore every file that will be changed.

    :raises DirtyTreeError: there are uncommitted changes, or a file is not tracked.
    :raises GitError: git fails.
    """
    if not git.is_tree(root):
        return
    changed, untracked = git.uncommitted(root)
    written = {change.path for change in changes if change.before is not None}
    if lost := sorted(changed | untracked & written):
        named = ", ".join(lost[:5]) + (", …" if len(lost) > 5 else "")
        raise DirtyTreeError(
            f"Not committed: {named}. Commit or stash it first, so that the conversion can "
            "be reviewed and reverted by itself, or use --force."
        )


def check_not_interrupted(root: Path) -> None:
    """Check that no earlier run was interrupted while writing.

    :raises WriteError: one was interrupted.
    """
    if (root / journal.NAME).exists():
        raise WriteError(
            "An earlier run was interrupted while writing. Run again with --write, which "
            "undoes it first."
        )


def recover(root: Path) -> list[str]:
    """Undo an interrupted run, if there is one.

    :return: files that were edited since, and were not restored.
    :raises WriteError: the run is still active, or the disk is not writable.
    """
    try:
        return Journal.open_existing(root).end()
    except FileNotFoundError:
        return []
    except journal.RunningError:
        raise WriteError("Another run is writing to this project. Wait until it ends.") from None
    except OSError as error:
        raise WriteError(f"The interrupted run cannot be undone: {error}. Run again.") from error


def apply(root: Path, changes: Iterable[Change]) -> None:
    """Write changes: all of them, or none.

    :param root: the folder of the project.
    :param changes: the content that was read, and the new content.
    :raises ChangedError: a file has changed since it was read.
    :raises WriteError: the disk is full, a file is not writable, or another run is active.
    :raises KeyboardInterrupt: Ctrl-C was pressed; nothing was written.
    """
    todo = sorted(change for change in changes if change.before != change.after)
    with interrupts.deferred() as held:
        try:
            book = Journal(root)
        except (FileExistsError, journal.RunningError):
            check_not_interrupted(root)
            raise WriteError("Another run was writing to this project. Run again.") from None
        except OSError as error:
            raise WriteError(f"{error}. Nothing was written.") from error
        try:
            _exchange(book, todo, held)
        except OSError as error:
            raise WriteError(f"{error}. Nothing was written.") from error
        finally:
            _end(book)
        # It came too late to stop the writing, and the report says so.
        held[:] = [number for number in held if number != signal.SIGINT]


def _exchange(book: Journal, changes: list[Change], held: list[int]) -> None:
    steps = [_step(number, change) for number, change in enumerate(changes)]
    book.begin(steps, _missing_folders(book.root, changes))
    for name in book.folders:
        (book.root / name).mkdir()
    for step, change in zip(steps, changes, strict=True):
        _check(book.root, change, held)
        _prepare(book.root, step, change)
    for step, change in zip(steps, changes, strict=True):
        _check(book.root, change, held)
        if step.new is not None:
            os.replace(book.root / step.new, book.root / step.path)
        else:
            (book.root / step.path).unlink()
    for folder in {(book.root / step.path).parent for step in steps}:
        _sync(folder)
    book.finish()


def _step(number: int, change: Change) -> Step:
    beside = PurePosixPath(change.path).with_name(f".hipflask-{number}")
    return Step(
        change.path,
        None if change.after is None else f"{beside}.new",
        None if change.before is None else f"{beside}.old",
        None if change.after is None else digest(change.after),
    )


def _missing_folders(root: Path, changes: list[Change]) -> list[str]:
    parents = {parent for change in changes for parent in PurePosixPath(change.path).parents}
    return sorted(str(parent) for parent in parents if not (root / parent).exists())


def _check(root: Path, change: Change, held: list[int]) -> None:
    if held:
        raise WriteError("Stopped by a signal. Nothing was written.")
    path = root / change.path
    now = path.read_bytes() if path.exists() else None
    if now is not None and change.before is None:
        raise ChangedError(
            f"{change.path} exists, but was not read. Does git ignore it? Move it out of the way."
        )
    if now != change.before or path.is_symlink():
        raise ChangedError(f"{change.path} has changed since it was read. Run again.")


def _prepare(root: Path, step: Step, change: Change) -> None:
    path = root / step.path
    if step.old is not None:
        if not os.access(path, os.W_OK):  # renaming does not check that
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), step.path)
        try:
            os.link(path, root / step.old)
        except OSError:  # the file system has no hard links
            shutil.copy2(path, root / step.old)
    if step.new is not None and change.after is not None:
        with (root / step.new).open("xb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        if step.old is not None:
            status = path.stat()
            with contextlib.suppress(PermissionError):  # only root can change the owner
                os.chown(root / step.new, status.st_uid, status.st_gid)
            shutil.copymode(path, root / step.new)  # after chown, which clears some mode bits


def _sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _end(book: Journal) -> None:
    try:
        book.end()
    except OSError as error:
        raise WriteError(
            f"{error}. Some files may be written. Run again with --write: that undoes it first."
        ) from error
