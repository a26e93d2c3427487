"""Completes an ``alembic.ini``, so that Alembic finds the migrations without Flask-Migrate."""

from __future__ import annotations

import re

SECTION = re.compile(r"^\[alembic\][ \t]*(?:\r?\n|\Z)", re.MULTILINE)
LOCATION = re.compile(r"^script_location[ \t]*=[^\r\n]*", re.MULTILINE)
SEARCHED = re.compile(r"^prepend_sys_path[ \t]*=", re.MULTILINE)
HERE = "script_location = %(here)s"


def located(text: str, root: str | None) -> str:
    """Return an ``alembic.ini`` that says where the migrations are: in its own folder.

    :param root: where the project's modules are imported from, if ``alembic`` can run by itself.
    """
    text, known = LOCATION.subn(HERE, text, count=1)
    added = [] if known else [HERE]
    if root is not None and not SEARCHED.search(text):
        added.append(f"prepend_sys_path = {root}")
        if "path_separator" not in text and "version_locations" not in text:
            added.append("path_separator = os")  # how Alembic wants a path to be read
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = newline.join(["[alembic]", *added, ""])
    return SECTION.sub(lambda _: lines, text, count=1)
