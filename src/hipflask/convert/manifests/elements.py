"""Replaces and removes strings in a list that is written in Python or TOML."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...project import Source

LINE_END = re.compile(r"[ \t]*,?[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)")


@dataclass(frozen=True)
class Element:
    """A string in a list.

    :param start: the offset of its first quote.
    :param end: the offset after its last quote.
    :param value: the string.
    """

    start: int
    end: int
    value: str


def replace(source: Source, elements: list[tuple[Element, str | None]]) -> None:
    """Replace the strings of a list; remove those whose replacement is None."""
    gone: list[Element] = []
    kept_before = False
    for element, new in elements:
        if new is None:
            gone.append(element)
            continue
        _take_out(source, gone, kept_before)
        gone, kept_before = [], True
        if new != element.value:
            source.replace(element.start, element.end, _quoted(source, element, new))
    _take_out(source, gone, kept_before)


def _quoted(source: Source, element: Element, new: str) -> str:
    written = source.text[element.start : element.end].lstrip("rRuU")
    quote = written[0]
    if quote in new:  # an environment marker contains quotes
        quote = "'" if quote == '"' else '"'
    return f"{quote}{new}{quote}"


def _take_out(source: Source, gone: list[Element], kept_before: bool) -> None:
    """Remove adjacent strings with their commas, and with their lines if nothing else is on them."""
    text = source.text
    inline: list[Element] = []
    for element in gone:
        begin = source.line_start(element.start)
        behind = LINE_END.match(text, element.end)
        if behind and not text[begin : element.start].strip():
            source.replace(begin, behind.end(), "")
        else:
            inline.append(element)
    if not inline:
        return
    start, end = inline[0].start, inline[-1].end
    if comma := re.compile(r"[ \t]*,[ \t]*").match(text, end):
        end = comma.end()
        if text[end : end + 1] in ("\r", "\n"):
            start = len(text[:start].rstrip(" \t"))
    elif kept_before and len(inline) == len(gone):
        start = len(text[:start].rstrip().removesuffix(","))
    source.replace(start, end, "")
