"""Whatever a client sends, the answer is never a 5xx."""

from __future__ import annotations

import json
from http import HTTPMethod
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# A test function has one client for all inputs, which keeps nothing of a request.
many = settings(
    max_examples=3_000,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

texts = st.text() | st.text("0123456789+-_=%&/ .eE", max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
objects = values | st.fixed_dictionaries({"message": values})
headers = st.dictionaries(
    st.sampled_from(["Accept", "Content-Type", "X-Request-ID", "Content-Encoding", "Range"]),
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])),
)
JSON = "application/json"

pytestmark = pytest.mark.slow


@many
@given(limit=texts, after=texts, headers=headers)
def test_a_list_with_any_parameters_and_headers(
    client: FlaskClient, limit: str, after: str, headers: dict[str, str]
) -> None:
    query: dict[str, Any] = {"limit": limit, "after": after}
    with client.get("/messages", query_string=query, headers=headers) as response:
        assert response.status_code in (200, 406, 422)


@many
@given(id=texts | st.integers().map(str), method=st.sampled_from(list(HTTPMethod)))
def test_any_id_with_any_method(client: FlaskClient, id: str, method: HTTPMethod) -> None:
    path = f"/messages/{quote(id, safe='')}"
    with client.open(path, method=str(method), json={"message": "a"}) as response:
        assert response.status_code in (200, 204, 308, 404, 405)


@many
@given(body=st.binary(), kind=st.sampled_from([JSON, "text/plain", ""]))
def test_any_bytes_as_a_body(client: FlaskClient, body: bytes, kind: str) -> None:
    with client.post("/messages", data=body, content_type=kind) as response:
        assert response.status_code in (400, 415, 422)


@many
@given(value=objects, method=st.sampled_from(["POST", "PATCH"]))
def test_any_json_as_a_body(client: FlaskClient, value: object, method: str) -> None:
    path = "/messages" if method == "POST" else "/messages/1"
    body = json.dumps(value)  # NaN, too
    with client.open(path, method=method, data=body, content_type=JSON) as response:
        assert response.status_code in (200, 201, 400, 404, 422)
