"""Writes the new module of a project, ``db.py``."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import PurePosixPath

from ...project import Change, Source
from ..survey import (
    IMPORTED_NAMES,
    MODULE_DOCSTRING,
    Constructor,
    Survey,
    engines_of_session,
    is_of_extension,
    own_session,
    uses,
)
from .cutting import cut
from .pieces import Part


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
        project.generation,
        project.sqlalchemy,
    )
    yield Change(project.new_module, None, text.encode())
    if "server_sessions" in features:
        beside = text_beside("server_sessions", project.new_module)
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


def text_of(
    settings: Constructor, home: Source, features: set[str], generation: int, sqlalchemy: str
) -> str:
    """Return the text of the new module."""
    wanted = set(features)
    replaced: dict[str, str] = {}
    moved = {name: _text(home, node) for name, node in settings.moved.items()}
    options = settings.options
    wanted |= {"Base", "Session", "init_app"}
    if "engine_options" in options:
        wanted.add("ENGINE_OPTIONS")
        replaced["ENGINE_OPTIONS"] = f"ENGINE_OPTIONS = {options['engine_options']}"
    if "session_options" in options:
        wanted.add("SESSION_OPTIONS")
        replaced["SESSION_OPTIONS"] = f"SESSION_OPTIONS = {options['session_options']}"
    if settings.subclass is not None:
        wanted |= settings.subclass.features
        moved.pop(settings.subclass.name)
    if "Query" in wanted:
        wanted |= {"query_cls", "query_class"} if "QueryProperty" in wanted else {"query_cls"}
    if not _is_plain(settings.nodes.get("model_class"), settings):
        wanted.add("ModelMethods.__repr__")
    if options.get("add_models_to_shell") == "False":
        wanted.add("no shell")
    renamed = settings.renamed
    base = _base(settings, moved, sqlalchemy)
    if base:
        replaced["Base"] = base
    if sqlalchemy == "1.4" and "metadata" in options:
        replaced["metadata"] = f"metadata = {options['metadata']}"
        if options["metadata"] in moved:
            replaced["metadata"] = moved.pop("metadata", replaced["metadata"])
    after = _extended_classes(settings, moved)
    query = renamed.get("Query", "Query")
    wanted |= {"query_cls"} if query in after or "query_class" in options else set()
    body, imports = cut(_parts(wanted, generation, sqlalchemy), wanted, replaced, after, renamed)
    if "query_class" in options:
        body = body.replace(f"query_cls={query}", f"query_cls={options['query_class']}")
        body = body.replace(
            f"query_class: Any = {query}", f"query_class: Any = {options['query_class']}"
        )
    if own := own_session(settings):
        bound = renamed.get("BoundSession", "BoundSession")
        body = body.replace(f"class_={bound}", f"class_={own}")
    if settings.subclass is not None:
        body = f"{body}\n\n\n{settings.subclass.functions(home)}"
    needed = [
        ast.unparse(node) if not isinstance(node, ast.ImportFrom) else _said(node, name)
        for name, node in settings.imports.items()
        if not is_of_extension(node)
    ]
    lines = [MODULE_DOCSTRING, "", "from __future__ import annotations", "", *imports, *needed, ""]
    return formatted("\n".join([*lines, "\n\n".join(moved.values()), "", body]))


def text_beside(name: str, new_module: str) -> str:
    """Return the text of a module that imports from the new module.

    :param name: the name of a module in ``parts/``.
    """
    text = files(f"{__package__}.parts").joinpath(f"{name}.py").read_text("utf-8")
    module = PurePosixPath(new_module).stem
    return formatted(re.sub(r"^from \.\w+ import", f"from .{module} import", text, flags=re.M))


def _extended_classes(settings: Constructor, moved: dict[str, str]) -> dict[str, str]:
    """Return the moved classes that extend a class of the new module, by its name."""
    after: dict[str, str] = {}
    for name, node in settings.moved.items():
        base = settings.extends(node) if name in moved else None
        known = IMPORTED_NAMES.get(base[1]) if base is not None else None
        if base is not None and known is not None:
            known = settings.renamed.get(known, known)
            text = re.sub(rf"\b{re.escape(base[0])}\b", known, moved.pop(name))
            after[known] = f"{after[known]}\n\n\n{text}" if known in after else text
    return after


def _said(node: ast.ImportFrom, name: str) -> str:
    alias = next(a for a in node.names if (a.asname or a.name) == name)
    return f"from {'.' * node.level}{node.module or ''} import {ast.unparse(alias)}"


def _parts(wanted: set[str], generation: int, sqlalchemy: str) -> list[Part]:
    """Return the parts to assemble, in the order of the new module."""
    if generation == 2 and "__bind_key__" in wanted:
        wanted |= {"__table_cls__", "__init_subclass__"}
    many = bool(wanted & {"metadata_of", "metadatas", "engine_of"})
    if many:
        wanted |= {"metadata_of", "engine_of", "__init_subclass__", "metadatas"}
    new = sqlalchemy >= "2"
    if new:  # 3.0, the last for 1.4, sends an INSERT without a mapper to the default
        wanted.add("UpdateBase")
    base = Part("base" if new else "base_14")
    if generation == 2:
        models = Part("models", two=not new)
        return [
            *(Part("pages_2"), Part("not_found"), Part("queries_2"), Part("model_query")),
            *(models, base, Part("sessions_2"), Part("recording_2"), Part("tracking_2")),
            *(Part("engines_2"), Part("schema_2"), Part("tables"), Part("face", two=True)),
        ]
    schema = Part("binds" if many else "schema")
    return [
        *(Part("pages"), Part("not_found"), Part("queries"), Part("model_query")),
        *(Part("models"), base, Part("sessions"), Part("recording"), Part("tracking")),
        *(Part("engines"), schema, Part("shell"), Part("tables"), Part("face")),
    ]


def _text(home: Source, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", None)
    start, end = home.span(node)
    if decorators:
        start = home.text.rfind("@", 0, home.span(decorators[0])[0])
    return home.result(start, end).replace("\r\n", "\n")


def _base(settings: Constructor, moved: dict[str, str], sqlalchemy: str) -> str:
    """Return the declarative base if the project customizes it."""
    given = settings.nodes.get("model_class")
    if isinstance(given, ast.Name) and given.id in settings.moved:
        node = settings.moved[given.id]
        if isinstance(node, ast.ClassDef) and _is_declarative(node):
            text = moved.pop(given.id)
            # After the definitions that it may use, and before those that use it.
            head, bracket, rest = text.partition("(")
            text = f"{head}{bracket}ModelMethods, {rest}"
            return text if given.id == "Base" else f"{text}\n\n\nBase = {given.id}"
    bases = "ModelMethods, orm.DeclarativeBase"
    if given is not None:
        said = settings.options["model_class"]
        bases = f"{said}, {bases}"
    metadata = settings.options.get("metadata")
    if sqlalchemy < "2":
        if given is None:
            return ""
        cls = f"type('Model', ({settings.options['model_class']}, ModelMethods), {{}})"
        return f'Base: Any = orm.declarative_base(cls={cls}, name="Base", metadata=metadata)'
    if metadata is None and given is None:
        return ""
    body = ['    """The base of every model."""']
    if metadata is not None:
        body += ["", f"    metadata = {metadata}"]
    return "\n".join([f"class Base({bases}):", *body])


def _is_plain(base: ast.expr | None, settings: Constructor) -> bool:
    """Return whether the base inherits neither from the extension nor from SQLAlchemy."""
    if not isinstance(base, ast.Name):
        return False
    node = settings.moved.get(base.id)
    return base.id == "object" or (
        isinstance(node, ast.ClassDef) and all(_is_plain(child, settings) for child in node.bases)
    )


def _is_declarative(node: ast.ClassDef) -> bool:
    return any("DeclarativeBase" in ast.unparse(base) for base in node.bases)


def formatted(text: str) -> str:
    """Format Python with ruff, and sort its imports."""
    for command in (
        ("check", "--isolated", "--select=I001,F401", "--fix", "--exit-zero", "--quiet"),
        ("format", "--isolated", "--line-length=100"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout:
            text = done.stdout
    return text
