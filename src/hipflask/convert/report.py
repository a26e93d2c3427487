"""The report of a conversion."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from .outcome import Outcome

BETTER = (
    "Not part of the conversion, but part of hipflask's starter: one session per request "
    "that async views share, a time limit on the wait for a connection, single reads "
    "without a transaction. See docs/lifecycle.md of hipflask."
)


def headline(outcome: Outcome) -> list[str]:
    """Return the summary, in a few lines."""
    facts = outcome.facts
    if facts.refused:
        return ["Nothing was converted:"]
    if not outcome.changes:
        return ["There is nothing to convert."]
    left_out = (
        f"Skipped rules: {', '.join(facts.left_out)}. A partly converted project may not "
        "run; check it with --prove and --tests."
    )
    return [
        f"{_counted(outcome)}.",
        f"Read as Flask-SQLAlchemy {facts.generation}.x, written for SQLAlchemy "
        f"{facts.target}: {facts.home} -> {facts.new_module}.",
        *([left_out] if facts.left_out else []),
    ]


def text(outcome: Outcome, proofs: list[str], *, hides_new: bool = False) -> str:
    """Return what is printed after the diff: new files, findings, proofs and the summary in a line.

    :param hides_new: whether a diff without the new files was printed.
    """
    if not outcome.changes:
        return "\n".join(places(outcome))
    hint = (
        ["Use --full to include the new files in the diff."]
        if hides_new and new_files(outcome)
        else []
    )
    left = len(outcome.findings)
    by_hand = (
        "nothing left to do by hand" if not left else f"{_number(left, 'place')} to check by hand"
    )
    return "\n".join(
        [
            *(f"New: {file}" for file in new_files(outcome)),
            *hint,
            *places(outcome),
            *proofs,
            BETTER,
            f"{_counted(outcome)}; {by_hand}.",
        ]
    )


def new_files(outcome: Outcome) -> list[str]:
    """Return the name and the size of each new file."""
    return [
        f"{change.path} ({_number(len(change.after.splitlines()), 'line')}, "
        f"{_number(len(change.after), 'byte')})"
        for change in sorted(outcome.changes)
        if change.before is None and change.after is not None
    ]


def _counted(outcome: Outcome) -> str:
    new = sum(change.before is None for change in outcome.changes)
    changed = _files(len(outcome.changes) - new, "changes", "change")
    return f"{changed}, {_files(new, 'is new', 'are new')}"


def _files(number: int, singular: str, plural: str) -> str:
    return f"1 file {singular}" if number == 1 else f"{number} files {plural}"


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def places(outcome: Outcome) -> list[str]:
    """Return the findings, with their file, line, rule and reason."""
    if not outcome.findings:
        return []
    counted = Counter(finding.rule for finding in outcome.findings)
    rules = ", ".join(f"{rule} {number}" for rule, number in sorted(counted.items()))
    return [f"Check by hand ({rules}):", *(f"  {finding}" for finding in outcome.findings)]


def markdown(outcome: Outcome, proofs: list[str]) -> str:
    """Return the report as Markdown."""
    lines = ["# Flask-SQLAlchemy to SQLAlchemy", "", *headline(outcome), ""]
    if outcome.changes:
        lines += [BETTER, ""]
    if new_files(outcome):
        lines += ["## New files", "", *(f"- {file}" for file in new_files(outcome)), ""]
    if outcome.findings:
        lines += ["## Check by hand", ""]
        for path, findings in groupby(outcome.findings, key=lambda finding: finding.path):
            lines += [f"### `{path}`", "", "| line | rule | why |", "|---|---|---|"]
            lines += [
                f"| {f.line or ''} | {f.rule} | {f.reason.replace('|', chr(92) + '|')} |"
                for f in findings
            ]
            lines.append("")
    if proofs:
        lines += ["## Proof", "", "```", *proofs, "```", ""]
    return "\n".join(lines)
