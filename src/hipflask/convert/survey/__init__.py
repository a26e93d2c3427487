"""Reads what a project has of Flask-SQLAlchemy, before anything is changed.

Goes in: the files of a project. Comes out: a `Survey`: which ``db`` is meant and how it is made,
what every file must know (`Project`), what one file means (`Reading`), and what is refused.

| to change | open |
|---|---|
| what is refused, and the reason given | ``refusals.py``, ``refused_uses.py`` |
| which ``db`` is the one of the project | ``home.py`` |
| the arguments of ``SQLAlchemy()`` that are understood | ``constructor.py``, ``subclass.py`` |
| the names of the extension and their counterparts | ``extension.py``, ``library.py`` |

May import: ``hipflask.project``.
"""

from .constructor import Settings, is_of_extension, uses
from .extension import (
    FUNCTIONS,
    LEFT,
    MAKES_SESSION,
    NAMES,
    OF_2,
    OLD_NAMES,
    OTHERS,
)
from .home import DOC
from .library import ORM, SQLALCHEMY
from .project import Project, legacy_methods
from .reading import Reading, is_kept_by_app
from .steps import Survey, dotted_name, survey

__all__ = [
    "DOC",
    "FUNCTIONS",
    "LEFT",
    "MAKES_SESSION",
    "NAMES",
    "OF_2",
    "OLD_NAMES",
    "ORM",
    "OTHERS",
    "SQLALCHEMY",
    "Project",
    "Reading",
    "Settings",
    "Survey",
    "dotted_name",
    "is_kept_by_app",
    "is_of_extension",
    "legacy_methods",
    "survey",
    "uses",
]
