"""The commits of a conversion, one for each step."""

from __future__ import annotations

import textwrap
from importlib.metadata import version

from ..writing import Commit
from .outcome import Outcome, Step
from .todo import grouped

WIDTH = 72  # as git shows messages


def of(outcome: Outcome) -> list[Commit]:
    """Return a commit for each step of a conversion."""
    return [Commit(_message(step), step.changes) for step in outcome.steps]


def _message(step: Step) -> str:
    lines = [step.subject, "", *textwrap.wrap(step.why, WIDTH, break_on_hyphens=False)]
    if step.findings:
        lines += ["", "To do by hand:"]
    for group in grouped(step.findings, refused=False):
        said = f"{group.title}: {group.extent}"
        lines += textwrap.wrap(
            said,
            WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_on_hyphens=False,
        )
    return "\n".join([*lines, "", f"Made by hipflask convert {version('hipflask')}."])
