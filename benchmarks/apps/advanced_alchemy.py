"""Advanced Alchemy's Flask extension, sync: one config and one ``alchemy`` in a module.

https://advanced-alchemy.litestar.dev/latest/usage/frameworks/flask.html
The views commit by themselves, as those of the other apps do, which is ``commit_mode="manual"``:
its default, though the examples commit by the status of the answer.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import cast

from advanced_alchemy.base import BigIntBase
from advanced_alchemy.extensions.flask import AdvancedAlchemy, EngineConfig, SQLAlchemySyncConfig
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Mapped, Session, sessionmaker

from ..integration import Integration, engine_options, joined

config = SQLAlchemySyncConfig(
    connection_string=os.environ["SQLALCHEMY_URL"],
    engine_config=EngineConfig(**engine_options()),
)
alchemy = AdvancedAlchemy(config)


class Message(BigIntBase):
    __tablename__ = "messages"

    message: Mapped[str]


class AdvancedAlchemyForFlask(Integration):
    model = Message

    def create_app(self) -> Flask:
        app = Flask(__name__)
        alchemy.init_app(app)
        return app

    def session(self) -> Session:
        return alchemy.get_sync_session()

    def engines(self, app: Flask) -> list[Engine]:
        return [config.get_engine()]

    def rolled_back(self, app: Flask) -> AbstractContextManager[None]:
        maker = cast("sessionmaker[Session]", config.create_session_maker())
        return joined(config.get_engine(), maker.configure)


INTEGRATION = AdvancedAlchemyForFlask()
