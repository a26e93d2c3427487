"""What the contestants are asked: one request, again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.test import create_environ

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# In the table: PostgreSQL plans a page otherwise where the table is hardly longer than the page.
ROWS = 10_000
JSON = "application/json"


@dataclass(frozen=True)
class Workload:
    """A request.

    :param title: for the reader.
    :param path: with the query string.
    :param text: of the message that is posted.
    """

    title: str
    path: str
    status: int = 200
    text: str | None = None
    accept: str = "*/*"

    @property
    def body(self) -> bytes:
        return b"" if self.text is None else json.dumps({"message": self.text}).encode()

    def environ(self) -> WSGIEnvironment:
        """Return the environ of a server; it is good for one call, for more its copies are."""
        path, _, query = self.path.partition("?")
        return create_environ(
            path,
            query_string=query,
            method="GET" if self.text is None else "POST",
            headers={"Accept": self.accept, "User-Agent": "benchmark/1"},
            data=self.body or None,
            content_type=JSON if self.body else None,
        )


# The one that writes is the last: the others shall meet the same rows in each round.
WORKLOADS = {
    workload.title: workload
    for workload in (
        Workload("page of 3", "/messages?limit=3"),
        Workload("page of 100", "/messages?limit=100"),
        Workload("page of 1000", "/messages?limit=1000"),
        Workload("one by id", f"/messages/{ROWS // 2}"),
        Workload("create", "/messages", 201, "It is good to see you here."),
    )
}
NOTHING = Workload("nothing", "/healthz")
