"""The export: every message, in constant memory, with no connection held while it is read."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from conftest import in_use
from flask import Flask
from sqlalchemy import delete, insert
from werkzeug import Response

from starter.db.engines import Database
from starter.models import Message

NDJSON = {"Accept": "application/x-ndjson"}


def fill(app: Flask, number: int) -> Database:
    database: Database = app.extensions["database"]
    with database.engine.begin() as connection:
        for begin in range(0, number, 10_000):
            texts = range(begin, min(begin + 10_000, number))
            connection.execute(insert(Message), [{"message": f"number {n}"} for n in texts])
    return database


@pytest.fixture
def export(live_app: Flask) -> Iterator[Response]:
    fill(live_app, 2500)
    with live_app.test_client().get("/messages", headers=NDJSON) as response:
        yield response


def test_the_export_has_every_message_once_and_in_order(export: Response) -> None:
    assert export.content_type == "application/x-ndjson"
    lines = [json.loads(line) for line in export.data.splitlines()]
    assert [line["message"] for line in lines] == [f"number {n}" for n in range(2500)]
    assert [line["id"] for line in lines] == sorted({line["id"] for line in lines})


@pytest.mark.parametrize("number", [0, 1, 1000, 1001])
def test_a_table_of_any_size_is_exported_whole(live_app: Flask, number: int) -> None:
    fill(live_app, number)
    response = live_app.test_client().get("/messages", headers=NDJSON)
    assert len(response.data.splitlines()) == number


def test_a_client_that_does_not_read_holds_no_connection(live_app: Flask) -> None:
    database = fill(live_app, 5000)
    response = live_app.test_client().get("/messages", headers=NDJSON)
    parts = response.iter_encoded()
    for _ in range(3):
        assert next(parts)
        assert in_use(database) == 0
    response.close()


def test_what_is_written_during_the_export_neither_hurts_nor_hides(live_app: Flask) -> None:
    database = fill(live_app, 3000)
    response = live_app.test_client().get("/messages", headers=NDJSON)
    parts = response.iter_encoded()
    body = next(parts)
    with database.engine.begin() as connection:
        connection.execute(delete(Message).where(Message.message == "number 500"))
        connection.execute(insert(Message), [{"message": "late"}])
    body += b"".join(parts)
    seen = [json.loads(line)["message"] for line in body.splitlines()]
    assert seen == [f"number {n}" for n in range(3000)] + ["late"]


def test_the_memory_of_an_export_does_not_grow_with_the_table(live_app: Flask) -> None:
    def peak() -> int:
        with live_app.test_client().get("/messages", headers=NDJSON) as response:
            tracemalloc.start()
            size = sum(len(part) for part in response.iter_encoded())
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert size > most  # the whole is never in memory
        return most

    fill(live_app, 20_000)
    few = peak()
    fill(live_app, 60_000)
    assert peak() < few * 1.5
