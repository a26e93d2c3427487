"""Which names the new module must define."""

from __future__ import annotations

from collections.abc import Iterable

from ..survey import COMPATIBILITY_FEATURES, Project, Survey, legacy_query_methods


def needed(seen: Survey, asked: Iterable[set[str]]) -> set[str]:
    """Return the names that the new module must define.

    :param asked: the names that each rewritten file uses.
    """
    project, texts = seen.project, seen.python.values()
    assert project is not None
    features = set().union(*asked)
    features |= _legacy_methods(texts, project)
    if project.has_binds:
        features |= {"metadata_of", "__bind_key__"}
    if project.security_uses_query:
        features |= {"query", "QueryProperty"}
    if project.skipped_rules:  # code that is not converted uses the old names
        features |= COMPATIBILITY_FEATURES
    if any("flask_migrate" in text for text in texts):
        features |= {"get_engine", *(("get_engines", "metadata_of") if project.has_binds else ())}
    return features


def _legacy_methods(texts: Iterable[str], project: Project) -> set[str]:
    methods = {method for text in texts for method in legacy_query_methods(text, project.name)}
    if not methods:
        return set()
    return {"Query", *(f"Query.{method}" for method in methods)}
