"""The tools that a project is formatted with: its own black and isort, or ruff."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]

from ...project import Tree
from .settings import PEP_8_LENGTH, USUAL_LENGTH, Settings

Command = list[str]

# Of a new file where nothing is set and nothing checks it: that of its parts.
NEW_LENGTH = "100"
# Where nothing is set, a file tells what is in use: it is formatted so already.
USUAL_LENGTHS = (USUAL_LENGTH, PEP_8_LENGTH, "100", "120")
USUAL_ORDERS: tuple[dict[str, Any], ...] = (
    {},
    {"force-sort-within-sections": True, "order-by-type": False},
    {"force-single-line": True, "order-by-type": False},
)
# What ruff has of isort, with hyphens.
SWITCHES = ("combine_as_imports", "force_single_line", "force_sort_within_sections", "from_first")
MORE_SWITCHES = ("length_sort", "no_sections", "order_by_type")
LISTS = ("force_to_top", "known_first_party", "known_third_party", "single_line_exclusions")


@dataclass(frozen=True)
class Tools:
    """Commands that change the files in the current directory.

    :param sort: each sorts imports in one way; a file gets the first that leaves it as it was.
    :param format: the same for the format.
    :param new: what a new file goes through, one after the other.
    """

    sort: list[Command]
    format: list[Command]
    new: list[Command]


def find(tree: Tree) -> Tools:
    """Find the tools of a project."""
    programs = tree.interpreter.parent if tree.interpreter is not None else None
    settings = Settings(tree)
    ruff = _program("ruff", programs) or find_ruff_bin()
    lint = [ruff, "check", "--quiet", "--no-cache", "--fix", "--exit-zero"]
    layout = [ruff, "format", "--quiet", "--no-cache"]
    sort = list(_sorters(settings, [*lint, "--select=I001"], programs))
    format_ = _formatters(settings, layout, programs)
    plain = _alone(settings.line_length or USUAL_LENGTH)
    wide = _alone(settings.line_length or NEW_LENGTH)
    own = [] if settings.has_ruff else [*wide, _quotes(_usual_quotes(tree))]
    new = [
        [*lint, *own, "--extend-select=F401,I001"],
        # As short as it can be: parts may have been left out of it.
        [*layout, *own, "--config=format.skip-magic-trailing-comma=true"],
    ]
    return Tools(
        [*sort, *([*lint, *plain, "--select=I001", *_isort(order)] for order in USUAL_ORDERS)],
        [*format_, *([*layout, *_alone(length), _quotes("preserve")] for length in USUAL_LENGTHS)],
        [*new, *sort[:1], *format_[:1]],
    )


def _sorters(settings: Settings, lint: Command, programs: Path | None) -> Iterator[Command]:
    """Yield how the project sorts its imports, as far as its settings say."""
    if settings.isort is not None:
        isort = _program("isort", programs)
        if isort is not None:
            yield [isort, "--quiet"]
        yield [*lint, *_alone(settings.line_length or USUAL_LENGTH), *_isort(settings.isort)]
    if settings.has_ruff:
        yield lint


def _formatters(settings: Settings, layout: Command, programs: Path | None) -> list[Command]:
    """Return how the project formats, as far as its settings say."""
    black = _program("black", programs) if settings.black is not None else None
    of_black = [[black, "--quiet", *settings.black_options]] if black is not None else []
    if settings.line_length is not None:
        of_black.append([*layout, *_alone(settings.line_length), _quotes("preserve")])
    of_ruff = [layout] if settings.has_ruff else []
    return [*of_black, *of_ruff] if settings.prefers_black else [*of_ruff, *of_black]


def _program(name: str, programs: Path | None) -> str | None:
    return shutil.which(name, path=programs) if programs is not None else None


def _alone(line_length: str) -> Command:
    return ["--isolated", f"--line-length={line_length}"]


def _quotes(style: str) -> str:
    return f"--config=format.quote-style={json.dumps(style)}"


def _usual_quotes(tree: Tree) -> str:
    """Return which quotes most strings of a project have."""
    single, double = (
        sum(file.text.count(f"{before}{quote}") for file in tree.python for before in "(=[ ")
        for quote in "'\""
    )
    return "single" if single > double else "double"


def _isort(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings of ruff for those of isort, which has its values as text in an INI file."""
    for name, value in given.items():
        known = name.replace("-", "_")
        if known in (*SWITCHES, *MORE_SWITCHES):
            value = str(value).strip().lower() in ("1", "on", "true", "yes")
        elif known in LISTS:
            value = value.replace(",", " ").split() if isinstance(value, str) else value
        else:
            continue
        yield f"--config=lint.isort.{known.replace('_', '-')}={json.dumps(value)}"
