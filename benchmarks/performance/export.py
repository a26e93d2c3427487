"""One export in a fresh process: how long it takes, and how much memory.

Run as ``python -m benchmarks.performance.export KIND`` with the databases' URLs in the environment.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from flask import Flask, Response
from sqlalchemy import select

import starter
from starter.db import Session
from starter.messages import lines
from starter.models import Message
from starter.settings import Settings
from starter.web.json import NDJSON

from .drivers import Row, driver
from .worker import Answer
from .workloads import Workload

WARM_URL = "WARM_URL"  # of a small database with the same table
STARTER, RAW, ALL = "starter", "raw", "all"
PATHS = {STARTER: "/messages", RAW: "/raw", ALL: "/all"}


def create_app(url: str) -> Flask:
    """Make the starter with two more ways to export; the driver's is of the same kind of view."""
    app = starter.create_app(Settings(url=url))
    using = driver(url)

    @app.get(PATHS[RAW])
    def raw() -> Response:
        return Response(map(encoded, using.batches()), mimetype=NDJSON)

    @app.get(PATHS[ALL])
    def everything() -> Response:
        found = Session.scalars(select(Message).order_by(Message.id)).all()
        return Response(encoded((one.id, one.message) for one in found), mimetype=NDJSON)

    return app


def encoded(rows: Iterable[Row]) -> bytes:
    return lines.encode_lines([{"id": id, "message": text} for id, text in rows])


class Stream(Answer):
    """An answer whose parts are let go, as a server does."""

    def parts(self) -> Iterator[bytes]:
        body = self.app(self.environ.copy(), self.start_response)
        yield from body
        body.close()  # type: ignore[attr-defined]

    def rows(self) -> int:
        found = sum(part.count(b"\n") for part in self.parts())
        self.check()
        return found


def peak() -> int:
    """Return the most bytes that this process has had in memory.

    Not by getrusage(), where Linux lets a process begin with what its parent had.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def measure(kind: str) -> dict[str, Any]:
    """Return how many rows were exported, in which seconds, and the bytes that the peak rose by."""
    export = Workload("export", PATHS[kind], accept=NDJSON)
    Stream(create_app(os.environ[WARM_URL]), export).rows()
    app = create_app(os.environ["SQLALCHEMY_URL"])
    Stream(app, Workload("connect", "/messages?limit=1")).rows()
    before, began = peak(), perf_counter()
    rows = Stream(app, export).rows()
    return {"rows": rows, "seconds": perf_counter() - began, "bytes": peak() - before}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
