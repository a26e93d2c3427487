"""Flask on plain SQLAlchemy, nothing in between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import schema
from .engines import Database
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

    from . import bodies, commands, contexts, errors, trace
    from .health import health
    from .home import home
    from .messages import messages

    app = Flask(__name__, instance_path=str(instance_folder()))
    try:
        if settings is None:
            app.config.from_prefixed_env()
            settings = Settings.from_environment(app.config)
        database = Database(settings.url, settings.replica_url, **settings.pool())
        trace.follow(app, database)  # from its first connection on
        if settings.embedded:
            schema.bring_up(database.engine)
    except SettingsError as error:
        print(f"{__name__} cannot start: {error}", file=sys.stderr)
        raise SystemExit(3) from None  # 3 also keeps gunicorn from starting the worker again

    app.config["MAX_CONTENT_LENGTH"] = settings.max_content_length
    app.config["BODY_TIMEOUT"] = settings.body_timeout
    app.json = bodies.MsgspecProvider(app)
    app.url_map.converters["int"] = bodies.Int64
    contexts.follow(app, database)  # the outermost: what follows a request needs its scope
    errors.handle(app)
    commands.register(app)
    for blueprint in (home, messages, health):
        app.register_blueprint(blueprint)
    return app
