"""Starlette tuned by hand: Core statements made once, autocommit, orjson, nothing checked.

https://www.starlette.io/responses/#custom-json-serialization
https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html
https://docs.sqlalchemy.org/en/21/core/connections.html#dbapi-autocommit
"""

from __future__ import annotations

import os

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    make_url,
    select,
)
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

url = make_url(os.environ["SQLALCHEMY_URL"]).set(drivername="postgresql+asyncpg")
engine = create_async_engine(
    url,
    pool_size=int(os.environ["CLIENTS"]),
    isolation_level="AUTOCOMMIT",
    skip_autocommit_rollback=True,
)
messages = Table(
    "messages",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("message", String(2000)),
)
PAGE = (
    select(messages.c.id, messages.c.message)
    .where(messages.c.id > bindparam("after"))
    .order_by(messages.c.id)
    .limit(bindparam("limit"))
)
CREATE = insert(messages).returning(messages.c.id)


async def index(request: Request) -> Response:
    """List a page."""
    asked = request.query_params
    parameters = {"limit": int(asked.get("limit", 100)), "after": int(asked.get("after", 0))}
    async with engine.connect() as connection:
        rows = (await connection.execute(PAGE, parameters)).all()
    body = orjson.dumps([{"id": id, "message": text} for id, text in rows])
    return Response(body, media_type="application/json")


async def create(request: Request) -> Response:
    """Create a message."""
    text = orjson.loads(await request.body())["message"]
    async with engine.connect() as connection:
        id = (await connection.execute(CREATE, {"message": text})).scalar_one()
    body = orjson.dumps({"id": id, "message": text})
    return Response(body, 201, media_type="application/json")


app = Starlette(routes=[Route("/messages", index), Route("/messages", create, methods=["POST"])])
