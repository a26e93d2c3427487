"""Writes changes to a project: all of them, or none.

Goes in: the folder of a project, and its changes. Comes out: the project with all of them, or as it
was, whatever ends the run (`apply`); `recover` undoes what a killed run has left.

May import: ``hipflask.project``, ``hipflask.git``, ``hipflask.interrupts``.
"""

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
    "DirtyTreeError",
    "WriteError",
    "apply",
    "check_clean",
    "check_not_interrupted",
    "recover",
]
