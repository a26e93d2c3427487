"""Who is measured under load, each served as its own documentation recommends.

Each answers ``GET /messages?limit=`` and ``POST /messages`` on the database of $SQLALCHEMY_URL;
those that are the starter, ``GET /messages/<id>``, too. As it is, it has no file here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import version

from ..databases import POSTGRESQL, SQLITE

CLIENTS = 8
THREADS = 4  # of a worker, whose pool has a connection for each

# One worker process each. None logs requests: only of uvicorn that is not the default.
SERVERS = {
    # https://github.com/emmett-framework/granian#workers-and-threads
    "granian": [
        *("--interface", "wsgi", "--workers", "1", "--blocking-threads", f"{THREADS}"),
        *("--host", "127.0.0.1", "--port", "{port}"),
    ],
    # https://gunicorn.org has a control socket, one for all that run here.
    "gunicorn": [
        *("--worker-class", "gthread", "--workers", "1", "--threads", f"{THREADS}"),
        *("--no-control-socket", "--bind", "127.0.0.1:{port}"),
    ],
    # https://uvicorn.dev/settings/
    "uvicorn": [
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
        *("--host", "127.0.0.1", "--port", "{port}"),
    ],
}


@dataclass(frozen=True)
class Served:
    """An app with its server.

    :param app: for the reader.
    :param module: whose ``app`` is served.
    :param distribution: whose version is shown with it.
    :param starter: it is the starter's app, so it has all of its views, and logs each request.
    """

    app: str
    server: str
    module: str
    distribution: str | None = None
    databases: tuple[str, ...] = (POSTGRESQL, SQLITE)
    starter: bool = False

    @property
    def title(self) -> str:
        return f"{self.app}, {self.server}"

    @property
    def heading(self) -> str:
        if self.distribution is None:
            return self.title
        return f"{self.app} {version(self.distribution)}, {self.server}"

    @property
    def command(self) -> list[str]:
        """The command of its server, in which ``{port}`` has still to be replaced."""
        return [sys.executable, "-m", self.server, *SERVERS[self.server], f"{self.module}:app"]


def peer(name: str) -> str:
    return f"{__name__}.{name}"


ONLY = (POSTGRESQL,)
SERVED = {
    "starter-granian": Served("the starter", "granian", "starter.wsgi", starter=True),
    "starter-gunicorn": Served("the starter", "gunicorn", "starter.wsgi", starter=True),
    "session-granian": Served("`Session`", "granian", peer("session"), starter=True),
    "connection-granian": Served(
        "`read()`, `write()`", "granian", peer("connection"), starter=True
    ),
    "fetch_all-granian": Served(
        "`fetch_all()`, `write()`", "granian", peer("fetch_all"), starter=True
    ),
    "raw-granian": Served("raw driver in the starter", "granian", peer("raw"), starter=True),
    "flask-sqlalchemy-granian": Served(
        "Flask-SQLAlchemy", "granian", peer("flask_sqlalchemy"), "flask-sqlalchemy"
    ),
    "flask-sqlalchemy-gunicorn": Served(
        "Flask-SQLAlchemy", "gunicorn", peer("flask_sqlalchemy"), "flask-sqlalchemy"
    ),
    "seed-gunicorn": Served("the seed's wiring", "gunicorn", peer("seed")),
    "django-gunicorn": Served("Django", "gunicorn", peer("django"), "django", ONLY),
    "fastapi-uvicorn": Served("async ORM in FastAPI", "uvicorn", peer("fastapi"), "fastapi", ONLY),
    "starlette-uvicorn": Served(
        "hand-tuned async Core in Starlette", "uvicorn", peer("starlette"), "starlette", ONLY
    ),
    "bare-granian": Served("raw driver in bare WSGI", "granian", peer("bare"), databases=ONLY),
}
