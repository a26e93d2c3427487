"""Describes what a project's models are, in its own Python: ``probe.py REQUEST ANSWER``.

The request is JSON: ``modules`` to import, the ``folder`` that their names start from, ``app`` as
``flask --app`` takes it or null, and ``databases``, a folder for SQLite files, with ``create`` if
they are to be made; without ``databases`` the modules are imported and nothing else. The answer is
JSON too.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request."""
    # What `python -m` and `flask` do too: the project's root is where its modules are found.
    roots = dict.fromkeys(os.path.abspath(folder) for folder in (".", "src", request["folder"]))
    sys.path[1:1] = [folder for folder in roots if is_new(folder)]
    warnings.simplefilter("ignore")
    failed = imported(request["modules"], request["app"])
    if request["databases"] is None:
        return {"failed": failed}
    from sqlalchemy.orm import configure_mappers

    configured = attempt(configure_mappers)
    gc.collect()
    described = {
        "failed": failed,
        "configured": configured,
        "tables": tables(),
        "classes": {} if configured else classes(),
    }
    described["autogenerate"] = autogenerate(Path(request["databases"]), request["create"])
    return described


def is_new(folder: str) -> bool:
    """Return whether a folder is there and not yet in the search path."""
    return os.path.isdir(folder) and folder not in sys.path


def imported(modules: list[str], app: str | None) -> dict[str, str]:
    """Import modules, in an app's context where they need one; return why some cannot be."""
    failed = {name: error for name in modules if (error := load(name)) is not None}
    if app is not None or any("application context" in error for error in failed.values()):
        error = attempt(lambda: push(app))
        if error is not None:
            failed["the app"] = error
        failed.update({name: str(error) for name in modules if (error := load(name)) is not None})
        for name in modules:
            if name in sys.modules:
                failed.pop(name, None)
    return failed


def load(name: str) -> str | None:
    """Import a module; return the error, if there is one."""
    return attempt(lambda: importlib.import_module(name))


def push(app: str | None) -> None:
    """Make the app as ``flask`` would, and enter its context."""
    from flask.cli import ScriptInfo, load_dotenv

    load_dotenv()
    ScriptInfo(app_import_path=app or os.environ.get("FLASK_APP")).load_app().app_context().push()


def attempt(action: Callable[[], Any]) -> str | None:
    """Do something; return the error in one line, if there is one."""
    try:
        action()
    except (Exception, SystemExit) as error:
        return plain(f"{type(error).__name__}: {str(error).strip()}".splitlines()[0])
    return None


def alive(kind: type) -> list[Any]:
    """Return the objects of a type, wherever the project keeps them."""
    return [thing for thing in gc.get_objects() if issubclass(type(thing), kind)]


def plain(thing: Any) -> str:
    """Return a text for a thing that is the same in another process."""
    try:
        text = str(thing)
    except Exception:  # a construct that SQLAlchemy compiles for one dialect only
        text = repr(thing)
    return ADDRESS.sub("", text)


def bind_of(table: Any) -> str:
    """Return the bind key of a table, which is empty for the default bind."""
    key = table.info.get("bind_key") or table.metadata.info.get("bind_key")
    return "" if key is None else str(key)


def all_metadata() -> list[Any]:
    """Return the collections of tables that are not empty, without SQLAlchemy's own."""
    from sqlalchemy import MetaData

    # Its dialects keep the catalogues of their databases so.
    own = {
        id(thing)
        for name, module in list(sys.modules.items())
        if name.startswith("sqlalchemy.")
        for thing in list(vars(module).values())
    }
    return [found for found in alive(MetaData) if found.tables and id(found) not in own]


def tables() -> dict[str, list[Any]]:
    """Describe the tables by bind and name; a name may be used in several metadata."""
    found: dict[str, list[Any]] = {}
    for metadata in all_metadata():
        for table in metadata.tables.values():
            bind = bind_of(table)
            name = f"{table.fullname} of the bind {bind}" if bind else table.fullname
            found.setdefault(name, []).append(table_of(table))
    return {name: sorted(found[name], key=json.dumps) for name in sorted(found)}


