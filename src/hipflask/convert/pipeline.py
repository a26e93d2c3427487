"""The conversion of a project, stage by stage. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..project import Change, Finding, Tree, WorkingCopy
from . import db_module, manifests, migrations, rules
from .outcome import Facts, Outcome, facts_of
from .rewriting import Rewritten
from .survey import Survey, survey

# The result does not work without these rules, so they cannot be skipped.
REQUIRED_RULES = frozenset(
    {"extension", "flask_session", "imports", "marshmallow", "table", "tablename"}
)


def convert(
    tree: Tree,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Convert a project.

    :param only: apply only these rules.
    :param skip: do not apply these rules.
    :param progress: called with the number of files done, and of all files.
    """
    seen = survey(tree, _skipped(only, skip), db_module.names())
    if seen.project is None or seen.refused:
        return _left_alone(seen)
    rewritten = list(rules.rewrite(seen, progress))
    findings = [*seen.findings, *(finding for file in rewritten for finding in file.findings)]
    if any(file.path == seen.project.home and file.text is None for file in rewritten):
        # Every other file would import the extension's db from it.
        return _refused(findings, facts_of(seen.project, set(), refused=True))
    features = db_module.needed(seen, [file.features for file in rewritten])
    facts = facts_of(seen.project, features)
    working = WorkingCopy(tree)
    working.apply(*_changes(tree, rewritten))
    working.apply(*db_module.write(seen, features))
    changes, more = migrations.convert(working.tree, facts)
    working.apply(*changes)
    findings += more
    # Last, because what is still imported remains a requirement.
    changes, more = manifests.convert(working.tree, facts.sqlalchemy)
    working.apply(*changes)
    findings += more
    return Outcome(working.changes, sorted(set(findings)), facts)


def _skipped(only: Iterable[str], skip: Iterable[str]) -> set[str]:
    return (set(skip) | ({*rules.rules()} - set(only) if only else set())) - REQUIRED_RULES


def _changes(tree: Tree, rewritten: Iterable[Rewritten]) -> list[Change]:
    return [
        Change(file.path, tree.files[file.path].data, tree.files[file.path].with_text(file.text))
        for file in rewritten
        if file.text is not None
    ]


def _left_alone(seen: Survey) -> Outcome:
    if seen.project is not None:
        return _refused(seen.findings, facts_of(seen.project, set(), refused=True))
    if seen.refused:
        return _refused(seen.findings, Facts(refused=True))
    return Outcome([], sorted(seen.findings))


def _refused(findings: Iterable[Finding], facts: Facts) -> Outcome:
    # These say that a file was converted, which is not the case here.
    told = {finding for finding in findings if finding.rule != "generated"}
    return Outcome([], sorted(told), facts)
