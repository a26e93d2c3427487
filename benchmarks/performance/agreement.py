"""Whether the contestants answer alike: what differs cannot be compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from .contestants import CONTESTANTS, STARTER
from .workers import Worker
from .workloads import Workload

HEADERS = ("Content-Type", "Link", "Location", "Vary")


def check(workers: Iterable[Worker], workloads: Iterable[Workload]) -> None:
    """Compare what each contestant answers with what the starter does.

    :raises SystemExit: one answers otherwise; the text says which and how.
    """
    asked = list(workers)
    for workload in workloads:
        shown = {worker.name: essence(worker.tell("show", workload)) for worker in asked}
        first = STARTER if STARTER in shown else asked[0].name
        for name, answer in shown.items():
            for part, said in answer.items():
                whole = CONTESTANTS[name].whole and CONTESTANTS[first].whole
                if said != shown[first][part] and (whole or part in ("status", "body")):
                    sys.exit(
                        f"{workload.title}: {part} of {name} is {said!r:.200}, "
                        f"and of {first} {shown[first][part]!r:.200}. Did its view change?"
                    )


def essence(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an answer that must be equal; each who creates has its own id."""
    headers = {name: value for name, value in answer["headers"] if name in HEADERS}
    body = json.loads(answer["body"])  # one writes a space or a line end where another does not
    if answer["status"].startswith("201"):
        if location := headers.get("Location"):
            headers["Location"] = location.removesuffix(f"/{body['id']}")
        body["id"] = "its own"
    return {
        "status": answer["status"],
        "body": body,
        **{name: headers.get(name) for name in HEADERS},
    }
