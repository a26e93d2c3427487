"""What every request gets: the scope of its session, JSON, errors, keyset pages, health, the log.

It may import ``db/`` and Flask, and nothing of the app's own. ``scope.py`` says when a session
begins and ends, ``errors.py`` which error is which status, ``json.py`` what a body may be,
``pages.py`` how a list is paged, ``health.py`` when a balancer sends requests here, and ``log.py``
what is written about each of them.
"""

from flask import Flask

from ..db.engines import Database
from . import errors, health, json, log, scope


def init_app(app: Flask, database: Database) -> None:
    """Give an app what every request gets.

    :param app: whose ``wsgi_app`` is wrapped.
    :param database: what ``Session`` and ``read()`` work on inside.
    """
    log.init_app(app)
    json.init_app(app)
    scope.init_app(app, database)  # the outermost: what logs a request needs its scope
    errors.init_app(app)
    app.register_blueprint(health.health)
