"""Requirements and constraints files, written by hand or generated."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...project import Finding, Tree
from .swaps import RULE, Swap, Wanted, name_of

INCLUDE = re.compile(r"\s*(?:-r|--requirement)[ =]?\s*(\S+)")
COMPILED = re.compile(r"^#\s+((?:\S*pip-compile|uv pip (?:compile|export))\b.*)", re.MULTILINE)
VIA = re.compile(r"(?P<head>\s*#\s+(?:via\s+)?)(?P<names>[\w., -]+?)(?P<end>\s*)\Z")
# A specification ends where a comment, a hash or the next line begins.
BODY = re.compile(r"(?P<spec>.*?)(?P<rest>\s*(?:\\|\s--\S.*|\s#.*)?)(?P<end>\r?\n?)\Z", re.DOTALL)
EGG = re.compile(r"#egg=([\w.-]+)")


def rewrite(tree: Tree, path: str, text: str, swaps: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    """Replace requirements in a requirements file."""
    findings: list[Finding] = []
    wanted = Wanted(_named(tree, path, set()), swaps)
    only_bounds = posixpath.basename(path).startswith("constraints")
    kept: list[str] = []
    for number, block in _blocks(text):
        body = BODY.match(block[0])
        spec = body["spec"] if body else ""
        if (egg := EGG.search(block[0])) and wanted.swap_for(egg[1]):
            reason = "It is not installed from PyPI. Remove it by hand."
            findings.append(Finding(path, number, RULE, reason, egg[1]))
            kept += block
        elif body is None or wanted.swap_for(name_of(spec)) is None:
            kept += [block[0], *_without_via(block[1:], wanted)]
        elif (new := wanted.new(spec)) is None or only_bounds:
            continue
        elif "--hash=" in text:
            reason = "It has a hash, so it was not changed. Replace it by hand, with the hash."
            findings.append(Finding(path, number, RULE, reason, f"{spec} by {new}"))
        else:
            rest = "" if body["rest"].strip() == "\\" else body["rest"]
            kept.append(f"{new}{rest}{body['end']}")
    after = "".join(kept)
    if after != text and (compiled := COMPILED.search(text)):
        reason = "It is generated. Run its command once the source is converted."
        findings.append(Finding(path, 1, RULE, reason, compiled[1].strip()))
    return after, findings


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each requirement with its line number, its hashes and the notes below it."""
    block: list[str] = []
    begun = 1
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        continued = block and block[-1].rstrip().endswith("\\")
        if block and not continued and not re.match(r"\s+#", line):
            yield begun, block
            block = []
        if not block:
            begun = number
        block.append(line)
    if block:
        yield begun, block


def _without_via(notes: list[str], wanted: Wanted) -> list[str]:
    """Remove distributions from a comment such as ``# via flask-sqlalchemy``."""
    kept: list[str] = []
    for note in notes:
        match = VIA.match(note)
        names = [name.strip() for name in match["names"].split(",")] if match else []
        left = [name for name in names if wanted.swap_for(name) is None]
        if match is None or left == names:
            kept.append(note)
        elif left:
            kept.append(f"{match['head']}{', '.join(left)}{match['end']}")
    if len(kept) < len(notes) and kept and kept[-1].strip() == "# via":
        kept.pop()
    return kept


def _named(tree: Tree, path: str, seen: set[str]) -> set[str]:
    """Return the names in a file and in the files that it includes."""
    if path in seen or path not in tree.files:
        return set()
    seen.add(path)
    names: set[str] = set()
    for _, block in _blocks(tree.files[path].text):
        if include := INCLUDE.match(block[0]):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), include[1]))
            names |= _named(tree, other, seen)
        elif body := BODY.match(block[0]):
            names.add(name_of(body["spec"]))
    return names - {""}
