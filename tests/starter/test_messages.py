"""The /messages resource, as a client meets it."""

import re

import factories
import pytest
from conftest import in_use
from flask import Flask
from flask.testing import FlaskClient


def texts(client: FlaskClient, path: str = "/messages") -> list[str]:
    return [message["message"] for message in client.get(path).get_json()]


def next_page(response: object) -> str | None:
    link = response.headers.get("Link", "")  # type: ignore[attr-defined]
    match = re.fullmatch(r'<(.+)>; rel="next"', link)
    return match[1] if match else None


def test_the_greeting_is_json(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.get_json() == {"message": "Hello friend!"}
    assert response.content_type == "application/json"


def test_messages_are_listed_oldest_first_as_json(client: FlaskClient) -> None:
    first, second = factories.messages("first", "second")
    response = client.get("/messages")
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.get_json() == [
        {"id": first.id, "message": "first"},
        {"id": second.id, "message": "second"},
    ]
    assert "Link" not in response.headers


def test_an_empty_table_is_an_empty_list(client: FlaskClient) -> None:
    assert client.get("/messages").get_json() == []


def test_following_the_links_meets_every_message_once(client: FlaskClient) -> None:
    factories.messages(*"abcdefg")
    seen, path, pages = [], "/messages?limit=3", 0
    while path:
        response = client.get(path)
        seen += [message["message"] for message in response.get_json()]
        path, pages = next_page(response) or "", pages + 1
    assert seen == list("abcdefg")
    assert pages == 3


def test_a_full_last_page_has_no_link(client: FlaskClient) -> None:
    factories.messages("a", "b")
    assert next_page(client.get("/messages?limit=2")) is None


def test_a_page_has_100_messages_unless_told_and_at_most_1000(client: FlaskClient) -> None:
    factories.messages(*map(str, range(1001)))
    assert len(texts(client)) == 100
    assert len(texts(client, "/messages?limit=1000")) == 1000
    assert len(texts(client, "/messages?limit=1")) == 1


def test_a_cursor_stays_good_when_its_message_is_deleted(client: FlaskClient) -> None:
    created = factories.messages("a", "b", "c")
    following = next_page(client.get("/messages?limit=2"))
    assert following
    client.delete(f"/messages/{created[1].id}")
    assert texts(client, following) == ["c"]


def test_the_id_of_a_deleted_message_is_not_given_again(client: FlaskClient) -> None:
    last = factories.message()
    client.delete(f"/messages/{last.id}")
    assert client.post("/messages", json={"message": "new"}).get_json()["id"] > last.id


def test_a_created_message_stands_at_its_location(client: FlaskClient) -> None:
    response = client.post("/messages", json={"message": "hello"})
    assert response.status_code == 201
    assert response.get_json()["message"] == "hello"
    assert client.get(response.headers["Location"]).get_json() == response.get_json()


@pytest.mark.parametrize(
    "text",
    ["x", "x" * 2000, "😀" * 2000, "Ünïcödé", "a\nb\t'\"\\ %s {} <b>", "\u202eabc\ufeff", "é"],
    ids=[
        "short",
        "longest",
        "longest of four bytes",
        "accents",
        "special",
        "invisible",
        "combined",
    ],
)
def test_every_text_comes_back_as_it_was_sent(client: FlaskClient, text: str) -> None:
    location = client.post("/messages", json={"message": text}).headers["Location"]
    assert client.get(location).get_json()["message"] == text


def test_a_message_is_read_changed_and_deleted(client: FlaskClient) -> None:
    created = factories.message("before")
    path = f"/messages/{created.id}"
    assert client.get(path).get_json() == {"id": created.id, "message": "before"}
    changed = client.patch(path, json={"message": "after"})
    assert changed.status_code == 200
    assert changed.get_json() == {"id": created.id, "message": "after"}
    assert client.get(path).get_json()["message"] == "after"
    deleted = client.delete(path)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert client.get(path).status_code == 404


def test_changing_a_message_to_what_it_says_already_is_no_error(client: FlaskClient) -> None:
    path = f"/messages/{factories.message('same').id}"
    assert client.patch(path, json={"message": "same"}).status_code == 200


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_message_that_is_not_there_is_404(client: FlaskClient, method: str) -> None:
    body = {"json": {"message": "x"}} if method == "patch" else {}
    response = getattr(client, method)("/messages/999999999", **body)
    assert response.status_code == 404
    assert response.get_json()["detail"] == "There is no message 999999999."


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient) -> None:
    factories.messages("a", "b")
    for accept in ("application/json", "application/x-ndjson"):
        response = client.head("/messages?limit=1", headers={"Accept": accept})
        assert (response.status_code, response.content_type) == (200, accept)
        assert response.data == b""


def test_caches_are_told_that_the_listing_depends_on_accept(client: FlaskClient) -> None:
    for accept in ("application/json", "application/x-ndjson"):
        assert client.get("/messages", headers={"Accept": accept}).headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/messages"),
        ("GET", "/messages/1"),
        ("POST", "/messages"),
        ("PATCH", "/messages/1"),
        ("DELETE", "/messages/1"),
        ("GET", "/readyz"),
    ],
)
def test_no_connection_is_held_while_an_answer_is_sent(
    live_app: Flask, method: str, path: str
) -> None:
    body = {"message": "a"} if method in ("POST", "PATCH") else None
    response = live_app.test_client().open(path, method=method, json=body)
    assert in_use(live_app.extensions["database"]) == 0
    response.close()


def test_links_lead_to_where_the_app_is_mounted(client: FlaskClient) -> None:
    mounted = {"SCRIPT_NAME": "/caf\u00c3\u00a9 1"}  # as WSGI has the bytes of "/café 1"
    prefix = "/caf%C3%A9%201"
    made = client.post("/messages", json={"message": "a"}, environ_overrides=mounted)
    assert made.headers["Location"] == f"{prefix}/messages/{made.get_json()['id']}"
    client.post("/messages", json={"message": "b"})
    listed = client.get("/messages?limit=1", environ_overrides=mounted)
    assert listed.headers["Link"].startswith(f"<{prefix}/messages?limit=1&after=")
