"""Flask on plain SQLAlchemy, nothing in between."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .db import schema
from .db.engines import Database
from .settings import URLS, Settings, SettingsError, embedded_url, instance_folder, load_env

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Settings | Mapping[str, Any] | None = None) -> Flask:
    """Create the app.

    :param config: Flask configuration, which wins over the environment; or all of the settings.
    :raises SystemExit: a setting cannot be used; one line on stderr says which and why.
    """
    # Imported here, because importing starter.models runs this file and must work without Flask.
    from flask import Flask

    from . import commands, web
    from .home import home
    from .messages import messages

    app = Flask(__name__, instance_path=str(instance_folder()))
    command = commands.running()
    embedded = False
    try:
        if not isinstance(config, Settings):
            load_env()
            app.config.from_prefixed_env()
            app.config.from_mapping({name: os.environ.get(name) for name in URLS}, **(config or {}))
            embedded = command is not None and not app.config["SQLALCHEMY_URL"]
            if embedded:
                app.config["SQLALCHEMY_URL"] = embedded_url()
            config = Settings.from_config(app.config)
        database = Database(config)
        # Before the first connection, so that its statements are counted, too.
        web.init_app(app, database)
        if embedded and command == "run":
            schema.upgrade(database.engine)
    except SettingsError as error:
        print(f"{__name__} cannot start: {error}", file=sys.stderr)
        raise SystemExit(3) from None  # 3 also tells gunicorn not to restart the worker

    app.config["MAX_CONTENT_LENGTH"] = config.max_content_length
    app.config["BODY_TIMEOUT"] = config.body_timeout
    commands.init_app(app)
    app.register_blueprint(home)
    app.register_blueprint(messages)
    if command in (None, "run"):
        app.logger.info("serves from %r", database.engine.url.set(query={}))
    return app
