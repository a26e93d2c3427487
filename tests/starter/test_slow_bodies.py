"""Clients that send their body slowly, or half of it, met by a server as users start it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Running, serving
from sqlalchemy import URL

# A body is refused before any database is asked.
pytestmark = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)

HEAD = (
    b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Connection: close\r\nContent-Length: 30\r\n\r\n"
)


@pytest.fixture
def server(url: URL, tmp_path: Path) -> Iterator[Running]:
    shown = url.render_as_string(hide_password=False)
    environment = {"SQLALCHEMY_URL": shown, "FLASK_BODY_TIMEOUT": "2"}
    with serving(tmp_path, environment) as running:
        yield running
        assert running.ask("GET", "/messages") == (200, b"[]\n")


def send(server: Running, *parts: bytes, end: bool) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=300) as client:
        for part in parts:
            client.sendall(part)
        if end:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while part := client.recv(65536):
            answer += part
        return answer


@pytest.mark.parametrize("end", [True, False], ids=["ends", "stalls"])
@pytest.mark.parametrize("sent", [b"", b'{"message": "ha'], ids=["nothing", "half"])
def test_a_body_that_ends_or_stalls_half_way_is_a_400_problem(
    server: Running, sent: bytes, end: bool
) -> None:
    answer = send(server, HEAD, sent, end=end)
    assert b" 400 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer


def test_a_body_over_the_limit_is_413_over_the_wire(server: Running) -> None:
    body = b'{"message": "' + b"x" * 200_000 + b'"}'
    status, answer = server.ask("POST", "/messages", body, Content_Type="application/json")
    assert (status, b'"status":413' in answer) == (413, True)


def test_a_body_over_the_limit_that_does_not_tell_its_length_is_413(server: Running) -> None:
    head = HEAD.replace(b"Content-Length: 30", b"Transfer-Encoding: chunked")
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    answer = send(server, head, *[chunk] * 17, b"0\r\n\r\n", end=False)
    assert b" 413 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer
