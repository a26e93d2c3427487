"""What an update changes in a project: in files where the project has them now."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from . import repository
from .answers import FILE
from .repository import GitError, git


class UncommittedError(RuntimeError):
    """Files that an update changes are not committed; the text names them."""


@dataclass(frozen=True)
class Change:
    """One file that an update changes.

    :param path: relative to the project, where it has the file.
    :param before: the file as the project was made with it; ``None`` for a new file.
    :param after: the file as it would be made now; ``None`` if it is to be deleted.
    """

    path: str
    before: Path | None
    after: Path | None


@dataclass
class Update:
    """The changes of an update.

    :param notes: what the update leaves out, and why.
    """

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find(objects: "Objects", base: Path, new: Path) -> Update:
    """Compare the project as it was made, as it would be made now, and as it is.

    :param base: the folder of the project as it was made.
    :param new: the folder of the project as it would be made now.
    :raises UncommittedError: a file that the update changes has changes that are not committed.
    """
    moved, deleted = objects.moves(objects.tree(base))
    befores, afters = files(base), files(new)
    update = Update()
    for path in sorted(befores | afters):
        before, after = base / path, new / path
        if path in befores and path in afters and before.read_bytes() == after.read_bytes():
            continue
        here = moved.get(path, path)
        if path in deleted:
            if path in afters:
                update.notes.append(f"Skipped {path}, which this project has deleted.")
        elif path not in afters and objects.read(here) != before.read_bytes():
            update.notes.append(f"Kept {here}, which this project has changed; it can be deleted.")
        elif path in befores or objects.read(here) != after.read_bytes():
            update.changes.append(
                Change(
                    here,
                    before if path in befores else None,
                    after if path in afters else None,
                )
            )
    if dirty := objects.dirty({change.path for change in update.changes}):
        raise UncommittedError(
            f"Commit your changes first. The update merges with what is committed, and these files "
            f"are not: {', '.join(dirty)}."
        )
    return update


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


class Objects:
    """Trees and files among the objects of a project's repository.

    A patch names the files that it was made from by their hashes; `git apply -3` needs them whole.
    A project without a repository gets a temporary one.
    """

    def __init__(self, project: Path, passing: Path) -> None:
        self.project, self.passing = project, passing
        self.prefix = repository.prefix(project)
        self.settings = {"GIT_DIR": str(passing / ".git")}
        form = "sha1"
        if self.prefix is not None:
            form = git(project, "rev-parse", "--show-object-format").strip()
        git(passing, "init", "--quiet", f"--object-format={form}", **self.settings)
        if self.prefix is None:
            self.committed = self.tree(project, ignored=False)
        else:
            objects = git(project, "rev-parse", "--path-format=absolute", "--git-path", "objects")
            self.settings["GIT_OBJECT_DIRECTORY"] = objects.strip()
            self.committed = self.head()

    def head(self) -> str:
        """Return the tree of the project in the last commit.

        :raises UncommittedError: the commit does not have the project, or there is none.
        """
        try:
            tree = f"HEAD:{(self.prefix or '').rstrip('/')}"
            head = git(self.project, "rev-parse", "--verify", "--quiet", tree).strip()
            git(self.project, "cat-file", "-e", f"{head}:{FILE}")
        except GitError:
            raise UncommittedError("Commit the project first.") from None
        return head

    def tree(self, folder: Path, *, ignored: bool = True) -> str:
        """Write the files of a folder as a tree, and return its hash.

        :param ignored: whether files that a ``.gitignore`` names are part of it.
        """
        settings = self.settings | {
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(self.passing / folder.name) + ".index",
        }
        options = ["--all", "--force"] if ignored else ["--all"]
        git(folder, "-c", "core.autocrlf=false", "add", *options, ".", **settings)
        return git(folder, "write-tree", **settings).strip()

    def moves(self, base: str) -> tuple[dict[str, str], set[str]]:
        """Return where the project has moved files since it was made, and which it has deleted."""
        compare = ["diff-tree", "-r", "-z", "-M", "--name-status", "--diff-filter=DR"]
        words = iter(self.git(*compare, base, self.committed).split("\0"))
        moved, deleted = {}, set()
        for status in words:
            if status.startswith("R"):
                old, new = next(words), next(words)
                moved[old] = new
            elif status:
                deleted.add(next(words))
        return moved, deleted

    def read(self, path: str) -> bytes | None:
        """Return a file of the project, or ``None`` if it has no such file."""
        try:
            return os.fsencode(self.git("cat-file", "blob", f"{self.committed}:{path}"))
        except GitError:
            return None

    def dirty(self, paths: set[str]) -> list[str]:
        """Return which files of the project differ from the last commit."""
        if self.prefix is None or not paths:
            return []
        status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--"]
        found = git(self.project, *status, *(f":(literal){path}" for path in sorted(paths)))
        return sorted(entry[3:].removeprefix(self.prefix) for entry in found.split("\0") if entry)

    def git(self, *arguments: str) -> str:
        return git(self.passing, *arguments, **self.settings)
