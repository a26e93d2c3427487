"""What a project's own linters find before and after ``hipflask convert``."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hipflask.convert.pipeline import convert
from hipflask.project import Tree, read
from hipflask.proof.copies import copy, folder, interpreter

# Each prints a line for each finding.
CHECKS = (
    "ruff check --no-cache --output-format=concise .",
    "ruff format --no-cache --check --output-format=concise .",
    "black --check .",
    "isort --check-only .",
    "flake8",
)
# Of a project that names no linter: what most editors show.
USUAL = "ruff check --no-cache --isolated --select=E,F,I,W --output-format=concise ."


def main() -> None:
    """Convert copies of projects, and print what their linters find anew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convert.checks")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--command", action="append", metavar="CMD", help="Another check.")
    parser.add_argument("--python", metavar="FILE", help="The Python beside which the tools are.")
    parser.add_argument("--list", action="store_true", help="Print every new finding.")
    options = parser.parse_args()
    new = 0
    for path in options.paths:
        python = interpreter(path, options.python)
        tree = replace(read(path), interpreter=python)
        outcome = convert(tree)
        with folder() as copies:
            copy(path, copies / "before")
            copy(path, copies / "after", outcome.changes)
            for command in options.command or _commands(tree):
                before = _findings(command, copies / "before", python.parent)
                after = _findings(command, copies / "after", python.parent)
                added = after - before
                new += added.total()
                print(f"{path.name}: {command.partition(' --')[0]}:", end=" ")
                print(f"{before.total()} before, {after.total()} after, {added.total()} new")
                for line, count in sorted(added.items()) if options.list else ():
                    print(f"    {count} x {line}")
    sys.exit(new > 0)


def _commands(tree: Tree) -> list[str]:
    """Return the checks whose program a project names, other than in prose."""
    prose = (".lock", ".md", ".py", ".rst")
    texts = [file.text for path, file in tree.files.items() if not path.endswith(prose)]
    named = [
        command
        for command in CHECKS
        if any(re.search(rf"\b{command.split()[0]}\b", text) for text in texts)
    ]
    return named or [USUAL]


def _findings(command: str, project: Path, programs: Path) -> Counter[str]:
    """Return the lines of a linter that are about a file, without the numbers of lines."""
    name, *arguments = command.split()
    program = (
        shutil.which(name, path=programs)
        or shutil.which(name, path=Path(sys.executable).parent)
        or shutil.which(name)
    )
    if program is None:
        sys.exit(f"There is no {name}. Install it in the project's environment, or here.")
    done = subprocess.run(
        [program, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).replace(f"{project}/", "").splitlines()
    return Counter(
        re.sub(r"(?<!\w)\d+", "N", line) for line in lines if re.search(r"\.pyi?\b(:\d|$| )", line)
    )


if __name__ == "__main__":
    main()