def table_of(table: Any) -> dict[str, Any]:
    """Describe a table; its DDL in three dialects says what no list of attributes would."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return {
        "schema": table.schema,
        "comment": table.comment,
        "info": jsonable({key: table.info[key] for key in table.info if key != "bind_key"}),
        "columns": {column.name: column_of(column) for column in table.columns},
        "order of columns": [column.name for column in table.columns],
        "constraints": sorted(
            (constraint_of(constraint) for constraint in table.constraints), key=json.dumps
        ),
        "DDL": compiled(CreateTable(table)),
        "indexes": {str(index.name): compiled(CreateIndex(index)) for index in indexes},
        "dialect options": plain(
            sorted((str(key), repr(table.dialect_kwargs[key])) for key in table.dialect_kwargs)
        ),
    }


def column_of(column: Any) -> dict[str, Any]:
    """Describe a column, with what its DDL does not show."""
    return {
        "key": column.key,
        "type": {
            "class": type(column.type).__qualname__,
            "arguments": plain(repr(column.type)),
            **compiled(column.type),
        },
        "nullable": column.nullable,
        "primary key": column.primary_key,
        "autoincrement": plain(column.autoincrement),
        "index": column.index,
        "unique": column.unique,
        "default": default_of(column.default),
        "onupdate": default_of(column.onupdate),
        "server default": server_default_of(column.server_default),
        "server onupdate": server_default_of(column.server_onupdate),
        "comment": column.comment,
        "info": jsonable(column.info),
    }


def constraint_of(constraint: Any) -> dict[str, Any]:
    """Describe a constraint."""
    described = {
        "kind": type(constraint).__name__,
        # The text alone: that a naming convention made it is in the DDL.
        "name": None if constraint.name is None else plain(constraint.name),
        "columns": [column.name for column in getattr(constraint, "columns", [])],
        "deferrable": constraint.deferrable,
        "initially": constraint.initially,
    }
    if hasattr(constraint, "sqltext"):
        described["check"] = plain(constraint.sqltext)
    if hasattr(constraint, "elements"):
        described["targets"] = [element.target_fullname for element in constraint.elements]
        for name in ("onupdate", "ondelete", "match", "use_alter"):
            described[name] = getattr(constraint, name)
    return described


def default_of(default: Any) -> str | None:
    """Describe a default on the client's side."""
    if default is None:
        return None
    argument = getattr(default, "arg", default)
    if callable(argument):
        argument = getattr(argument, "__qualname__", argument)
    return f"{type(default).__name__} {plain(argument)}"


def server_default_of(default: Any) -> str | None:
    """Describe a default on the server's side."""
    if default is None:
        return None
    argument = getattr(default, "arg", getattr(default, "sqltext", ""))
    return f"{type(default).__name__} {plain(argument)}"


def jsonable(info: Any) -> Any:
    """Return what is said about a thing, as far as it is data."""
    return json.loads(
        json.dumps(dict(info), default=lambda thing: type(thing).__qualname__, skipkeys=True)
    )


def compiled(element: Any) -> dict[str, str]:
    """Return what an element is in three dialects, or why it is nothing there."""
    from sqlalchemy.dialects import mysql, postgresql, sqlite

    texts = {}
    for dialect in (sqlite, postgresql, mysql):
        name = dialect.__name__.rpartition(".")[2]
        try:
            texts[name] = plain(element.compile(dialect=dialect.dialect())).strip()
        except Exception as error:
            texts[name] = plain(f"cannot be: {error}".splitlines()[0])
    return texts


def classes() -> dict[str, Any]:
    """Describe the mapped classes by module and name."""
    from sqlalchemy.orm import Mapper

    found: dict[str, Any] = {}
    for mapper in alive(Mapper):
        cls = mapper.class_
        found.setdefault(f"{cls.__module__}.{cls.__qualname__}", []).append(class_of(mapper))
    return {name: sorted(found[name], key=json.dumps) for name in sorted(found)}


