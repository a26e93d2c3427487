"""Rows for tests; each call commits, so that the app sees them."""

from starter.db import Session
from starter.models import Message


def message(text: str = "a message") -> Message:
    return messages(text)[0]


def messages(*texts: str) -> list[Message]:
    created = [Message(message=text) for text in texts]
    Session.add_all(created)
    Session.commit()
    return created
