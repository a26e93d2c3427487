"""The report of a conversion."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from .conversion import Outcome

BETTER = (
    "hipflask's starter does these better, and none of it was slipped in: a session per request "
    "that an async view reaches too, a bound on the wait for a connection, single reads without a "
    "transaction. Why: docs/lifecycle.md of hipflask."
)


def text(outcome: Outcome, proofs: list[str]) -> str:
    """Return the report for a terminal or a pipe."""
    return "\n".join([*summary(outcome), *places(outcome), *proofs])


def summary(outcome: Outcome) -> list[str]:
    """Return what was done, in a few lines."""
    facts = outcome.facts
    if facts.refused:
        return ["Nothing is converted:"]
    if not outcome.changes:
        return ["There is nothing to convert."]
    new = sum(change.before is None for change in outcome.changes)
    left_out = (
        f"Rules left out: {', '.join(facts.left_out)}. A project that is converted in part may "
        "not run; --prove and --tests tell."
    )
    return [
        f"{_files(len(outcome.changes) - new, 'changes', 'change')}, "
        f"{_files(new, 'is new', 'are new')}.",
        f"Read as Flask-SQLAlchemy {facts.generation}.x, written for SQLAlchemy "
        f"{facts.sqlalchemy}: {facts.home} -> {facts.wiring}.",
        *([left_out] if facts.left_out else []),
        BETTER,
    ]


def _files(number: int, singular: str, plural: str) -> str:
    return f"1 file {singular}" if number == 1 else f"{number} files {plural}"


def places(outcome: Outcome) -> list[str]:
    """Return what is left to a person, by file, line, rule and reason."""
    if not outcome.findings:
        return ["Nothing is left to do by hand."] if outcome.changes else []
    counted = Counter(finding.rule for finding in outcome.findings)
    rules = ", ".join(f"{rule} {number}" for rule, number in sorted(counted.items()))
    return [f"To look at ({rules}):", *(f"  {finding}" for finding in outcome.findings)]


def markdown(outcome: Outcome, proofs: list[str]) -> str:
    """Return the report for a file."""
    lines = ["# Flask-SQLAlchemy to SQLAlchemy", "", *summary(outcome), ""]
    if outcome.findings:
        lines += ["## To look at", ""]
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
