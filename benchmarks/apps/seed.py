"""The wiring of "Flask and SQLAlchemy without the Flask-SQLAlchemy Extension".

https://nestedsoftware.com/2018/06/11/flask-and-sqlalchemy-without-the-flask-sqlalchemy-extension-3cf8.34704.html
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from flask import Flask
from sqlalchemy import BigInteger, Engine, String, create_engine, orm
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker

from ..integration import Integration, engine_options, joined

engine = create_engine(os.environ["SQLALCHEMY_URL"], **engine_options())

Session = scoped_session(sessionmaker(bind=engine))


class Base(DeclarativeBase):  # what declarative_base() is called today
    pass


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str] = mapped_column(String)


class Seed(Integration):
    model = Message

    def create_app(self) -> Flask:
        app = Flask(__name__)

        @app.teardown_appcontext
        def cleanup(_error: BaseException | None) -> None:
            Session.remove()

        return app

    def session(self) -> orm.Session:
        return Session()

    def engines(self, app: Flask) -> list[Engine]:
        return [engine]

    def rolled_back(self, app: Flask) -> AbstractContextManager[None]:
        return joined(engine, Session.configure)


INTEGRATION = Seed()
