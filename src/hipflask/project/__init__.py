"""Reads a Python project. Knows no command.

Goes in: the folder of a project. Comes out: its files (`read`), what their names mean (`Index`,
`Scopes`), which versions it pins (`pins`), and the edits and changes that are made to it.

| to change | open |
|---|---|
| which folder is the one of the project | ``root.py`` |
| which files are read, and which are left out | ``files.py`` |
| how a newer Python is parsed | ``syntax.py`` |
| encodings, byte order marks, newlines | ``encodings.py`` |
| how a text is edited, how a diff is written | ``edits.py``, ``changes.py`` |
| what a name means in a file, or across modules | ``scopes.py``, ``names.py`` |
| which file an import means, and what it runs | ``packages.py``, ``imports.py`` |
| which names are those of Python and of libraries | ``libraries.py`` |
| which classes are models | ``index.py`` |
| where a project says which versions it needs | ``requirements.py`` |

May import: ``hipflask.git``, ``hipflask.interrupts``.
"""

from .changes import Change, WorkingCopy, diff
from .edits import OverlapError, Source, line_number
from .encodings import EncodingError, decode, encode
from .files import File, Tree, TreeError, paths, read
from .findings import Finding
from .index import Index, build_index
from .libraries import library_names
from .modules import (
    FLASK_SQLALCHEMY,
    Assigned,
    ClassDefined,
    Imported,
    TopLevel,
    dotted,
    read_class,
    statements,
)
from .names import CONSTRUCTOR
from .packages import dotted_name
from .parallel import map_files
from .requirements import is_requirements, pins, resolved
from .root import find_root
from .scopes import Binding, Scope, Scopes, Use
from .syntax import is_newer, parse, parse_elsewhere
from .values import Class, Database, DatabaseAttribute, External, Module, Value
from .versions import (
    flask_sqlalchemy_generation,
    pin_before_1_4,
    sqlalchemy_generation,
    sqlalchemy_version,
)

__all__ = [
    "CONSTRUCTOR",
    "FLASK_SQLALCHEMY",
    "Assigned",
    "Binding",
    "Change",
    "Class",
    "ClassDefined",
    "Database",
    "DatabaseAttribute",
    "EncodingError",
    "External",
    "File",
    "Finding",
    "Imported",
    "Index",
    "Module",
    "OverlapError",
    "Scope",
    "Scopes",
    "Source",
    "TopLevel",
    "Tree",
    "TreeError",
    "Use",
    "Value",
    "WorkingCopy",
    "build_index",
    "decode",
    "diff",
    "dotted",
    "dotted_name",
    "encode",
    "find_root",
    "flask_sqlalchemy_generation",
    "is_newer",
    "is_requirements",
    "library_names",
    "line_number",
    "map_files",
    "parse",
    "parse_elsewhere",
    "paths",
    "pin_before_1_4",
    "pins",
    "read",
    "read_class",
    "resolved",
    "sqlalchemy_generation",
    "sqlalchemy_version",
    "statements",
]
