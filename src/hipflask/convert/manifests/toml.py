"""pyproject.toml and Pipfile, edited as text to keep comments and layout."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...project import Finding, Source, line_number
from .elements import Element, replace
from .swaps import RULE, Swap, Wanted, name_of, normalized

TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<newline>\n)|(?P<other>.)",
    re.DOTALL,
)
HEADER = re.compile(r"[ \t]*\[\[?(?P<name>[^\[\]\n]+)\]\]?")
KEY = re.compile(r"""[ \t]*(?P<key>(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')+)[ \t]*=[ \t]*""")
QUOTES = "\"'"
PART = re.compile(r"""[\w-]+|"[^"\n]*"|'[^'\n]*'""")
LISTS = re.compile(
    r"dependencies|optional-dependencies\.[^.]+|dependency-groups\.[^.]+|dev-dependencies\.[^.]+"
    r"|extras\.[^.]+|requires|[\w-]+-dependencies"
)
TABLES = re.compile(r"(?:.*\.)?(?:dependencies|dev-dependencies|packages|dev-packages)")


@dataclass(frozen=True)
class Entry:
    """A key and its value.

    :param path: the dotted name of its table, and its own.
    """

    path: tuple[str, ...]
    start: int
    value: int
    end: int
    strings: list[Element] = field(default_factory=list)

    @property
    def table(self) -> str:
        return ".".join(self.path[:-1])


def rewrite(path: str, text: str, swaps: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    """Replace requirements in a TOML file."""
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return text, [Finding(path, 0, RULE, f"Invalid TOML: {error}.")]
    source = Source(text)
    findings: list[Finding] = []
    entries = list(_entries(text))
    main = {
        name_of(string.value)
        for entry in entries
        if entry.path == ("project", "dependencies")
        for string in entry.strings
    }
    tables: dict[str, Wanted] = {}
    for entry in entries:
        if TABLES.fullmatch(entry.table):
            names = {normalized(other.path[-1]) for other in entries if other.table == entry.table}
            tables.setdefault(entry.table, Wanted(names, swaps))
    for entry in entries:
        name = entry.path[-1]
        if entry.strings and _is_list(entry.path):
            _swap_list(
                source, entry, Wanted(main | {name_of(s.value) for s in entry.strings}, swaps)
            )
        elif entry.table in tables and tables[entry.table].swap_for(name):
            _swap_key(source, entry, tables[entry.table])
        elif any(name_of(part) == swap.old for part in entry.path for swap in swaps):
            line = line_number(text, entry.start)
            reason = "It configures a removed package. Remove it by hand."
            findings.append(Finding(path, line, RULE, reason, ".".join(entry.path)))
    after = source.result()
    tomllib.loads(after)  # a bug here must end in a traceback, not in a broken file
    return (after, findings) if tomllib.loads(after) != before else (text, findings)


def _is_list(path: tuple[str, ...]) -> bool:
    return any(LISTS.fullmatch(".".join(path[-length:])) for length in (1, 2))


def _swap_list(source: Source, entry: Entry, wanted: Wanted) -> None:
    # Poetry's extras name what is among its dependencies, without a version.
    bare = len(entry.path) > 1 and entry.path[-2] == "extras"
    new: list[tuple[Element, str | None]] = []
    for string in entry.strings:
        if wanted.swap_for(name_of(string.value)) is None:
            new.append((string, string.value))
        elif bare:
            new.append((string, wanted.new_name(string.value)))
        else:
            new.append((string, wanted.new(string.value)))
    replace(source, new)


def _swap_key(source: Source, entry: Entry, wanted: Wanted) -> None:
    swap = wanted.swap_for(entry.path[-1])
    name = wanted.new_name(entry.path[-1])
    begin = source.line_start(entry.start)
    if name is None or swap is None:
        source.replace(begin, source.line_end(entry.end), "")
        return
    value = source.text[entry.value : entry.end]
    if value.startswith("{"):
        kept = re.findall(r"\b(?:optional|markers|python)\s*=\s*(?:\w+|\"[^\"]*\"|'[^']*')", value)
        said = re.search(r"\bversion\s*=\s*[\"']([^\"'\n]*)", value)
        bound = swap.bound_for(said[1] if said else "")
        value = "{" + ", ".join([f'version = "{bound}"', *kept]) + "}"
    else:
        value = f'"{swap.bound_for(value.strip(QUOTES))}"'
    source.replace(entry.start, entry.end, f"{name} = {value}")


def _entries(text: str) -> Iterator[Entry]:
    """Yield each key with the position of its value and of the strings in it."""
    table: tuple[str, ...] = ()
    position = 0
    while position < len(text):
        if header := HEADER.match(text, position):
            table = _parts(header["name"])
        elif key := KEY.match(text, position):
            end, strings = _value(text, key.end())
            start = key.start("key")
            yield Entry((*table, *_parts(key["key"])), start, key.end(), end, strings)
            position = end
        newline = text.find("\n", position)
        position = len(text) if newline < 0 else newline + 1


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in PART.findall(name))


def _value(text: str, start: int) -> tuple[int, list[Element]]:
    """Return where a value ends, and the strings in it."""
    depth = 0
    end = start
    strings: list[Element] = []
    for token in TOKEN.finditer(text, start):
        if not depth and (token["newline"] or token["comment"]):
            break
        if token["string"]:
            value = next(iter(tomllib.loads(f"v = {token['string']}").values()))
            if depth == 1:
                strings.append(Element(token.start(), token.end(), value))
        depth += bool(token["open"]) - bool(token["close"])
        if not (token["other"] or "").isspace():
            end = token.end()
    return end, strings
