"""Makes a project of the starter: its files, under other names, in a folder."""

import subprocess
import sys
from pathlib import Path

from . import databases, starter
from .answers import Answers
from .renames import Renames


def make(answers: Answers, folder: Path) -> None:
    """Write a project; the same answers make the same bytes.

    :param folder: is created, and must not exist.
    :raises InvalidNameError: a name has another meaning in the project.
    :raises OSError: a file cannot be written.
    """
    names = answers.names()
    renames = Renames(names)
    renames.check()
    root = starter.folder()
    texts = {path.as_posix(): (root / path).read_text(encoding="utf-8") for path in starter.files()}
    databases.choose(answers.database, texts)
    folder.mkdir()
    for path, text in texts.items():
        new = folder / renames.path(Path(path))
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(renames.file(path, text), encoding="utf-8", newline="\n")
        if text.startswith("#!"):
            new.chmod(new.stat().st_mode | 0o111)
    name_distribution(folder, names.package, names.project)
    tidy(folder)
    answers.write(folder)


def name_distribution(folder: Path, package: str, project: str) -> None:
    """Write the distribution's name where it differs from the package's: with dashes."""
    for path, line in (("pyproject.toml", 'name = "{}"\n'), ("README.md", "# {}\n")):
        file = folder / path
        text = file.read_text(encoding="utf-8")
        new = text.replace(line.format(package), line.format(project), 1)
        file.write_text(new, encoding="utf-8", newline="\n")


def tidy(folder: Path) -> None:
    """Let ruff sort the imports and wrap the lines that other names have changed."""
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache", "."]
        subprocess.run(ruff, cwd=folder, check=True, stdin=subprocess.DEVNULL)
