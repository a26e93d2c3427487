"""The shell of the starter around a peer: wrapper, headers, log line, parsing and errors.

What is a peer's own is how its views come to the data, and how that becomes JSON, which is Flask's
way: its documentation names no other.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, event, select
from werkzeug.exceptions import NotFound

from starter.db.engines import Database
from starter.db.statements import timed
from starter.messages import NewMessage
from starter.settings import Settings
from starter.web import errors, json, log, scope
from starter.web.pages import cursor, read_page

from ..apps import APPS
from ..integration import Integration


def create_app(name: str, url: str) -> Flask:
    """Make the app of an integration, wrapped and answering as the starter.

    :param name: of the integration.
    :param url: the database, which is that of $SQLALCHEMY_URL, too.
    """
    integration = APPS[name].integration
    app = integration.create_app()
    settings = Settings(url=url)
    (engine,) = integration.engines(app)
    count_statements(engine)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_content_length
    app.config["BODY_TIMEOUT"] = settings.body_timeout
    app.url_map.converters["int"] = json.Int64Converter
    log.init_app(app)
    scope.init_app(app, Database(url))  # it never connects: the views have the integration's engine
    errors.init_app(app)
    app.register_blueprint(resource(integration))
    return app


def count_statements(engine: Engine) -> None:
    """Count and time statements as the starter does: headers and log line tell it."""

    @event.listens_for(engine, "connect", once=True)
    def connected(*_: object) -> None:
        def execute(cursor: Any, statement: str, parameters: Any, _context: object) -> bool:
            timed(engine.dialect.do_execute, cursor, statement, parameters)
            return True

        event.listen(engine, "do_execute", execute)


def resource(integration: Integration) -> Blueprint:
    """Return the views that people write with a session, behind the starter's parsing."""
    messages = Blueprint("messages", __name__, url_prefix="/messages")
    message, session = integration.model, integration.session

    @messages.get("")
    def index() -> ResponseReturnValue:
        json.accepted(json.JSON, json.NDJSON)
        limit, after = read_page(request.args, "messages")
        asked = select(message).where(message.id > after).order_by(message.id).limit(limit + 1)
        found = session().execute(asked).scalars().all()
        headers = {"Vary": "Accept"}
        if len(found) > limit:
            found = found[:limit]
            following = f"limit={limit}&after={cursor(found[-1].id, 'messages')}"
            headers["Link"] = f'<{json.current_path()}?{following}>; rel="next"'
        return [{"id": one.id, "message": one.message} for one in found], headers

    @messages.get("/<int:id>")
    def show(id: int) -> dict[str, Any]:
        found = session().get(message, id)
        if found is None:
            raise NotFound(f"There is no message {id}.")
        return {"id": found.id, "message": found.message}

    @messages.post("")
    def create() -> ResponseReturnValue:
        new = json.read_body(NewMessage)
        created = message(message=new.message)
        session().add(created)
        session().commit()
        body = {"id": created.id, "message": created.message}
        return body, 201, {"Location": f"{json.current_path()}/{body['id']}"}

    return messages
