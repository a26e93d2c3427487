"""Takes the extensions out of what a project asks to be installed.

Goes in: the files of a project as they become. Comes out: the changes of its requirements,
``pyproject.toml``, ``setup.py`` and the like, one module a format, and what is left to a person.

May import: ``hipflask.project``.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ...project import Change, File, Finding, Tree, is_requirements, resolved
from . import conda, ini, requirements, setup_py, toml
from .swaps import RULE, Swap, swaps

ENVIRONMENT = re.compile(r"[\w.-]*(?:environment|conda)[\w.-]*\.ya?ml\Z")
LOCKS = {
    "poetry.lock": "poetry lock",
    "Pipfile.lock": "pipenv lock",
    "pdm.lock": "pdm lock",
    "uv.lock": "uv lock",
    "pixi.lock": "pixi lock",
    "conda-lock.yml": "conda-lock",
}
NAMED = re.compile(r"\bflask[-_.](?:sqlalchemy|migrate)\b", re.IGNORECASE)
INSTALLS = re.compile(r"\b(?:pip3?|uv|poetry|pipenv|conda|mamba|pdm)\b.*\b(?:install|add)\b")
IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+flask_(sqlalchemy|migrate)\b", re.MULTILINE)


def convert(tree: Tree, sqlalchemy: str) -> tuple[list[Change], list[Finding]]:
    """Name SQLAlchemy and Alembic where the project named the extensions.

    :param tree: the project, its code already converted: what that still imports stays named.
    :param sqlalchemy: the generation that it is on, "1.4" or "2.0".
    :return: what is to be changed, and what is left to a person.
    """
    imported = {f"flask-{found}" for file in tree.python for found in IMPORTED.findall(file.text)}
    known = {name: resolved(tree, name) for name in ("sqlalchemy", "alembic")}
    wanted = swaps(sqlalchemy, imported, known)
    changes: list[Change] = []
    findings: list[Finding] = []
    for file in tree.files.values():
        if wanted and NAMED.search(file.text):
            text, found = _rewrite(tree, file, wanted)
            findings += found
            if text != file.text:
                changes.append(Change(file.path, file.data, file.with_text(text)))
    return changes, findings


def _rewrite(tree: Tree, file: File, wanted: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    path, text = file.path, file.text
    name = PurePosixPath(path).name
    if name in LOCKS:
        found = next((match for match in NAMED.finditer(text) if _goes(match[0], wanted)), None)
        return text, [_lock(path, name)] if found else []
    if is_requirements(path):
        return requirements.rewrite(tree, path, text, wanted)
    if name in ("pyproject.toml", "Pipfile"):
        return toml.rewrite(path, text, wanted)
    if name in ("setup.cfg", "tox.ini"):
        return ini.rewrite(path, text, wanted)
    if name == "setup.py":
        return setup_py.rewrite(path, text, wanted)
    if ENVIRONMENT.match(name):
        return conda.rewrite(path, text, wanted)
    if not file.is_python and PurePosixPath(name).suffix not in (".md", ".rst", ".txt"):
        return text, _installed(path, text, wanted)
    return text, []


def _goes(name: str, wanted: tuple[Swap, ...]) -> bool:
    return any(re.sub(r"[-_.]+", "-", name).lower() == swap.old for swap in wanted)


def _lock(path: str, name: str) -> Finding:
    return Finding(path, 0, RULE, "It locks a removed package. Write it again.", LOCKS[name])


def _installed(path: str, text: str, wanted: tuple[Swap, ...]) -> list[Finding]:
    """Find what scripts, images and pipelines install by name."""
    return [
        Finding(
            path,
            number,
            RULE,
            "It installs a removed package. Install SQLAlchemy or Alembic instead.",
        )
        for number, line in enumerate(text.splitlines(), 1)
        if INSTALLS.search(line) and any(_goes(found, wanted) for found in NAMED.findall(line))
    ]
