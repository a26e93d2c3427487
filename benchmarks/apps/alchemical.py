"""Alchemical: models on its ``Model``, a module's ``db``, ``init_app()``, ``db.session``.

https://alchemical.readthedocs.io/en/latest/usage.html#using-with-flask
https://github.com/miguelgrinberg/alchemical/tree/main/examples/flaskr
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import cast

from alchemical import Model  # type: ignore[import-untyped]
from alchemical.flask import Alchemical  # type: ignore[import-untyped]
from flask import Flask
from sqlalchemy import BigInteger, Engine
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..integration import Integration, engine_options, joined

db = Alchemical()


class Message(Model):  # type: ignore[misc]
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str]


class AlchemicalForFlask(Integration):
    model = Message

    def create_app(self) -> Flask:
        app = Flask(__name__)
        app.config["ALCHEMICAL_DATABASE_URL"] = os.environ["SQLALCHEMY_URL"]
        app.config["ALCHEMICAL_ENGINE_OPTIONS"] = engine_options()
        db.init_app(app)
        return app

    def session(self) -> Session:
        return cast(Session, db.session)

    def engines(self, app: Flask) -> list[Engine]:
        return [cast(Engine, db.get_engine())]

    def rolled_back(self, app: Flask) -> AbstractContextManager[None]:
        return joined(cast(Engine, db.get_engine()), db.Session.configure)


INTEGRATION = AlchemicalForFlask()
