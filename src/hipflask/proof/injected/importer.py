"""Imports a project's modules one by one, in its own Python: ``importer.py REQUEST ANSWER``.

The request is JSON: ``modules``, each with its dotted name, the folder that the name starts from
and its file; ``skip``, the names of files that are not tried; ``seconds`` for each of them. The
answer has a line of JSON for each module as it is begun and as it ends, so that a module that hangs
or ends the process is known.
"""

from __future__ import annotations

import faulthandler
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

REFUSED = "hipflask opens no connection to a database outside of the copy"


def main(request: dict[str, Any], answer: TextIO) -> None:
    """Import each module, and write down what became of it."""
    here = os.getcwd()
    sys.argv[1:] = []
    roots = dict.fromkeys(os.path.abspath(folder) for folder in (".", "src"))
    sys.path[1:1] = [folder for folder in roots if os.path.isdir(folder) and folder not in sys.path]
    warnings.simplefilter("ignore")
    guard_databases()
    for name, folder, path in request["modules"]:
        if path in request["skip"]:
            continue
        say(answer, path, None)
        # Ends the process, from a thread that needs no lock of Python.
        faulthandler.dump_traceback_later(request["seconds"], exit=True)
        error = failure(name, os.path.join(here, folder), os.path.join(here, path))
        faulthandler.cancel_dump_traceback_later()
        say(answer, path, error)
        os.chdir(here)


def say(answer: TextIO, path: str, error: str | None) -> None:
    answer.write(json.dumps([path, error]) + "\n")
    answer.flush()


def failure(name: str, folder: str, path: str) -> str:
    """Import a module as from its folder; return why it cannot be, or an empty string."""
    before = list(sys.path)
    sys.path.insert(0, os.path.normpath(folder))
    try:
        module = importlib.import_module(name)
        if not is_from(module, path):  # another file of the name was there first
            load(name, path)
    except BaseException as error:
        # A test module that skips itself can be imported.
        return "" if type(error).__name__ == "Skipped" else said(error)
    finally:
        sys.path[:] = before
    return ""


def is_from(module: ModuleType, path: str) -> bool:
    found = getattr(module, "__file__", None)
    return found is not None and os.path.realpath(found) == os.path.realpath(path)


def load(name: str, path: str) -> None:
    """Import a file under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"hipflask {path}", path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def said(error: BaseException) -> str:
    """Return the last line of an error, and the line of the project that raised it."""
    line = traceback.format_exception_only(type(error), error)[-1].strip()
    here = os.path.realpath(os.getcwd()) + os.sep
    places = [
        f"{os.path.relpath(os.path.realpath(frame.filename), here)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.realpath(frame.filename).startswith(here) and frame.filename != __file__
    ]
    return " ".join([line, *(f"({place})" for place in places[-1:])]).replace(here, "")


def guard_databases() -> None:
    """Let imports open no database but SQLite in memory, in the copy and in temporary folders."""
    try:
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
    except ImportError:
        return
    allowed = [os.path.realpath(folder) + os.sep for folder in (".", tempfile.gettempdir())]

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, record: Any, args: Any, options: Any) -> None:
        if dialect.name == "sqlite":
            named = str(args[0] if args else options.get("database", "")).replace("file:", "", 1)
            path = os.path.realpath(named.partition("?")[0])
            if ":memory:" in named or not named or path.startswith(tuple(allowed)):
                return
        raise ConnectionRefusedError(REFUSED)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with open(sys.argv[2], "a", encoding="utf-8") as told:
        main(asked, told)
        told.flush()
        os._exit(0)  # not to wait for threads that an import started
