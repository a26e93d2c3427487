"""Who is measured in process, and the shortest name of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

from ..apps import APPS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STARTER, RAW, BARE, FLASK = "starter", "raw", "bare", "flask"
SESSION, CONNECTION, FETCH_ALL = WAYS = "session", "connection", "fetch_all"
OWN = (STARTER, *WAYS)  # who has goals


@dataclass(frozen=True)
class Contestant:
    """An app that answers the workloads.

    :param title: for the reader.
    :param create_app: makes it, given the URL of the database, which $SQLALCHEMY_URL is, too; what
        it imports, it imports itself, so that its process has nothing of the others.
    :param whole: its headers are those of the starter, too.
    """

    title: str
    create_app: Callable[[str], WSGIApplication]
    whole: bool = True


def starter(_url: str) -> WSGIApplication:
    from starter.wsgi import app

    return app


def served(name: str, _url: str) -> WSGIApplication:
    module = import_module(f".apps_served.{name}", __package__)
    return cast("WSGIApplication", module.app)


def bare(url: str) -> WSGIApplication:
    from .bare import create_app

    return create_app(url)


def peer(name: str, url: str) -> WSGIApplication:
    from .shell import create_app

    return create_app(name, url)


def flask(_url: str) -> WSGIApplication:
    """Make Flask without anything, and the view without a query."""
    from flask import Flask

    from .workloads import NOTHING

    app = Flask(__name__)
    app.add_url_rule(NOTHING.path, view_func=lambda: {"status": "ok"})
    return app


CONTESTANTS = {
    STARTER: Contestant("the starter", starter),
    SESSION: Contestant("`Session`", partial(served, SESSION)),
    CONNECTION: Contestant("`read()`, `write()`", partial(served, CONNECTION)),
    FETCH_ALL: Contestant("`fetch_all()`, `write()`", partial(served, FETCH_ALL)),
    RAW: Contestant("raw driver in the same Flask", partial(served, RAW)),
    **{
        app.name: Contestant(app.versioned, partial(peer, app.name))
        for app in APPS.values()
        if app.name != STARTER
    },
    BARE: Contestant("bare WSGI, raw driver", bare, whole=False),
}
# Only for the view without a query.
ALONE = {FLASK: Contestant("Flask alone", flask)}
