"""Signals around a commit, as Flask-SQLAlchemy 2 sent them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from blinker import Namespace
from sqlalchemy import event

signals = Namespace()
models_committed = signals.signal("models-committed")
before_models_committed = signals.signal("before-models-committed")
# What is told of a change, and where a session has it.
OPERATIONS = {"insert": "new", "update": "dirty", "delete": "deleted"}


def track_modifications(session: Any) -> None:
    """Tell of what a session inserted, updated and deleted before and after each commit."""
    wanted = session.app.config["SQLALCHEMY_TRACK_MODIFICATIONS"]
    if wanted is not None and not wanted:
        return
    event.listen(session, "before_flush", note_changes)
    event.listen(session, "before_commit", note_changes)
    event.listen(session, "before_commit", announce_before)
    event.listen(session, "after_commit", announce)
    event.listen(session, "after_rollback", forget_changes)


def note_changes(session: Any, *_more: Any) -> None:
    changes = session.info.setdefault("changes", {})
    for operation, attribute in OPERATIONS.items():
        for changed in getattr(session, attribute):
            # What is new has no key yet.
            changes[sa.inspect(changed).identity_key or id(changed)] = (changed, operation)


def announce_before(session: Any) -> None:
    changes = session.info.get("changes")
    if changes:
        before_models_committed.send(session.app, changes=list(changes.values()))


def announce(session: Any) -> None:
    changes = session.info.get("changes")
    if changes:
        models_committed.send(session.app, changes=list(changes.values()))
        changes.clear()


def forget_changes(session: Any) -> None:
    session.info.pop("changes", None)
