"""What the environment decides: read once, checked, and not changed afterwards."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert

from .db.engines import DatabaseURLError, checked_url


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says what is wrong."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one app; all but the URLs are read from ``FLASK_`` and their name.

    :param url: the database (``SQLALCHEMY_URL``).
    :param replica_url: where single reads go (``SQLALCHEMY_REPLICA_URL``).
    :param embedded: bring the database to the newest schema at start, and greet in a new one.
    :param pool_size: connections that each engine may hold, one per thread.
    :param pool_timeout: seconds to wait for one of them.
    :param connect_timeout: seconds to wait for the database.
    :param query_timeout: seconds to wait for the answer to a statement.
    :param max_content_length: bytes that a body may have.
    :param body_timeout: seconds to wait for more of a body.
    """

    url: str
    replica_url: str | None = None
    embedded: bool = False
    pool_size: Annotated[int, Meta(ge=1)] = 5
    pool_timeout: Annotated[float, Meta(gt=0)] = 3.0
    connect_timeout: Annotated[int, Meta(ge=1)] = 3
    query_timeout: Annotated[float, Meta(gt=0)] = 10.0
    max_content_length: Annotated[int, Meta(ge=1)] = 64 * 1024
    body_timeout: Annotated[float, Meta(gt=0)] = 20.0

    @classmethod
    def from_environment(cls, config: Mapping[str, Any]) -> Settings:
        """Read the settings of this process.

        :param config: Flask's configuration, which holds the variables that begin with FLASK_.
        :raises SettingsError: a value has the wrong type or is out of range, or no engine can be
            made from a URL.
        """
        for variable in ("SQLALCHEMY_URL", "SQLALCHEMY_REPLICA_URL"):
            try:
                if url := os.environ.get(variable):
                    checked_url(url)
            except DatabaseURLError as error:
                raise SettingsError(f"{variable} {error}") from None
        values = {name: config.get(name.upper()) for name in cls.__struct_fields__}
        values |= {
            "url": database_url(),
            "replica_url": os.environ.get("SQLALCHEMY_REPLICA_URL") or None,
            "embedded": not os.environ.get("SQLALCHEMY_URL"),
        }
        try:
            given = {name: value for name, value in values.items() if value is not None}
            return convert(given, cls)
        except ValidationError as error:
            wrong = re.sub(r"`\$\.(\w+)`", lambda at: f"FLASK_{at[1].upper()}", str(error))
            raise SettingsError(wrong) from None

    def pool(self) -> dict[str, Any]:
        """Return the options of `Database` that say how many connections, and how long to wait."""
        names = ("pool_size", "pool_timeout", "connect_timeout", "query_timeout")
        return {name: getattr(self, name) for name in names}


def instance_folder() -> Path:
    """Return the folder for what belongs to this installation: Flask's place, without Flask."""
    project = Path(__file__).resolve().parents[2]
    if (project / "pyproject.toml").exists():
        return project / "instance"
    return Path(sys.prefix, "var", f"{__package__}-instance")


def database_url() -> str:
    """Return the URL that server, commands and migrations share: the variable's or the default."""
    return os.environ.get("SQLALCHEMY_URL") or f"sqlite:///{instance_folder() / 'app.sqlite'}"
