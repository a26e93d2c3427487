"""The views that people write with a session: entities in, entities out."""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ...apps import APPS


def create_app(name: str) -> Flask:
    """Make the app of an integration, with its views.

    :param name: of the integration.
    """
    integration = APPS[name].integration
    app = integration.create_app()
    message = integration.model

    @app.get("/messages")
    def index() -> ResponseReturnValue:
        limit = request.args.get("limit", 100, type=int)
        after = request.args.get("after", 0, type=int)
        page = select(message).where(message.id > after).order_by(message.id).limit(limit)
        found = integration.session().scalars(page)
        return [{"id": row.id, "message": row.message} for row in found]

    @app.post("/messages")
    def create() -> ResponseReturnValue:
        row = message(message=request.get_json()["message"])
        session = integration.session()
        session.add(row)
        session.commit()
        return {"id": row.id, "message": row.message}, 201

    return app
