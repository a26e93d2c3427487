"""Reads what a project has of Flask-SQLAlchemy, before anything is changed.

Goes in: the files of a project. Comes out: a `Survey`: which ``db`` is meant and how it is made,
what every file must know (`Project`), what one file means (`Reading`), and what is refused.

| to change | open |
|---|---|
| what is refused, and the reason given | ``refusals.py``, ``refused_uses.py`` |
| where a test replaces the session | ``patched_session.py`` |
| which installed libraries need what goes | ``libraries.py`` |
| what is said where only a part is converted | ``partial.py`` |
| what a project is brought to first, as a person would | ``preparing.py``, ``merging.py``, ``moving.py`` |
| which ``db`` is the one of the project | ``home.py`` |
| the arguments of ``SQLAlchemy()`` that are understood | ``constructor.py``, ``subclass.py``, ``session_class.py`` |
| which methods of queries become functions, what is read of a page | ``query_methods.py``, ``pages.py`` |
| the names of the extension and their counterparts | ``extension.py``, ``library.py`` |

May import: ``hipflask.project``.
"""

from .constructor import Constructor, is_of_extension, uses
from .extension import (
    COMPATIBILITY_FEATURES,
    DB_ATTRIBUTES,
    DB_FUNCTIONS,
    DB_FUNCTIONS_OF_2,
    IMPORTED_NAMES,
    KEPT_NAMES,
    SESSION_FACTORIES,
)
from .home import MODULE_DOCSTRING
from .library import ORM, SQLALCHEMY
from .partial import mark
from .project import Project, QueryMethods
from .query_methods import METHODS, becomes_function, stays
from .reading import Reading, is_extensions_entry
from .receivers import features_of
from .replaced import is_perhaps_database
from .session_class import class_around, engines_of_session, is_understood, own_session
from .steps import Survey, survey

__all__ = [
    "COMPATIBILITY_FEATURES",
    "DB_ATTRIBUTES",
    "DB_FUNCTIONS",
    "DB_FUNCTIONS_OF_2",
    "IMPORTED_NAMES",
    "KEPT_NAMES",
    "METHODS",
    "MODULE_DOCSTRING",
    "ORM",
    "SESSION_FACTORIES",
    "SQLALCHEMY",
    "Constructor",
    "Project",
    "QueryMethods",
    "Reading",
    "Survey",
    "becomes_function",
    "class_around",
    "engines_of_session",
    "features_of",
    "is_extensions_entry",
    "is_of_extension",
    "is_perhaps_database",
    "is_understood",
    "mark",
    "own_session",
    "stays",
    "survey",
    "uses",
]
