"""Writes changes to a project: all of them, or none.

Goes in: the folder of a project, and its changes. Comes out: the project with all of them, or as it
was, whatever ends the run (`apply`, or `apply_as_commits` with a commit for each step); `recover`
undoes what a killed run has left.

May import: ``hipflask.project``, ``hipflask.git``, ``hipflask.interrupts``.
"""

from .commits import Commit, apply_as_commits, check_committable
from .exchange import (
    ChangedError,
    DirtyTreeError,
    WriteError,
    apply,
    check_clean,
    check_not_interrupted,
    recover,
)

__all__ = [
    "ChangedError",
    "Commit",
    "DirtyTreeError",
    "WriteError",
    "apply",
    "apply_as_commits",
    "check_clean",
    "check_committable",
    "check_not_interrupted",
    "recover",
]
