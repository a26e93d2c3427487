"""Signals around a commit."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from blinker import Namespace
from flask import current_app, has_app_context
from sqlalchemy import event

from .needs import needs
from .sessions import Session

signals = Namespace()
models_committed = signals.signal("models-committed")
before_models_committed = signals.signal("before-models-committed")


def tracks_modifications() -> bool:
    """Return whether SQLALCHEMY_TRACK_MODIFICATIONS is set for the current app."""
    wanted = has_app_context() and current_app.config.get("SQLALCHEMY_TRACK_MODIFICATIONS")
    return wanted is None or bool(wanted) if needs("Flask-SQLAlchemy 2") else bool(wanted)


@event.listens_for(Session, "before_flush")
@event.listens_for(Session, "before_commit")
def note_changes(session: Any, *_more: Any) -> None:
    if tracks_modifications():
        changes = session.info.setdefault("changes", {})
        for operation, objects in (
            ("insert", session.new),
            ("update", session.dirty),
            ("delete", session.deleted),
        ):
            for changed in objects:
                # A new object has no key yet.
                changes[sa.inspect(changed).identity_key or id(changed)] = (changed, operation)


@event.listens_for(Session, "before_commit")
def announce_before(session: Any) -> None:
    app: Any = current_app
    if session.info.get("changes") and tracks_modifications():
        changes = list(session.info["changes"].values())
        before_models_committed.send(app._get_current_object(), changes=changes)


@event.listens_for(Session, "after_commit")
def announce(session: Any) -> None:
    app: Any = current_app
    if session.info.get("changes") and tracks_modifications():
        changes = list(session.info.pop("changes").values())
        models_committed.send(app._get_current_object(), changes=changes)


@event.listens_for(Session, "after_rollback")
def forget_changes(session: Any) -> None:
    session.info.pop("changes", None)
