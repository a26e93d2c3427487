"""Flask-Session's sessions in the database, without Flask-SQLAlchemy."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import flask_session  # type: ignore[import-not-found]
import sqlalchemy as sa
from flask_session.base import (  # type: ignore[import-not-found]
    ServerSideSessionInterface,
)
from flask_session.defaults import Defaults  # type: ignore[import-not-found]

from .base import Base
from .binds import get_engine
from .needs import needs
from .sessions import Session as DatabaseSession


def setting(app: Any, name: str) -> Any:
    """Return a setting of Flask-Session, or its default."""
    return app.config.get(name, getattr(Defaults, name))


def now() -> datetime:
    """Return the time as it is stored: UTC, without saying so."""
    return datetime.now(timezone.utc).replace(tzinfo=None)  # noqa: UP017


def make_record(app: Any) -> Any:
    """Make the model of a stored session, by the settings."""
    schema = setting(app, "SESSION_SQLALCHEMY_SCHEMA")
    sequence = setting(app, "SESSION_SQLALCHEMY_SEQUENCE")
    numbers = [sa.Sequence(sequence)] if sequence else []

    class Session(Base):
        __tablename__ = setting(app, "SESSION_SQLALCHEMY_TABLE")
        __table_args__ = {"schema": schema} if schema else {}
        if needs("SQLALCHEMY_BINDS"):
            __bind_key__ = setting(app, "SESSION_SQLALCHEMY_BIND_KEY")

        id = sa.Column(sa.Integer, *numbers, primary_key=True)
        session_id = sa.Column(sa.String(255), unique=True)
        data = sa.Column(sa.LargeBinary)
        expiry = sa.Column(sa.DateTime)

        def __repr__(self) -> str:
            return f"<Session data {self.data!r}>"

    return Session


class DatabaseSessions(ServerSideSessionInterface):  # type: ignore[misc]
    """Keeps each session in a row of a table."""

    ttl = False

    def __init__(self, app: Any) -> None:
        self.record = make_record(app)
        with app.app_context():
            if needs("SQLALCHEMY_BINDS"):
                engine = get_engine(setting(app, "SESSION_SQLALCHEMY_BIND_KEY"))
            else:
                engine = get_engine()
            self.record.__table__.create(engine, checkfirst=True)
        super().__init__(
            app,
            setting(app, "SESSION_KEY_PREFIX"),
            setting(app, "SESSION_USE_SIGNER"),
            setting(app, "SESSION_PERMANENT"),
            setting(app, "SESSION_ID_LENGTH"),
            setting(app, "SESSION_SERIALIZATION_FORMAT"),
            setting(app, "SESSION_CLEANUP_N_REQUESTS"),
        )

    def _stored(self, store_id: str) -> Any:
        return DatabaseSession.query(self.record).filter_by(session_id=store_id)

    def _commit(self) -> None:
        try:
            DatabaseSession.commit()
        except Exception:
            DatabaseSession.rollback()
            raise

    def _retrieve_session_data(self, store_id: str) -> Any:
        record = self._stored(store_id).first()
        if record and (record.expiry is None or record.expiry <= now()):
            DatabaseSession.delete(record)
            self._commit()
            return None
        return self.serializer.decode(record.data) if record else None

    def _delete_session(self, store_id: str) -> None:
        self._stored(store_id).delete()
        self._commit()

    def _delete_expired_sessions(self) -> None:
        old = DatabaseSession.query(self.record).filter(self.record.expiry <= now())
        old.delete(synchronize_session=False)
        self._commit()

    def _upsert_session(self, session_lifetime: timedelta, session: Any, store_id: str) -> None:
        record = self._stored(store_id).first()
        if record is None:
            record = self.record(session_id=store_id)
            DatabaseSession.add(record)
        record.data = self.serializer.encode(session)
        record.expiry = now() + session_lifetime
        self._commit()


class Session(flask_session.Session):  # type: ignore[misc]
    """Flask-Session, with the sessions in the database where SESSION_TYPE is ``sqlalchemy``."""

    def _get_interface(self, app: Any) -> Any:
        if app.config.get("SESSION_TYPE") == "sqlalchemy":
            return DatabaseSessions(app)
        return super()._get_interface(app)
