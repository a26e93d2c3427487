"""Writes the new module of a project, ``db.py``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import PurePosixPath

from ...project import Change, Class, Source
from ..survey import (
    IMPORTED_NAMES,
    MODULE_DOCSTRING,
    Constructor,
    Project,
    Survey,
    engines_of_session,
    is_of_extension,
    own_session,
    uses,
)
from .cutting import cut
from .deciding import decided


def write(seen: Survey, features: set[str]) -> Iterator[Change]:
    """Yield the new module and the modules that go with it.

    :param features: what the new module must define.
    """
    project = seen.project
    assert project is not None
    text = text_of(
        seen.constructor,
        _source_of_home(seen.python[project.home], seen.constructor, project.name),
        features,
        project.sqlalchemy,
        has_base=_is_declarative_elsewhere(project, seen.constructor),
    )
    yield Change(project.new_module, None, text.encode())
    if "server_sessions" in features:
        beside = text_beside("server_sessions", project.new_module, features)
        yield Change(project.sibling("server_sessions"), None, beside.encode())


def _source_of_home(text: str, given: Constructor, name: str) -> Source:
    """Return the source that created the ``db``, with ``db.session`` replaced by ``Session``."""
    source = Source(text)
    for _, attribute in uses(given, name):
        if attribute is not None:
            source.replace(*source.span(attribute), "Session")
    for node, counterpart in engines_of_session(given):
        source.replace(*source.span(node), counterpart)
    return source


def _is_declarative_elsewhere(project: Project, settings: Constructor) -> bool:
    """Return whether another module defines the ``model_class``, as a declarative base."""
    given = project.index.evaluate(project.home, settings.options.get("model_class", ""))
    info = project.index.class_info(given) if isinstance(given, Class) else None
    return info is not None and any("DeclarativeBase" in base for base in info.bases)


def text_of(
    settings: Constructor, home: Source, features: set[str], sqlalchemy: str, *, has_base: bool
) -> str:
    """Return the text of the new module.

    :param has_base: the ``model_class`` is a declarative base of another module.
    """
    features = set(features)
    moved = {name: _text(home, node) for name, node in settings.moved.items()}
    options = settings.options
    if settings.subclass is not None:
        moved.pop(settings.subclass.name)
    replaced = {}
    if "engine_options" in options:
        replaced["ENGINE_OPTIONS"] = f"ENGINE_OPTIONS = {options['engine_options']}"
    after = _extended_classes(settings, moved, features)
    query = settings.renamed.get("Query", "Query")
    if "query_class" in options:
        features |= {"query_cls"}
    if "query_cls" in features and "QueryProperty" in features:
        features |= {"query_class"}
    if settings.renamed.get("ModelMethods", "ModelMethods") in after:
        features |= {"ModelMethods"}
    replaced["Base"] = _base(settings, moved, features, sqlalchemy, has_base=has_base)
    body, imports = cut(_parts(features), features, replaced, after, settings.renamed)
    if "query_class" in options:
        body = body.replace(f"query_cls={query}", f"query_cls={options['query_class']}")
        body = body.replace(
            f"query_class: Any = {query}", f"query_class: Any = {options['query_class']}"
        )
    if "session_options" in options:
        given = _as_arguments(settings.nodes["session_options"], options["session_options"])
        body = body.replace("**SESSION_OPTIONS", given)
    if own := own_session(settings):
        bound = settings.renamed.get("BoundSession", "BoundSession")
        body = body.replace(f"class_={bound}", f"class_={own}")
    if settings.subclass is not None:
        body = f"{body}\n\n\n{settings.subclass.functions(home)}"
    needed = [
        ast.unparse(node) if not isinstance(node, ast.ImportFrom) else _said(node, name)
        for name, node in settings.imports.items()
        if not is_of_extension(node)
    ]
    lines = [MODULE_DOCSTRING, "", "from __future__ import annotations", "", *imports, *needed, ""]
    return "\n".join([*lines, "\n\n".join(moved.values()), "", body])


def _as_arguments(node: ast.expr, text: str) -> str:
    """Return a dictionary as arguments of a call."""
    if isinstance(node, ast.Dict):
        keys = [getattr(key, "value", None) for key in node.keys]
        if all(isinstance(key, str) and key.isidentifier() for key in keys):
            values = map(ast.unparse, node.values)
            return ", ".join(f"{key!s}={value}" for key, value in zip(keys, values, strict=True))
    return f"**{text}"


def text_beside(name: str, new_module: str, features: set[str]) -> str:
    """Return the text of a module that imports from the new module.

    :param name: the name of a module in ``parts/``.
    :param features: what the project needs.
    """
    text = files(f"{__package__}.parts").joinpath(f"{name}.py").read_text("utf-8")
    module = PurePosixPath(new_module).stem
    return re.sub(
        r"^from \.\w+ import", f"from .{module} import", decided(text, features), flags=re.M
    )


def _extended_classes(
    settings: Constructor, moved: dict[str, str], features: set[str]
) -> dict[str, str]:
    """Return the moved classes that extend a class of the new module, by its name."""
    after: dict[str, str] = {}
    for name, node in settings.moved.items():
        base = settings.extends(node) if name in moved else None
        known = IMPORTED_NAMES.get(base[1]) if base is not None else None
        if base is not None and known == "Query" and "Query" not in features:
            moved[name] = re.sub(rf"\b{re.escape(base[0])}\b", "orm.Query", moved[name])
        elif base is not None and known is not None:
            known = settings.renamed.get(known, known)
            text = re.sub(rf"\b{re.escape(base[0])}\b", known, moved.pop(name))
            after[known] = f"{after[known]}\n\n\n{text}" if known in after else text
    return after


def _said(node: ast.ImportFrom, name: str) -> str:
    alias = next(a for a in node.names if (a.asname or a.name) == name)
    return f"from {'.' * node.level}{node.module or ''} import {ast.unparse(alias)}"


def _parts(features: set[str]) -> list[str]:
    """Return the parts to assemble, in the order of the new module."""
    two, has_binds = "Flask-SQLAlchemy 2" in features, "SQLALCHEMY_BINDS" in features
    of_queries = ["own_pages" if "own pages" in features else "pages", "not_found"]
    of_queries += ["queries"] if "Query" in features else []
    database = [
        *("model_query", "models", "base", "sessions"),
        *(["engines_2"] if two else ["engines", *(["binds"] if has_binds else [])]),
        *("engine", "shell", "recording", "tracking"),
    ]
    if "query_cls" in features:  # the session is created with it
        return [*of_queries, *database, "face"]
    return [*database, *of_queries, "face"]


def _text(home: Source, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", None)
    start, end = home.span(node)
    if decorators:
        start = home.text.rfind("@", 0, home.span(decorators[0])[0])
    return home.result(start, end).replace("\r\n", "\n")


def _base(
    settings: Constructor,
    moved: dict[str, str],
    features: set[str],
    sqlalchemy: str,
    *,
    has_base: bool,
) -> str:
    """Return the declarative base."""
    given = settings.nodes.get("model_class")
    has_methods = "ModelMethods" in features
    if isinstance(given, ast.Name) and given.id in settings.moved:
        node = settings.moved[given.id]
        if isinstance(node, ast.ClassDef) and _is_declarative(node):
            text = moved.pop(given.id)
            # After the definitions that it may use, and before those that use it.
            if has_methods:
                text = text.replace("(", "(ModelMethods, ", 1)
            return text if given.id == "Base" else f"{text}\n\n\nBase = {given.id}"
    bases = [settings.options["model_class"]] if given is not None else []
    bases += ["ModelMethods"] if has_methods else []
    metadata = settings.options.get("metadata")
    if sqlalchemy < "2":
        arguments = [f"metadata={metadata}"] if metadata else []
        if len(bases) == 2:
            arguments.append(f"cls=type('Model', ({', '.join(bases)}), {{}})")
        elif bases:
            arguments.append(f"cls={bases[0]}")
        return f"Base: Any = orm.declarative_base({', '.join(arguments)})"
    bases = [*reversed(bases)] if has_base else [*bases, "orm.DeclarativeBase"]
    lines = [f"class Base({', '.join(bases)}):", '    """The base of every model."""']
    if has_base:  # it keeps the metadata of its base
        lines += ["", "    __abstract__ = True"]
    if metadata is not None:
        lines += ["", f"    metadata = {metadata}"]
    return "\n".join(lines)


def _is_declarative(node: ast.ClassDef) -> bool:
    return any("DeclarativeBase" in ast.unparse(base) for base in node.bases)
