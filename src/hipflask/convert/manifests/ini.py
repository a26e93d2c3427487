"""setup.cfg and tox.ini: lists of requirements, one per line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...project import Finding
from .swaps import Swap, Wanted, name_of

SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
KEY = re.compile(r"(?P<key>[\w.-]+)\s*[=:](?!=)\s*")
ITEM = re.compile(
    r"(?P<head>\s*(?:[\w.-]+\s*[=:](?!=)\s*)?(?:[\w!,{}-]+:\s+)?)"
    r"(?P<spec>[^#\n\r]*?)(?P<end>\s*(?:\s#.*)?\s*)\Z"
)
LISTS = {"install_requires", "tests_require", "setup_requires", "deps", "requires"}
EXTRAS = {"options.extras_require", "extras"}


def rewrite(path: str, text: str, swaps: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    """Replace requirements in the lists."""
    lines = text.splitlines(keepends=True)
    lists: dict[str, set[str]] = {}
    for name, line in _listed(lines):
        if item := ITEM.match(line):
            lists.setdefault(name, set()).add(name_of(item["spec"]))
    always = lists.get("options.install_requires", set())
    wanted = {name: Wanted(names | always, swaps) for name, names in lists.items()}
    kept: list[str] = []
    for name, line in _listed(lines):
        item = ITEM.match(line)
        if not name or item is None or wanted[name].swap_for(name_of(item["spec"])) is None:
            kept.append(line)
        elif (new := wanted[name].new(item["spec"])) is not None:
            kept.append(f"{item['head']}{new}{item['end']}")
        elif item["head"].strip():  # the key is on the same line
            kept.append(f"{item['head'].rstrip()}{item['end']}")
    return "".join(kept), []


def _listed(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the list that it belongs to, or an empty string."""
    section = name = ""
    for line in lines:
        if found := SECTION.match(line):
            section, name = found["name"], ""
        elif found := KEY.match(line):
            key = found["key"]
            name = f"{section}.{key}" if key in LISTS or section in EXTRAS else ""
        yield name, line
