"""What each documentation gives a script where Flask is not installed: models, and a session.

The name of each function is that of its app; what it imports, it imports where Flask is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, create_engine, orm
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker


class Script(NamedTuple):
    """What a script has.

    :param message: the model.
    :param session: gives a session for a ``with``; None where nothing is documented.
    :param same: it is the session that the views use, so functions can be called by both.
    """

    message: type[Any]
    session: Callable[[], AbstractContextManager[orm.Session]] | None
    same: bool = True


def starter(url: str) -> Script:
    from starter.db import Session, connect, scope
    from starter.models import Message

    connect(url)

    @contextmanager
    def session() -> Iterator[orm.Session]:
        with scope():
            yield Session()

    return Script(Message, session)


class Base(DeclarativeBase):
    pass


class PlainMessage(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str]


def seed(url: str) -> Script:
    """Its db.py and models.py do not import Flask."""
    Session = scoped_session(sessionmaker(bind=create_engine(url)))  # noqa: N806

    @contextmanager
    def session() -> Iterator[orm.Session]:
        yield Session()
        Session.remove()

    return Script(PlainMessage, session)


def flask_sqlalchemy(_url: str) -> Script:
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy(model_class=Base)

    class Message(db.Model):  # type: ignore[name-defined, misc]
        __tablename__ = "messages"

        id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
        message: Mapped[str]

    return Script(Message, None)


def flask_sqlalchemy_lite(_url: str) -> Script:
    """Its models are SQLAlchemy's own; https://flask-sqlalchemy-lite.readthedocs.io/en/latest/."""
    return Script(PlainMessage, None)


def alchemical(url: str) -> Script:
    """https://alchemical.readthedocs.io/en/latest/intro.html."""
    from alchemical import Alchemical, Model  # type: ignore[import-untyped]

    class Message(Model):  # type: ignore[misc]
        __tablename__ = "messages"

        id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
        message: Mapped[str]

    return Script(Message, Alchemical(url).Session, same=False)


def advanced_alchemy(url: str) -> Script:
    """https://github.com/litestar-org/advanced-alchemy/blob/main/README.md."""
    from advanced_alchemy.base import BigIntBase
    from advanced_alchemy.config import SQLAlchemySyncConfig

    class Message(BigIntBase):
        __tablename__ = "messages"

        message: Mapped[str]

    return Script(Message, SQLAlchemySyncConfig(connection_string=url).get_session, same=False)
