"""The report of a conversion as a file: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from ..project import Change, Finding
from .outcome import Outcome
from .report import headline, lines_of, new_files
from .todo import Group, grouped, is_test, task_of

# Keys may be added; none is renamed, removed or given another meaning without another number.
FORMAT = 1


def write(path: Path, outcome: Outcome, proofs: list[str]) -> None:
    """Write the report: as JSON if the file is called so, otherwise as Markdown."""
    said = as_json if path.suffix.lower() == ".json" else as_markdown
    path.write_text(said(outcome, proofs), encoding="utf-8")


def as_markdown(outcome: Outcome, proofs: list[str]) -> str:
    """Return the report for people, with every line."""
    lines = ["# Flask-SQLAlchemy to SQLAlchemy", "", *headline(outcome), ""]
    if new_files(outcome):
        lines += ["## New files", "", *(f"- {file}" for file in new_files(outcome)), ""]
    groups = grouped(outcome.findings, refused=outcome.facts.refused)
    for task, of_task in groupby(groups, key=lambda group: group.task):
        lines += [f"## {task.title}", ""]
        for group in of_task:
            lines += _section(group)
    if proofs:
        lines += ["## Proof", "", "```", *proofs, "```", ""]
    return "\n".join(lines)


def _section(group: Group) -> Iterable[str]:
    yield from (f"### {group.title}: {group.extent}", "")
    yield from (f"{group.advice} (`{group.findings[0].rule}`)".lstrip(), "")
    for path, findings in group.by_file():
        lines = lines_of(findings)
        yield f"- [ ] `{path}`" + (f": {lines}" if lines else "")
    yield ""


def as_json(outcome: Outcome, proofs: list[str]) -> str:
    """Return the report for programs."""
    facts = outcome.facts
    content = {
        "format": FORMAT,
        "hipflask": version("hipflask"),
        "refused": facts.refused,
        "flask_sqlalchemy": facts.generation if facts.home else None,
        "sqlalchemy": facts.target if facts.home else None,
        "home": facts.home or None,
        "new_module": facts.new_module or None,
        "skipped_rules": list(facts.left_out),
        "changes": [_change(change) for change in sorted(outcome.changes)],
        "findings": [
            _finding(finding, refused=facts.refused)
            for group in grouped(outcome.findings, refused=facts.refused)
            for finding in group.findings
        ],
        "proofs": proofs,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _change(change: Change) -> dict[str, Any]:
    kind = "added" if change.before is None else "removed" if change.after is None else "changed"
    return {"path": change.path, "kind": kind}


def _finding(finding: Finding, *, refused: bool) -> dict[str, Any]:
    return {
        "task": task_of(finding, refused=refused).key,
        "rule": finding.rule,
        "path": finding.path,
        "line": finding.line or None,
        "what": finding.what or None,
        "reason": finding.reason,
        "in_tests": is_test(finding.path),
    }
