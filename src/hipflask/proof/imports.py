"""The first proof: every module that could be imported before can be imported after."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..project import Change
from . import copies

SECONDS = 30  # for one module
ATTEMPTS = 5  # processes; each module that hangs or ends its process costs one
SHOWN = 40


@dataclass(frozen=True)
class Module:
    """A module of a project.

    :param name: its dotted name.
    :param folder: the folder that the name starts from.
    :param path: its file.
    """

    name: str
    folder: str
    path: str


@dataclass(frozen=True)
class ImportComparison:
    """The result of importing each module before and after.

    :param imported: how many could be imported before.
    :param failed: why those fail that no longer can be, by file.
    :param set_aside: files that hung or ended the process, and were not compared.
    :param not_before: how many could not be imported before.
    """

    imported: int
    failed: Mapping[str, str]
    set_aside: list[str]
    not_before: int

    @property
    def ok(self) -> bool:
        """Whether there were modules to import, and all of them can be imported still."""
        return self.imported > 0 and not self.failed

    def lines(self) -> Generator[str]:
        """Yield the lines of the report."""
        if not self.imported:
            yield (
                "No module could be imported before the conversion, so nothing was proved. Name "
                "the project's interpreter with --python."
            )
        elif self.failed:
            yield f"{len(self.failed)} of {_modules(self.imported)} can no longer be imported:"
            yield from (f"    {path}: {why}" for path, why in [*self.failed.items()][:SHOWN])
            if len(self.failed) > SHOWN:
                yield f"    and {len(self.failed) - SHOWN} more"
        else:
            yield f"{_modules(self.imported)} {_verb(self.imported)} as before."
        if self.not_before and self.imported:
            yield (
                f"{_modules(self.not_before)} could not be imported before either, and "
                f"{'was' if self.not_before == 1 else 'were'} not compared."
            )
        if self.set_aside:
            yield (
                "Not compared, because the import does not end or ends the process: "
                f"{', '.join(self.set_aside)}."
            )


def _modules(number: int) -> str:
    return "1 module" if number == 1 else f"{number} modules"


def _verb(number: int) -> str:
    return "imports" if number == 1 else "import"


def compare_imports(
    root: Path,
    changes: Iterable[Change],
    modules: Iterable[Module],
    blocked: tuple[str, ...],
    python: str | None = None,
) -> ImportComparison:
    """Import each module of a project and of its converted copy, each in a process of its own.

    :param root: the project; neither it nor its databases are changed.
    :param changes: the conversion.
    :param modules: the modules to import, in this order.
    :param blocked: the packages that the converted copy must not import.
    :param python: the project's interpreter, if it is not found automatically.
    :raises ProjectCommandError: the project cannot be copied, or its Python does not run.
    """
    changes = list(changes)
    gone = {change.path for change in changes if change.after is None}
    asked = [module for module in modules if module.path not in gone]
    program = copies.interpreter(root, python)
    with copies.folder() as place:
        before, after = (place / side / root.resolve().name for side in ("before", "after"))
        copies.copy(root, before)
        copies.copy(root, after, changes)
        then = _import(root, before, program, (), asked)
        able = [module for module in asked if then.get(module.path) == ""]
        now = _import(root, after, program, blocked, able) if able else {}
    aside = [module.path for module in asked if then.get(module.path) is None]
    return ImportComparison(
        len(able),
        {module.path: said for module in able if (said := _failure(now.get(module.path)))},
        aside,
        len(asked) - len(able) - len(aside),
    )


def _failure(said: str | None) -> str:
    return "its import no longer ends, or ends the process" if said is None else said


def _import(
    root: Path, copied: Path, python: Path, blocked: tuple[str, ...], modules: list[Module]
) -> dict[str, str | None]:
    """Return why each file cannot be imported; empty if it can, None if that ended the process."""
    with copies.folder() as folder:
        copies.prepare(folder / "path", blocked)
        values = copies.environment(root, copied, python, folder / "path")
        request, answer = folder / "request", folder / "answer"
        answer.touch()
        found: dict[str, str | None] = {}
        for _ in range(ATTEMPTS):
            asked = {
                "modules": [(module.name, module.folder, module.path) for module in modules],
                "skip": [path for path, said in found.items() if said is None],
                "seconds": SECONDS,
            }
            request.write_text(json.dumps(asked), encoding="utf-8")
            program = str(folder / "path" / "importer.py")
            copies.run([str(python), program, str(request), str(answer)], copied, values)
            for line in answer.read_text(encoding="utf-8").splitlines():
                path, said = json.loads(line)
                found[path] = said
            if all(module.path in found for module in modules):
                break
        return found
