"""The same models and statements, used from asyncio with SQLAlchemy's own AsyncSession."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from running import serving
from sqlalchemy import URL, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from starter.messages import ONE, page_of
from starter.models import Message
from starter.web.pages import FIRST

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+aiomysql",
}


def async_engine(url: URL | str) -> AsyncEngine:
    url = make_url(url)
    return create_async_engine(url.set(drivername=DRIVERS[url.get_backend_name()]))


def test_a_script_uses_models_and_statements_with_an_async_session(url: URL) -> None:
    async def main() -> None:
        engine = async_engine(url)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            message = Message(message="from asyncio")
            session.add(message)
            await session.commit()
            row = (await session.execute(ONE, {"id": message.id})).one()
            assert (row.id, row.message) == (message.id, "from asyncio")
            page = await session.execute(page_of(10), {"after": FIRST})
            assert [text for _, text in page] == ["from asyncio"]
        await engine.dispose()

    asyncio.run(main())


def test_tasks_at_once_have_each_their_own_session(url: URL) -> None:
    async def main() -> list[str]:
        engine = async_engine(url)

        async def write(number: int) -> None:
            async with AsyncSession(engine) as session, session.begin():
                session.add(Message(message=f"number {number}"))

        await asyncio.gather(*map(write, range(5)))
        async with AsyncSession(engine) as session:
            found = list(await session.scalars(select(Message.message)))
        await engine.dispose()
        return found

    assert sorted(asyncio.run(main())) == [f"number {n}" for n in range(5)]


def starlette_app() -> Starlette:
    """Return an app of another framework on the models of this one; the server runs it."""
    engine = async_engine(os.environ["SQLALCHEMY_URL"])

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    async def create(request: Request) -> JSONResponse:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            message = Message(message=(await request.json())["message"])
            session.add(message)
        return JSONResponse({"id": message.id}, 201)

    async def index(_request: Request) -> JSONResponse:
        async with engine.connect() as connection:
            page = await connection.execute(page_of(100), {"after": FIRST})
        return JSONResponse([text for _, text in page])

    async def alive(_request: Request) -> JSONResponse:
        return JSONResponse({})

    routes = [
        Route("/messages", create, methods=["POST"]),
        Route("/messages", index),
        Route("/healthz", alive),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def test_a_starlette_app_serves_the_same_models(url: URL, tmp_path: Path) -> None:
    environment = {
        "SQLALCHEMY_URL": url.render_as_string(hide_password=False),
        "PYTHONPATH": str(Path(__file__).parent),
    }
    command = ["-m", "uvicorn", "--factory", "test_asyncio:starlette_app", "--port", "{port}"]
    with serving(tmp_path, environment, sys.executable, *command) as server:
        for text in ("a", "b"):
            body = json.dumps({"message": text}).encode()
            assert server.ask("POST", "/messages", body)[0] == 201
        assert server.ask("GET", "/messages") == (200, b'["a","b"]')
