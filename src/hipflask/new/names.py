"""The names that a project is made with, and which of them cannot be."""

import keyword
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from . import starter

PACKAGE, SINGULAR, PLURAL = "starter", "message", "messages"  # as the starter has them


class InvalidNameError(ValueError):
    """A name that cannot be; the text says which, why, and what would do."""


@dataclass(frozen=True)
class Names:
    """What the project, its package and its example resource are called.

    :param project: the distribution and its folder, as in ``my-shop``.
    :param singular: the resource, in snake case: ``order_line``.
    :param plural: the same, for the table, the module and the URL: ``order_lines``.
    :raises InvalidNameError: one of them cannot be.
    """

    project: str
    singular: str = SINGULAR
    plural: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "plural", self.plural or plural_of(self.singular))
        check_project(self.project, self.package)
        check_resource(self.singular, self.plural)
        if self.package in (self.singular, self.plural):
            raise InvalidNameError(
                f"{self.package!r} cannot be the project and its resource at once."
            )

    @cached_property
    def package(self) -> str:
        return self.project.replace("-", "_")

    @cached_property
    def model(self) -> str:
        return "".join(part.capitalize() for part in self.singular.split("_"))


def plural_of(singular: str) -> str:
    """Return an English plural; one that is irregular must be told."""
    if re.search(r"[^aeiou]y$", singular):
        return f"{singular[:-1]}ies"
    return singular + ("es" if re.search(r"(s|x|z|ch|sh)$", singular) else "s")


def check_project(project: str, package: str) -> None:
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?", project):
        raise InvalidNameError(
            f"{project!r} is not a name for a package: letters of a to z, digits and single words "
            "joined by - or _ are, as in my-shop."
        )
    if keyword.iskeyword(package):
        raise InvalidNameError(
            f"{project!r} is a keyword of Python, which nothing can be imported by."
        )
    if package in sys.stdlib_module_names:
        raise InvalidNameError(
            f"{project!r} is a module of Python's own library, which it would hide."
        )
    if package.lower() in beside():
        raise InvalidNameError(
            f"{project!r} is a package that the project needs, which it would hide."
        )


def check_resource(singular: str, plural: str) -> None:
    for name in (singular, plural):
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name):
            raise InvalidNameError(
                f"{name!r} is not a name for a resource: it must be a noun in small letters, "
                "as task or order_line."
            )
    if singular == plural:
        raise InvalidNameError(
            f"{singular!r} cannot be its own plural: one names a row, one the table."
        )


def beside() -> set[str]:
    """Return the packages that the project will have beside its own."""
    pins = (starter.folder() / "requirements/dev.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
    return {name.lower().replace("-", "_") for name in found}


def check_installed(names: Names) -> None:
    """Refuse the name of a package that is installed here.

    :raises InvalidNameError: it is.
    """
    if names.package != PACKAGE and find_spec(names.package):
        raise InvalidNameError(f"{names.project!r} is a package that is installed here.")
