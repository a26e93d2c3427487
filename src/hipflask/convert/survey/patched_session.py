"""Finds the files that a test's replacement of the session has to reach."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...project import Database, Index, Module


def find(index: Index, name: str, python: Mapping[str, str]) -> tuple[bool, frozenset[str]]:
    """Return whether all files must look a patched session up, and otherwise which of them.

    :param name: of the ``db``.
    :param python: the text of each Python file by its path.
    """
    said = re.escape(name)
    # `patch("app.views.db.session")` and `patch.object(views.db, "session")` are meant for a module.
    by_name = re.compile(rf"[\"']([\w.]+)\.{said}\.session[\"']")
    by_module = re.compile(rf"([\w.]+)\.{said}\s*,\s*[\"']session[\"']")
    paths: set[str] = set()
    for path, text in python.items():
        if "session" not in text or not re.search(rf"\b{said}\b", text):
            continue
        for dotted in by_module.findall(text):
            module = index.evaluate(path, dotted)
            if not isinstance(module, Module):
                return True, frozenset()
            paths.add(module.path)
        if "patch" in text or "setattr" in text:  # otherwise it is any text
            paths |= {
                found for dotted in by_name.findall(text) if (found := index.find("", dotted, 0))
            }
    paths = {path for path in paths if index.lookup(path, name) == Database()}
    # What they import was reached as well.
    return False, index.reached(paths, submodules=True)
