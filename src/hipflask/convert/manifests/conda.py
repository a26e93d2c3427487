"""Conda's environment.yml, and what pip installs in it."""

from __future__ import annotations

import re

from ...project import Finding
from .swaps import Swap, Wanted, name_of

ITEM = re.compile(
    r"(?P<head>\s*-\s+[\"']?)(?P<spec>[^\"'#\n\r]+?)(?P<end>[\"']?\s*(?:\s#.*)?\s*)\Z"
)


def rewrite(path: str, text: str, swaps: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    """Replace packages in the list."""
    lines = text.splitlines(keepends=True)
    items = [ITEM.match(line) for line in lines]
    wanted = Wanted({name_of(item["spec"]) for item in items if item}, swaps)
    kept: list[str] = []
    for line, item in zip(lines, items, strict=True):
        if item is None or wanted.swap_for(name_of(item["spec"])) is None:
            kept.append(line)
        elif (new := wanted.new(item["spec"])) is not None:
            kept.append(f"{item['head']}{new}{item['end']}")
    return "".join(kept), []
