"""The conversion of a project, stage by stage. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..project import Change, Finding, Tree, WorkingCopy
from . import db_module, formatting, manifests, migrations, rules
from .outcome import Facts, Outcome, Step, facts_of
from .rewriting import Rewritten
from .survey import Survey, mark, survey

# The result does not work without these rules, so they cannot be skipped.
REQUIRED_RULES = frozenset(
    {"extension", "flask_session", "imports", "marshmallow", "table", "tablename"}
)

MODELS = "Use SQLAlchemy without Flask-SQLAlchemy"
WHY_MODELS = (
    "{} has the base of the models, the session and the engine that Flask-SQLAlchemy provided. "
    "Models inherit from Base, and db.session is Session. All other names come from SQLAlchemy "
    "itself."
)
MIGRATIONS = "Run migrations with Alembic instead of Flask-Migrate"
WHY_MIGRATIONS = (
    "Flask-Migrate passes its commands on to Alembic and needs Flask-SQLAlchemy, so `flask db` has "
    "failed since the commit before. The migrations stay, and it has the commands that it had."
)
REQUIREMENTS = "Require SQLAlchemy and Alembic instead of their Flask extensions"
WHY_REQUIREMENTS = (
    "What the project imports itself now is a requirement of its own. What it no longer imports "
    "is none."
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
    facts = replace(
        facts_of(seen.project, features),
        unread=tuple(sorted(file.path for file in rewritten if file.is_unread)),
    )
    working = WorkingCopy(tree)
    steps: list[Step] = []
    in_order = {file.path for file in rewritten if file.keeps_order}

    def end_step(subject: str, why: str, before: Tree, found: list[Finding]) -> None:
        working.apply(*formatting.write(before, working.changes_since(before), in_order))
        if changes := working.changes_since(before):
            steps.append(Step(subject, why, changes, found))

    working.apply(*seen.prepared)
    working.apply(*_changes(working.tree, rewritten))
    working.apply(*db_module.write(seen, features))
    if facts.left_out and _changes(tree, rewritten) != _changes_without_skipping(tree):
        module = working.tree.files[facts.new_module]
        marked = module.with_text(mark(module.text, facts.left_out))
        working.apply(Change(module.path, module.data, marked))
    end_step(MODELS, WHY_MODELS.format(facts.new_module), tree, findings)
    before = working.tree
    changes, of_migrations = migrations.convert(before, facts)
    working.apply(*changes)
    end_step(MIGRATIONS, WHY_MIGRATIONS, before, of_migrations)
    # Last, because what is still imported remains a requirement.
    before = working.tree
    changes, of_manifests = manifests.convert(before, facts.sqlalchemy)
    working.apply(*changes)
    end_step(REQUIREMENTS, WHY_REQUIREMENTS, before, of_manifests)
    found = {*findings, *of_migrations, *of_manifests}
    return Outcome(working.changes, sorted(found), facts, steps)


def _changes_without_skipping(tree: Tree) -> list[Change]:
    seen = survey(tree, (), db_module.names())
    return _changes(tree, rules.rewrite(seen, lambda done, of: None))


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
