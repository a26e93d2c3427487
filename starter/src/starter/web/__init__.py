"""What every request gets: the scope of its session, JSON, errors, keyset pages, health, the log.

It may import ``db/`` and Flask, and no views. Open ``scope.py`` for when a session begins and ends,
``errors.py`` for which error has which status, ``json.py`` for what a body may be, ``pages.py`` for
how a list is paged, ``health.py`` for the health checks, ``log.py`` for the line of each request.
"""

from flask import Flask

from ..db.engines import Database
from . import errors, health, json, log, scope


def init_app(app: Flask, database: Database) -> None:
    """Set up what every request of an app gets, with ``Session`` on this database."""
    log.init_app(app)
    json.init_app(app)
    scope.init_app(app, database)  # last, so outermost: the log needs the scope
    errors.init_app(app)
    app.register_blueprint(health.health)