def class_of(mapper: Any) -> dict[str, Any]:
    """Describe a mapped class."""
    return {
        "table": plain(mapper.local_table),
        "inherits": mapper.inherits and mapper.inherits.class_.__qualname__,
        "polymorphic on": mapper.polymorphic_on is not None and plain(mapper.polymorphic_on),
        "polymorphic identity": plain(repr(mapper.polymorphic_identity)),
        "primary key": [plain(column) for column in mapper.primary_key],
        "version": mapper.version_id_col is not None and plain(mapper.version_id_col),
        "columns": {
            attribute.key: [plain(column) for column in attribute.columns]
            for attribute in mapper.column_attrs
        },
        "relationships": {
            relation.key: relationship_of(relation) for relation in mapper.relationships
        },
        "attributes": sorted(str(key) for key in mapper.all_orm_descriptors.keys()),  # noqa: SIM118,
    }


def relationship_of(relation: Any) -> dict[str, Any]:
    """Describe a relationship."""
    return {
        "target": relation.mapper.class_.__qualname__,
        "direction": relation.direction.name,
        "lazy": plain(relation.lazy),
        "cascade": sorted(relation.cascade),
        "uselist": relation.uselist,
        "secondary": relation.secondary is not None and plain(relation.secondary),
        "primaryjoin": plain(relation.primaryjoin),
        "secondaryjoin": relation.secondaryjoin is not None and plain(relation.secondaryjoin),
        "order by": [plain(part) for part in relation.order_by or []],
        "reverse": sorted(plain(other) for other in relation._reverse_property),
        "viewonly": relation.viewonly,
        "passive deletes": plain(relation.passive_deletes),
        "passive updates": plain(relation.passive_updates),
        "post update": relation.post_update,
    }


def autogenerate(folder: Path, create: bool) -> dict[str, Any]:
    """Say what Alembic would change in databases that hold the tables as they were before.

    SQLite does not give back all that it was told, so that some changes are seen even in what was
    just created. The run before the conversion says which.
    """
    try:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext
    except ImportError:
        return {"skipped": "Alembic is not installed in the project's Python"}
    by_bind: dict[str, list[Any]] = {}
    for metadata in all_metadata():
        for bind in sorted({bind_of(table) for table in metadata.tables.values()}):
            by_bind.setdefault(bind, []).append(metadata)
    found: dict[str, Any] = {}
    skipped = folder / "skipped"
    for bind, held in sorted(by_bind.items(), key=lambda item: item[0]):
        schemas = {table.schema for metadata in held for table in metadata.tables.values()}
        engine = database(folder, bind, sorted(schema for schema in schemas if schema))
        with engine.connect() as connection:
            try:
                if create:
                    make(connection, bind, held)
            except Exception as error:
                skipped.write_text(plain(f"{error}".splitlines()[0]), encoding="utf-8")
            if skipped.exists():
                reason = skipped.read_text(encoding="utf-8")
                return {"skipped": f"SQLite cannot hold the tables: {reason}"}
            options = {"compare_type": True, "compare_server_default": True}
            options["include_schemas"] = bool(schemas - {None})
            context = MigrationContext.configure(connection, opts=options)
            target: Any = held[0] if len(held) == 1 else held
            try:
                changes = compare_metadata(context, target)
            except Exception as error:
                return {"skipped": plain(f"Alembic cannot compare: {error}".splitlines()[0])}
            found[bind] = sorted(plain(repr(change)) for change in changes)
    return {"changes": found}


def database(folder: Path, bind: str, schemas: list[str]) -> Any:
    """Return an engine on the file of a bind, to which a file for each schema is attached."""
    from sqlalchemy import create_engine, event

    name = re.sub(r"\W", lambda match: f"-{ord(match[0])}", bind)
    engine = create_engine(f"sqlite:///{folder / f'bind-{name}.db'}")

    @event.listens_for(engine, "connect")
    def attach(connection: Any, record: Any) -> None:
        for number, schema in enumerate(schemas):
            path = str(folder / f"bind-{name}-{number}.db")
            connection.execute(f"ATTACH ? AS {json.dumps(schema)}", [path])

    return engine


def make(connection: Any, bind: str, all_metadata: list[Any]) -> None:
    """Create the tables of a bind."""
    for metadata in all_metadata:
        metadata.create_all(
            connection, [table for table in metadata.sorted_tables if bind_of(table) == bind]
        )
    if hasattr(connection, "commit"):
        connection.commit()


if __name__ == "__main__":
    answer = main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
