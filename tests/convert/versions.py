"""The versions of Flask-SQLAlchemy and SQLAlchemy that the converter's cases run on.

Those that the development requirements do not have are run by the Python of an environment
that an environment variable names.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .tools import run


@dataclass(frozen=True)
class Versions:
    """What a project requires.

    :param variable: names the environment variable that holds a Python with them; empty is the
        Python of the tests.
    """

    requirements: str
    variable: str = ""

    def printed(self, root: Path, files: dict[str, str], script: str) -> list[str]:
        """Return the lines that a script prints both before and after the conversion."""
        files = {"requirements.txt": self.requirements, **files}
        return run(root, files, script, self.python()).splitlines()

    def python(self) -> str:
        """Return a Python that has them, or skip the test where there is none."""
        python = os.environ.get(self.variable) if self.variable else sys.executable
        if not python:
            required = self.requirements.replace("\n", " ").strip()
            pytest.skip(f"{self.variable} names no Python that has {required}")
        return python


THREE = Versions("Flask-SQLAlchemy==3.1.1\n")
THREE_ON_14 = Versions("Flask-SQLAlchemy==3.0.5\nSQLAlchemy==1.4.54\n", "HIPFLASK_TEST_SA14")
TWO = Versions("Flask-SQLAlchemy==2.5.1\nSQLAlchemy==1.4.54\n", "HIPFLASK_TEST_FSA2")
