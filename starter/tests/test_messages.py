"""The /messages resource, as a client sees it."""

import json

import pytest
from flask.testing import FlaskClient

from starter.db import Session
from starter.models import Message

NDJSON = {"Accept": "application/x-ndjson"}


def store(*texts: str) -> list[Message]:
    """Store messages; the app sees them because they are committed."""
    stored = [Message(message=text) for text in texts]
    Session.add_all(stored)
    Session.commit()
    return stored


def texts(client: FlaskClient, path: str = "/messages") -> list[str]:
    return [message["message"] for message in client.get(path).get_json()]


def test_messages_are_listed_oldest_first(client: FlaskClient) -> None:
    first, second = store("first", "second")
    response = client.get("/messages")
    assert response.status_code == 200
    assert response.get_json() == [
        {"id": first.id, "message": "first"},
        {"id": second.id, "message": "second"},
    ]
    assert "Link" not in response.headers


def test_an_empty_table_is_an_empty_list(client: FlaskClient) -> None:
    assert client.get("/messages").get_json() == []


def test_following_the_links_finds_every_message_once(client: FlaskClient) -> None:
    store(*"abcdefg")
    found, path = [], "/messages?limit=3"
    while path:
        response = client.get(path)
        assert len(response.get_json()) <= 3
        found += [message["message"] for message in response.get_json()]
        path = response.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert found == list("abcdefg")


def test_a_page_has_100_messages_unless_a_limit_is_given(client: FlaskClient) -> None:
    store(*map(str, range(101)))
    assert len(texts(client)) == 100
    assert len(texts(client, "/messages?limit=1000")) == 101
    assert len(texts(client, "/messages?limit=1")) == 1


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=many", "after=", "after=forged"])
def test_a_page_that_does_not_exist_is_422(client: FlaskClient, query: str) -> None:
    response = client.get(f"/messages?{query}")
    assert response.status_code == 422
    (error,) = response.get_json()["errors"]
    assert error["parameter"] == query.partition("=")[0]


def test_an_export_has_every_message_on_a_line_of_its_own(client: FlaskClient) -> None:
    numbers = [str(number) for number in range(1001)]  # more than one batch
    store(*numbers)
    response = client.get("/messages", headers=NDJSON)
    assert response.content_type == "application/x-ndjson"
    assert [json.loads(line)["message"] for line in response.text.splitlines()] == numbers


def test_a_created_message_is_found_at_its_location(client: FlaskClient) -> None:
    response = client.post("/messages", json={"message": "hello"})
    assert response.status_code == 201
    assert response.get_json()["message"] == "hello"
    assert client.get(response.headers["Location"]).get_json() == response.get_json()


@pytest.mark.parametrize("text", ["x" * 2000, "😀" * 2000, "Ünïcödé", "a\nb\t'\"\\ %s {} <b>"])
def test_a_text_comes_back_as_it_was_sent(client: FlaskClient, text: str) -> None:
    location = client.post("/messages", json={"message": text}).headers["Location"]
    assert client.get(location).get_json()["message"] == text


def test_a_message_is_read(client: FlaskClient) -> None:
    (stored,) = store("hello")
    response = client.get(f"/messages/{stored.id}")
    assert response.get_json() == {"id": stored.id, "message": "hello"}


def test_a_message_is_changed(client: FlaskClient) -> None:
    (stored,) = store("before")
    response = client.patch(f"/messages/{stored.id}", json={"message": "after"})
    assert response.status_code == 200
    assert response.get_json() == {"id": stored.id, "message": "after"}
    assert texts(client) == ["after"]


def test_changing_a_message_to_the_same_text_is_no_error(client: FlaskClient) -> None:
    (stored,) = store("same")
    response = client.patch(f"/messages/{stored.id}", json={"message": "same"})
    assert response.status_code == 200


def test_a_message_is_deleted(client: FlaskClient) -> None:
    _, deleted = store("kept", "deleted")
    response = client.delete(f"/messages/{deleted.id}")
    assert (response.status_code, response.data) == (204, b"")
    assert texts(client) == ["kept"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_message_that_does_not_exist_is_404(client: FlaskClient, method: str) -> None:
    body = {"message": "x"} if method == "PATCH" else None
    response = client.open("/messages/999999999", method=method, json=body)
    assert response.status_code == 404
    assert response.get_json()["detail"] == "There is no message 999999999."


@pytest.mark.parametrize("text", [None, 1, "", " \n", "a\0b", "x" * 2001])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_bad_text_is_422_and_nothing_is_written(
    client: FlaskClient, method: str, text: object
) -> None:
    (stored,) = store("was here")
    path = "/messages" if method == "POST" else f"/messages/{stored.id}"
    response = client.open(path, method=method, json={"message": text})
    assert response.status_code == 422
    (error,) = response.get_json()["errors"]
    assert error["pointer"].removeprefix("#/") == "message"
    assert texts(client) == ["was here"]


@pytest.mark.parametrize("body", [{}, [], {"message": "x", "id": 7}, {"massage": "x"}])
def test_a_missing_or_unknown_field_is_422(client: FlaskClient, body: object) -> None:
    assert client.post("/messages", json=body).status_code == 422
    assert texts(client) == []
