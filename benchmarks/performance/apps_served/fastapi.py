"""FastAPI with the async ORM: a session by a dependency, the answers by response models.

https://fastapi.tiangolo.com/tutorial/sql-databases/
https://fastapi.tiangolo.com/tutorial/response-model/
https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, String, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

url = make_url(os.environ["SQLALCHEMY_URL"]).set(drivername="postgresql+asyncpg")
# A pool below the number of clients would open and close what is over for each request.
engine = create_async_engine(url, pool_size=int(os.environ["CLIENTS"]))
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str] = mapped_column(String(2000))


class NewMessage(BaseModel):
    message: str


class ShownMessage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    message: str


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


@app.get("/messages", response_model=list[ShownMessage])
async def index(
    session: SessionDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: int = 0
) -> Any:
    page = select(Message).where(Message.id > after).order_by(Message.id).limit(limit)
    return (await session.scalars(page)).all()


@app.post("/messages", response_model=ShownMessage, status_code=201)
async def create(session: SessionDep, new: NewMessage) -> Any:
    row = Message(message=new.message)
    session.add(row)
    await session.commit()
    return row
