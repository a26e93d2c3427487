"""``--prove``: compares tables, mappers and Alembic's autogenerate before and after."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..project import Change
from . import copies
from .copies import ProjectCommandError

SHOWN = 40

# Values for "nothing" in the answers of the probe; False is not one of them.
NOTHING: tuple[Any, ...] = (None, [], {})


@dataclass(frozen=True)
class ModelComparison:
    """The result of comparing the models.

    :param tables: how many tables were compared.
    :param classes: how many mapped classes were compared.
    :param differences: what changed, one line each.
    :param notes: what could not be compared, and other observations.
    """

    tables: int
    classes: int
    differences: list[str]
    notes: list[str]

    @property
    def ok(self) -> bool:
        """Whether there were models to compare, and nothing differs."""
        return self.tables > 0 and not self.differences

    def lines(self) -> Generator[str]:
        """Yield the lines of the report."""
        if not self.tables:
            yield "No tables were found, so nothing was proved. Name the app with --app."
        elif self.differences:
            yield f"{len(self.differences)} differences in the models:"
        else:
            yield (
                f"{self.tables} tables and {self.classes} mapped classes are unchanged, and "
                "the mappers configure with Flask-SQLAlchemy blocked from import."
            )
        yield from self.differences[:SHOWN]
        if len(self.differences) > SHOWN:
            yield f"and {len(self.differences) - SHOWN} more"
        yield from self.notes


def compare_models(
    root: Path,
    changes: Iterable[Change],
    modules: Iterable[str],
    blocked: tuple[str, ...],
    python: str | None = None,
    app: str | None = None,
    folder: str = ".",
) -> ModelComparison:
    """Compare the models of a project with those of its converted copy, each in its own process.

    :param root: the project; neither it nor its databases are changed.
    :param changes: the conversion.
    :param modules: the dotted names of the modules that define models.
    :param blocked: the packages that the converted copy must not import.
    :param python: the project's interpreter, if it is not found automatically.
    :param app: the app as ``flask --app`` takes it. Without it one is made only where a module
        needs an app's context to be imported.
    :param folder: in the project, from which those names start.
    :raises ProjectCommandError: the unconverted models cannot be read.
    """
    program = copies.interpreter(root, python)
    names = sorted(modules)
    request = {"modules": names, "app": app, "folder": folder, "databases": None, "create": False}
    with copies.folder() as place:
        name = root.resolve().name
        copies.copy(root, place / "before" / name)
        copies.copy(root, place / "after" / name, changes)
        (place / "databases").mkdir()
        whole = request | {"databases": str(place / "databases")}
        before = _ask(root, place / "before" / name, program, (), whole | {"create": True})
        try:
            after = _ask(root, place / "after" / name, program, blocked, whole)
        except ProjectCommandError as error:
            return ModelComparison(len(before["tables"]), len(before["classes"]), [str(error)], [])
        differences = dict(_differences(before, after))
        if differences:
            # For example a default that is the time of the import.
            again = _ask(root, place / "before" / name, program, (), whole)
            for what, _ in _differences(before, again):
                differences.pop(what, None)
        copied = place / "after" / name
        bare = _ask(root, copied, program, (*blocked, "flask"), request)
    return ModelComparison(
        len(before["tables"]),
        len(before["classes"]),
        [*differences.values()],
        [*_notes(before, bare, names, copied)],
    )


def _ask(
    root: Path, copied: Path, python: Path, blocked: tuple[str, ...], request: dict[str, Any]
) -> Any:
    with copies.folder() as folder:
        copies.prepare(folder / "path", blocked)
        values = copies.environment(root, copied, python, folder / "path")
        (folder / "request").write_text(json.dumps(request), encoding="utf-8")
        command = [str(python), str(folder / "path" / "probe.py")]
        command += [str(folder / "request"), str(folder / "answer")]
        ended = copies.run(command, copied, values)
        if not (folder / "answer").exists():
            when = "after" if blocked else "before"
            raise ProjectCommandError(
                f"The models cannot be read {when} the conversion: {_last(ended.output)}"
            )
        return json.loads((folder / "answer").read_text(encoding="utf-8"))


def _last(output: str) -> str:
    return (output.strip().splitlines() or ["the process printed nothing"])[-1]


def _differences(before: Any, after: Any) -> Generator[tuple[str, str]]:
    """Yield the differences."""
    failed = {
        name: after["failed"][name] for name in after["failed"] if name not in before["failed"]
    }
    for name, reason in failed.items():
        yield name, f"{name} can no longer be imported: {reason}"
    configured = before["configured"] or not after["configured"]
    if not configured:
        yield "mappers", f"the mappers can no longer be configured: {after['configured']}"
    if failed or not configured:
        return  # everything else would follow from it
    for kind, noun in (("tables", "table"), ("classes", "class")):
        for name in sorted({*before[kind], *after[kind]}):
            then, now = (side[kind].get(name, []) for side in (before, after))
            yield from _compare(f"{noun} {name}", then, now)
    yield from _compare("Alembic", before["autogenerate"], after["autogenerate"])


def _compare(what: str, before: Any, after: Any) -> Generator[tuple[str, str]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _compare(f"{what}: {key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) == 1:
        yield from _compare(what, before[0], after[0])
    elif before in NOTHING:
        yield what, f"{what} is new"
    elif after in NOTHING:
        yield what, f"{what} is gone"
    elif isinstance(before, list) and isinstance(after, list):
        yield what, f"{what} {_parts(before, after)}"
    elif "\n" in str(before):  # DDL has one line per part
        yield what, f"{what} {_parts(str(before).splitlines(), str(after).splitlines())}"
    else:
        yield what, f"{what} was {_short(before)}, is {_short(after)}"


def _parts(before: list[Any], after: list[Any]) -> str:
    gone = [f"lost {_short(part)}" for part in before if part not in after]
    new = [f"has {_short(part)} now" for part in after if part not in before]
    return "; ".join([*gone, *new]) or "has another order"


def _short(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _notes(before: Any, bare: Any, modules: list[str], copied: Path) -> Generator[str]:
    for name, reason in before["failed"].items():
        yield (
            f"{name} was not compared, because it cannot be imported before the conversion: "
            f"{reason}"
        )
    if before["configured"]:
        yield f"The mappers cannot be configured before the conversion: {before['configured']}"
    skipped = before["autogenerate"].get("skipped")
    if skipped:
        yield f"Alembic's autogenerate was skipped: {skipped}."
    elif before["tables"]:
        yield (
            "Alembic's autogenerate finds nothing to change in a database made before the "
            "conversion."
        )
    free = [name for name in modules if name not in bare["failed"]]
    told = f"{len(free)} of {len(modules)} modules with models can be imported without Flask"
    place = re.compile(rf"but {re.escape(str(copied))}/(\S+) does")
    found = [place.search(reason) for reason in bare["failed"].values()]
    places = dict.fromkeys(match[1] for match in found if match)
    yield f"{told}; the others import it through {', '.join(places)}." if places else f"{told}."
