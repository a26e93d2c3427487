"""What the new module must define, and which branches of ``parts/`` apply."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..survey import COMPATIBILITY_FEATURES, Constructor, Project, Survey

# Each brings more with it.
MORE = {
    "track_modifications": {"note_changes", "announce_before", "announce", "forget_changes"},
    "query_class": {"ModelMethods"},
    "QueryProperty": {"ModelMethods"},
    "ModelMethods.__repr__": {"ModelMethods"},
    "SQLALCHEMY_BINDS": {"ModelMethods"},
    "Pagination()": {"Pagination.query", "Pagination.total"},
    "Pagination.next": {"paginate(page)", "paginate(per_page)", "paginate(error_out)"},
    "Pagination.prev": {"paginate(page)", "paginate(per_page)", "paginate(error_out)"},
}
# What an engine needs more than a URL for.
OF_ENGINE = {
    *("ENGINE_OPTIONS", "SQLALCHEMY_ENGINE_OPTIONS", "SQLALCHEMY_NATIVE_UNICODE", "pool settings"),
    *("MySQL", "SQLite in memory", "relative SQLite path", "URL from the environment"),
}
LOCATION = re.compile(r"\.(?:location|context)\b")


def needed(seen: Survey, asked: Iterable[set[str]]) -> set[str]:
    """Return the names that the new module must define, and what else the project needs.

    :param asked: the names that each rewritten file uses.
    """
    project, texts = seen.project, seen.python.values()
    assert project is not None
    features = {"Base", "Session", "init_app", *project.settings}.union(*asked)
    features |= _of_queries(project)
    if project.sqlalchemy < "2":
        features.add("SQLAlchemy 1.4")
    if project.generation == 2:
        features |= _of_2(features)
    else:
        features -= {"pool settings", "SQLALCHEMY_NATIVE_UNICODE", "SQLALCHEMY_COMMIT_ON_TEARDOWN"}
    if "__getattr__" in features:
        features.add("db.*")
    elif any(feature.startswith("db.") for feature in features):
        features.add("__getattr__")
    if project.security_uses_query:
        features |= {"query", "QueryProperty"}
    if project.skipped_rules:  # code that is not converted uses the old names
        features |= COMPATIBILITY_FEATURES
    if "SQLALCHEMY_BINDS" in features and any("flask_migrate" in text for text in texts):
        features |= {"get_engine", "get_engines", "metadata_of"}
    features |= _of_constructor(seen)
    if "no shell context" in features or project.generation == 2:
        features.discard("shell context")
    if _has_default_texts(seen):
        features.add("ModelMethods.__repr__")
    if "record_queries" in features and any(
        LOCATION.search(text) for text in texts if "_queries" in text
    ):
        features.add("location of queries")
    if features & {"metadata_of", "metadatas"}:
        features.add("SQLALCHEMY_BINDS")
    for feature in sorted(features & MORE.keys()):
        features |= MORE[feature]
    if features & OF_ENGINE:
        features.add("make_engine")
    return features


def _of_2(features: set[str]) -> set[str]:
    more = {"Flask-SQLAlchemy 2"}
    if "SQLALCHEMY_BINDS" in features:
        more.add("app argument")
    if "SQLALCHEMY_DATABASE_URI" not in features:
        more.add("SQLite in memory")  # the default
    return more


def _of_constructor(seen: Survey) -> set[str]:
    """Return what the arguments of ``SQLAlchemy()`` need."""
    given = seen.constructor
    more: set[str] = set()
    if "engine_options" in given.options:
        more.add("ENGINE_OPTIONS")
    if given.options.get("add_models_to_shell") == "False":
        more.add("no shell context")
    if "session_options" in given.options:
        more.add("SESSION_OPTIONS")
    if given.subclass is not None:
        more |= given.subclass.features
    return more


def _has_default_texts(seen: Survey) -> bool:
    """Return whether a text such as ``<User 1>`` is in the project, for a model without its own.

    Where a model is only printed or logged, nothing tells what the text is for.
    """
    assert seen.project is not None
    index = seen.project.index
    if _is_plain(seen.constructor.nodes.get("model_class"), seen.constructor):
        return False
    names = {
        model.name
        for model in index.classes()
        if index.is_model(model)
        and not any(
            {"__repr__", "__str__"} & known.names
            for base in (model, *index.ancestors(model))
            if (known := index.class_info(base)) is not None
        )
    }
    if not names:
        return False
    default = re.compile(rf"<(?:{'|'.join(map(re.escape, sorted(names)))}) [\w({{]")
    return any(default.search(text) for text in seen.python.values())


def _is_plain(base: ast.expr | None, settings: Constructor) -> bool:
    """Return whether the base inherits neither from the extension nor from SQLAlchemy."""
    if not isinstance(base, ast.Name):
        return False
    node = settings.moved.get(base.id)
    return base.id == "object" or (
        isinstance(node, ast.ClassDef) and all(_is_plain(child, settings) for child in node.bases)
    )


def _of_queries(project: Project) -> set[str]:
    """Return what the pages, and the methods that are left on queries, need."""
    features = {f"Pagination.{name}" for name in project.read_of_pages}
    if "Pagination.max_per_page" in features and project.generation > 2:
        features.add("own pages")
    for method in project.query_methods.left:
        features |= {"Query", "query_cls", f"Query.{method}", f"{method}(query)"}
    return features
