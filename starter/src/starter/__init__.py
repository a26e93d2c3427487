"""Flask on plain SQLAlchemy, nothing in between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .db import schema
from .db.engines import Database
from .settings import Settings, SettingsError, instance_folder

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app: wiring only.

    :param settings: read from the environment unless given.
    :raises SystemExit: a setting cannot be used; one line on stderr says which and why.
    """
    # Here and not above: a script or an asyncio service that imports starter.models comes through
    # this file, and need not have Flask.
    from flask import Flask

    from . import commands, web
    from .home import home
    from .messages import messages

    app = Flask(__name__, instance_path=str(instance_folder()))
    try:
        if settings is None:
            app.config.from_prefixed_env()
            settings = Settings.from_environment(app.config)
        database = Database(settings.url, settings.replica_url, **settings.pool())
        web.init_app(app, database)  # before the first connection, whose statements count, too
        if settings.embedded:
            schema.upgrade(database.engine)
    except SettingsError as error:
        print(f"{__name__} cannot start: {error}", file=sys.stderr)
        raise SystemExit(3) from None  # 3 also keeps gunicorn from starting the worker again

    app.config["MAX_CONTENT_LENGTH"] = settings.max_content_length
    app.config["BODY_TIMEOUT"] = settings.body_timeout
    commands.init_app(app)
    for blueprint in (home, messages):
        app.register_blueprint(blueprint)
    return app
