"""Runs a project before and after a change, on copies. Knows no command.

Goes in: the folder of a project, its changes, and the packages that must not be imported after
them. Comes out: whether each module can be imported still (`compare_imports`), whether the tables,
the mappers and Alembic say the same (`compare_models`), and whether the tests that passed still pass
(`compare_tests`).

May import: ``hipflask.project``, ``hipflask.interrupts``. What is in ``injected/`` runs in the
project's own Python: the standard library only.
"""

from .copies import ProjectCommandError, installed, interpreter, site_packages
from .imports import ImportComparison, Module, compare_imports
from .models import ModelComparison, compare_models
from .suite import SuiteComparison, compare_tests

__all__ = [
    "ImportComparison",
    "ModelComparison",
    "Module",
    "ProjectCommandError",
    "SuiteComparison",
    "compare_imports",
    "compare_models",
    "compare_tests",
    "installed",
    "interpreter",
    "site_packages",
]
