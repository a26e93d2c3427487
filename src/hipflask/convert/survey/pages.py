"""Which attributes of a page the project may read: their names appear in its files."""

from __future__ import annotations

import re

from ...project import Tree, paths

# An attribute, and those that it is computed from.
ATTRIBUTES: dict[str, set[str]] = {
    "total": set(),
    "pages": {"total"},
    "has_prev": set(),
    "prev_num": {"has_prev"},
    "has_next": {"pages", "total"},
    "next_num": {"has_next", "pages", "total"},
    "iter_pages": {"pages", "total"},
    "first": set(),
    "last": set(),
    "max_per_page": set(),
    "next": {"query"},
    "prev": {"query"},
}
WORD = re.compile(r"\b(?:has_prev|prev_num|has_next|next_num|iter_pages)\b")
ATTRIBUTE = re.compile(r"(?<!\bloop)\.(total|pages|first|last)\b(?!\s*\()")
# By name: a field of a schema, a parameter of ``getattr()`` or of a filter of Jinja.
FIELD = re.compile(
    r"^[ \t]+(total|pages|first|last)\s*[:=](?!=)"
    r"|(?:attr\w*\([^()\n]*|attribute\s*=\s*)[\"'](total|pages|first|last)[\"']"
    r"|[\"'](total|pages|first|last)[\"']\s*:\s*\w*[Ff]ields?\b",
    re.MULTILINE,
)
LIMIT = re.compile(r"(?:pag\w*|\))\.(max_per_page)\b")
METHOD = re.compile(r"\.(next|prev)\(")
JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
TEMPLATES = (
    *(".htm", ".html", ".j2", ".jinja", ".jinja2", ".xml"),
    *(".js", ".jsx", ".mjs", ".ts", ".tsx", ".vue"),
)
# What the macros and functions of libraries read of a page that they are given.
LIBRARIES = {
    "render_pager": {"has_prev", "prev_num", "has_next", "next_num"},
    "render_pagination": {"has_prev", "prev_num", "has_next", "next_num", "iter_pages"},
    "pagination_builder": {"total", "pages", "has_prev", "prev_num", "has_next", "next_num"},
}


def names(tree: Tree) -> frozenset[str]:
    """Return the names of the attributes and methods of a page that the project may use."""
    found: set[str] = set()
    for file in tree.files.values():
        if not file.path.endswith((".lock", ".md", ".rst")):
            found |= _names(file.text, is_python=file.is_python)
    for path in paths(tree.root) if tree.root.is_dir() else ():
        if path.endswith(TEMPLATES) and (tree.root / path).is_file():
            found |= _names((tree.root / path).read_text("utf-8", "replace"))
    return frozenset(found.union(*(ATTRIBUTES.get(name, set()) for name in found)))


def _names(text: str, *, is_python: bool = False) -> set[str]:
    found = set(WORD.findall(text))
    code = text if is_python else "\n".join(JINJA.findall(text))
    found |= {*ATTRIBUTE.findall(code), *LIMIT.findall(code), *METHOD.findall(code)}
    found |= {name for names in FIELD.findall(code) for name in names if name}
    if "iter_pages" in found and re.search(r"\biter_pages\(\s*[^)\s]", code):
        found.add("iter_pages()")
    for library, read in LIBRARIES.items():
        if library in text:
            found |= read
    return found
