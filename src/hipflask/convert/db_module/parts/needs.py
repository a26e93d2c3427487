"""What differs between projects: each use of these names is decided when a ``db.py`` is written."""

from __future__ import annotations

from typing import Any

# An argument or a parameter with this value is left out.
OMITTED: Any = None


def needs(*features: str) -> bool:
    """Return whether the project needs one of several features.

    It is for the test of an ``if`` or of a conditional expression, with or without ``not``, ``and``
    and ``or``. Only the branch that applies is written, and only the part of the test that the
    running program decides.
    """
    raise NotImplementedError(features)
