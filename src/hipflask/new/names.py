"""The names that a project is made with, and which names are refused."""

import keyword
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from . import starter
from .nouns import plural_of, singular_of

# As the starter has them.
PACKAGE, SINGULAR, PLURAL, COLUMN = "starter", "message", "messages", "message"

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class InvalidNameError(ValueError):
    """A name that cannot be used; the text says which, why, and what to do instead."""


@dataclass(frozen=True)
class Names:
    """What the project, its package, its example resource and its column are called.

    :param project: the distribution and its folder, as in ``my-shop``.
    :param singular: the resource in snake case, as in ``order_line``.
    :param plural: its plural, for the table, the module and the URL: ``order_lines``.
    :param column: the one column of the resource beside its key.
    :raises InvalidNameError: one of them cannot be used.
    """

    project: str
    singular: str = SINGULAR
    plural: str = ""
    column: str = COLUMN

    def __post_init__(self) -> None:
        check_project(self.project, self.package)
        check_word("resource", self.singular)
        object.__setattr__(self, "plural", self.plural or english_plural(self.singular))
        check_word("plural", self.plural)
        check_column(self.column)
        if self.singular == self.plural:
            raise InvalidNameError(
                f"{self.singular!r} cannot be its own plural: the project needs a name for one "
                "row and another for the table."
            )
        if self.package in (self.singular, self.plural):
            raise InvalidNameError(
                f"{self.package!r} cannot name both the project and its resource. Choose another "
                "name for one of them."
            )

    @cached_property
    def package(self) -> str:
        return self.project.replace("-", "_")

    @cached_property
    def model(self) -> str:
        return "".join(part.capitalize() for part in self.singular.split("_"))


def english_plural(singular: str) -> str:
    """Return the plural of a resource.

    :raises InvalidNameError: the noun has none, or is one itself.
    """
    if one := singular_of(singular):
        raise InvalidNameError(
            f"{singular!r} is a plural, and a resource is named by its singular. "
            f"Did you mean --resource {one}?"
        )
    plural = plural_of(singular)
    if plural is None:
        raise InvalidNameError(
            f"{singular!r} has no plural, and the table needs a name of its own. Use a noun that "
            f"has one, as in --resource {singular}_item, or choose it with --plural."
        )
    return plural


def check_project(project: str, package: str) -> None:
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?", project):
        raise InvalidNameError(
            f"{project!r} is not a valid project name. Use letters from a to z, digits, - and _, "
            "beginning with a letter, as in my-shop."
        )
    if keyword.iskeyword(package):
        raise InvalidNameError(f"{project!r} is a Python keyword, which cannot be imported.")
    if package in sys.stdlib_module_names:
        raise InvalidNameError(f"{project!r} would hide a module of Python's standard library.")
    if package.lower() in dependencies():
        raise InvalidNameError(f"{project!r} would hide a package that the project needs.")


def check_word(what: str, name: str) -> None:
    if not SNAKE_CASE.fullmatch(name) or keyword.iskeyword(name):
        raise InvalidNameError(
            f"{name!r} is not a valid {what}. Use a noun in lower case, such as task or order_line."
        )


def check_column(column: str) -> None:
    check_word("field", column)
    if column in ("metadata", "registry"):
        raise InvalidNameError(f"{column!r} is reserved by SQLAlchemy. Choose another field.")


def column_of(field: str) -> str:
    """Return the name of the column that ``--field NAME:TYPE`` asks for.

    :raises InvalidNameError: the type is one that the example is not written for.
    """
    column, separator, kind = field.partition(":")
    if separator and kind != "str":
        raise InvalidNameError(
            f"{kind!r} is not a type for --field, which takes str: the example resource holds "
            "text. Add columns of other types to models.py afterwards."
        )
    return column


def dependencies() -> set[str]:
    """Return the packages that are installed with the project, as modules are written."""
    pins = (starter.folder() / "requirements/dev.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    return {name.lower().replace("-", "_") for name in found}


def check_installed(names: Names) -> None:
    """Refuse the name of a package that is installed here.

    :raises InvalidNameError: there is such a package.
    """
    if names.package != PACKAGE and find_spec(names.package):
        raise InvalidNameError(f"{names.project!r} is the name of a package that is installed.")
