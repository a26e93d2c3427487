"""The settings: read once from the environment and ``.env``, checked, and not changed afterwards."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from dotenv import find_dotenv, load_dotenv
from msgspec import Meta, Struct, ValidationError, convert

from .db.engines import DID_YOU_MEAN, DatabaseURLError, checked_url

# Whether `flask` and `alembic` use SQLite in the instance folder unless SQLALCHEMY_URL is set.
# A server never does.
EMBEDDED = True

PROJECT = Path(__file__).resolve().parents[2]
URLS = ("SQLALCHEMY_URL", "SQLALCHEMY_REPLICA_URL")


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says what is wrong."""


class Settings(
    Struct,
    frozen=True,
    kw_only=True,
    rename=lambda name: f"SQLALCHEMY_{name}".upper() if name.endswith("url") else name.upper(),
):
    """The settings of one app.

    :param url: the database (``SQLALCHEMY_URL``).
    :param replica_url: where single reads go (``SQLALCHEMY_REPLICA_URL``).
    :param pool_size: connections that each engine may hold, one per thread.
    :param pool_timeout: seconds to wait for one of them.
    :param connect_timeout: seconds to wait for the database.
    :param query_timeout: seconds to wait for the answer to a statement.
    :param prepared_statements: whether psycopg prepares statements on the server; unless given,
        where no pooler such as PgBouncer stands between.
    :param max_content_length: bytes that a body may have.
    :param body_timeout: seconds to wait for more of a body.
    """

    url: str
    replica_url: str | None = None
    pool_size: Annotated[int, Meta(ge=1)] = 5
    pool_timeout: Annotated[float, Meta(gt=0)] = 3.0
    connect_timeout: Annotated[int, Meta(ge=1)] = 3
    query_timeout: Annotated[float, Meta(gt=0)] = 10.0
    prepared_statements: bool | None = None
    max_content_length: Annotated[int, Meta(ge=1)] = 64 * 1024
    body_timeout: Annotated[float, Meta(gt=0)] = 20.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Take the settings from Flask's configuration, where they have no prefix ``FLASK_``.

        :raises SettingsError: a value has the wrong type or is out of range, or no engine can be
            made from a URL.
        """
        given = {name: value for name, value in config.items() if value not in (None, "")}
        try:
            settings = convert(given, cls)
        except ValidationError as error:
            wrong = re.sub(r"`\$\.(\w+)`", r"FLASK_\1", str(error))
            raise SettingsError(wrong.replace("FLASK_SQLALCHEMY", "SQLALCHEMY")) from None
        for name in URLS:
            try:
                if name in given:
                    checked_url(given[name])
            except DatabaseURLError as error:
                raise SettingsError(f"{name} {error}") from None
        return settings

    def __repr__(self) -> str:  # without the URLs, in which passwords are
        names = [name for name in self.__struct_fields__ if not name.endswith("url")]
        return f"Settings({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def pool(self) -> dict[str, Any]:
        """Return the options of `Database` that say how many connections, and how long to wait."""
        return {
            "pool_size": self.pool_size,
            "pool_timeout": self.pool_timeout,
            "connect_timeout": self.connect_timeout,
            "query_timeout": self.query_timeout,
            "prepared_statements": self.prepared_statements,
        }


def load_env() -> None:
    """Read ``.env``: where the process was started or above, as ``flask`` does, then the project's.

    A variable of the environment wins. ``FLASK_SKIP_DOTENV=1`` turns this off, as in Flask.
    """
    if not os.environ.get("FLASK_SKIP_DOTENV"):
        load_dotenv(find_dotenv(usecwd=True))
        load_dotenv(PROJECT / ".env")


def instance_folder() -> Path:
    """Return the folder for what belongs to this installation: Flask's place, without Flask."""
    if (PROJECT / "pyproject.toml").exists():
        return PROJECT / "instance"
    return Path(sys.prefix, "var", f"{__package__}-instance")


def database_url(config: Mapping[str, Any], *, embedded: bool = True) -> str:
    """Return the URL of the database.

    :param config: the environment, or Flask's configuration.
    :param embedded: where ``SQLALCHEMY_URL`` is not set, use SQLite in the instance folder.
    :raises SettingsError: it is not set, or the folder cannot be made.
    """
    if url := config.get("SQLALCHEMY_URL"):
        return str(url)
    if not (embedded and EMBEDDED):
        raise SettingsError(f"SQLALCHEMY_URL is not set. {DID_YOU_MEAN}")
    try:
        instance_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        wrong = f"{instance_folder()} cannot be written ({error.strerror})"
        raise SettingsError(f"{wrong}. Did you mean to set SQLALCHEMY_URL?") from None
    return f"sqlite:///{instance_folder() / 'app.sqlite'}"
