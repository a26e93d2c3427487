"""What ``flask shell`` knows by name."""

from __future__ import annotations

import sys
from typing import Any

from .base import Base


def shell_context() -> dict[str, Any]:
    """Return the models by name, and this module as ``db``, for ``flask shell``."""
    models = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
    return {**models, "db": sys.modules[__name__]}
