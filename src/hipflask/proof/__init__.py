"""Runs a project before and after a change, on copies. Knows no command.

Goes in: the folder of a project, its changes, and the packages that must not be imported after
them. Comes out: whether the tables, the mappers and Alembic say the same (`prove`), and whether the
tests that passed still pass (`judge`).

May import: ``hipflask.project``, ``hipflask.interrupts``. What is in ``injected/`` runs in the
project's own Python: the standard library only.
"""

from .copies import TroubleError, installed
from .models import Proof, prove
from .suite import Verdict, judge

__all__ = ["Proof", "TroubleError", "Verdict", "installed", "judge", "prove"]
