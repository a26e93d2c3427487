"""The result of a conversion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..project import Change, Finding, Index, dotted_name
from ..proof import Module
from .survey import Project


@dataclass(frozen=True)
class Facts:
    """What is known about a project.

    :param generation: of Flask-SQLAlchemy, 2 or 3.
    :param sqlalchemy: "1.4" or "2.0".
    :param target: the SQLAlchemy version of the project: "1.4", "2.0", "2.1", …
    :param home: the file that created the ``db``.
    :param new_module: the path of the new module; empty if there is none.
    :param module: its dotted name.
    :param model_modules: the dotted names of the modules that define models.
    :param modules: the modules that can be imported, in the order of their files.
    :param features: the optional names that the new module defines.
    :param refused: whether the project was refused; the findings say why.
    :param unread: files that may use the ``db`` and cannot be parsed.
    :param left_out: the rules that were skipped on request.
    """

    generation: int = 3
    sqlalchemy: str = "2.0"
    target: str = "2.0"
    home: str = ""
    new_module: str = ""
    module: str = ""
    model_modules: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    features: frozenset[str] = frozenset()
    refused: bool = False
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The folder that the project's modules are imported from."""
        return str(PurePosixPath(self.new_module).parents[self.module.count(".")])


@dataclass(frozen=True)
class Step:
    """A part of the conversion that can be reviewed, and committed, by itself.

    :param subject: what it does, as the subject of a commit.
    :param why: why, and what it means for the project.
    :param changes: of the files, from what the step before left.
    :param findings: what it leaves to a person.
    """

    subject: str
    why: str
    changes: list[Change]
    findings: list[Finding]


@dataclass
class Outcome:
    """The result of a conversion.

    :param steps: the same changes, step by step.
    """

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    steps: list[Step] = field(default_factory=list)


def facts_of(project: Project, features: set[str], *, refused: bool = False) -> Facts:
    index = project.index
    return Facts(
        project.generation,
        project.sqlalchemy,
        project.target,
        project.home,
        project.new_module,
        project.module,
        tuple(
            sorted(
                {
                    dotted_name(model.path, index.root_of(model.path))
                    for model in index.classes()
                    if "@" not in model.name and index.is_model(model)
                }
            )
        ),
        tuple(_modules(index)),
        frozenset(features),
        refused,
        tuple(sorted(project.skipped_rules)),
    )


def _modules(index: Index) -> Iterator[Module]:
    """Yield the modules that an import runs; a script that runs on import is none of them."""
    for path, top in sorted(index.modules.items()):
        folder = index.root_of(path)
        name = dotted_name(path, folder) if path.endswith(".py") else ""
        if name != "__init__" and not top.is_script and all(map(str.isidentifier, name.split("."))):
            yield Module(name, folder, path)
