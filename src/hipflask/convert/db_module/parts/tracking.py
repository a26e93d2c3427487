"""Signals around a commit."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from blinker import Namespace
from sqlalchemy import event

from .sessions import Session

signals = Namespace()
models_committed = signals.signal("models-committed")
before_models_committed = signals.signal("before-models-committed")
# What is told of a change, and where a session has it.
OPERATIONS = {"insert": "new", "update": "dirty", "delete": "deleted"}


def track_modifications() -> None:
    """Tell of what was inserted, updated and deleted before and after each commit."""
    if event.contains(Session.session_factory, "after_commit", announce):
        return  # another app of the process has the same session
    event.listen(Session.session_factory, "before_flush", note_changes)
    event.listen(Session.session_factory, "before_commit", note_changes)
    event.listen(Session.session_factory, "before_commit", announce_before)
    event.listen(Session.session_factory, "after_commit", announce)
    event.listen(Session.session_factory, "after_rollback", forget_changes)


def tracking_app() -> Any:
    """Return the app that is active, if it tracks modifications."""
    from flask import current_app, has_app_context

    if not has_app_context() or not current_app.config["SQLALCHEMY_TRACK_MODIFICATIONS"]:
        return None
    return current_app._get_current_object()  # type: ignore[attr-defined]


def note_changes(session: Any, *_more: Any) -> None:
    if tracking_app() is None:
        return
    changes = session.info.setdefault("changes", {})
    for operation, attribute in OPERATIONS.items():
        for changed in getattr(session, attribute):
            # What is new has no key yet.
            changes[sa.inspect(changed).identity_key or id(changed)] = (changed, operation)


def announce_before(session: Any) -> None:
    app, changes = tracking_app(), session.info.get("changes")
    if app is not None and changes:
        before_models_committed.send(app, changes=list(changes.values()))


def announce(session: Any) -> None:
    app, changes = tracking_app(), session.info.get("changes")
    if app is not None and changes:
        models_committed.send(app, changes=list(changes.values()))
        changes.clear()


def forget_changes(session: Any) -> None:
    session.info.pop("changes", None)
