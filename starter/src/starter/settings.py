"""The settings: read once from the environment and ``.env``, checked, and not changed afterwards."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import find_dotenv, load_dotenv
from msgspec import Meta, Struct, ValidationError, convert

# Whether `flask` and `alembic` use SQLite in the instance folder unless SQLALCHEMY_URL is set.
# A server never does.
EMBEDDED = True

DID_YOU_MEAN = (
    "Did you mean sqlite:////folder/file, postgresql+psycopg://user:password@host/database or "
    "mysql+pymysql://user:password@host/database?"
)
PROJECT = Path(__file__).resolve().parents[2]
URLS = ("SQLALCHEMY_URL", "SQLALCHEMY_REPLICA_URL")


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says what is wrong."""


def variable(field: str) -> str:
    return f"SQLALCHEMY_{field}".upper() if field.endswith("url") else field.upper()


class Settings(Struct, frozen=True, kw_only=True, rename=variable):
    """The settings of one app.

    :param url: the database (``SQLALCHEMY_URL``).
    :param replica_url: where single reads go (``SQLALCHEMY_REPLICA_URL``).
    :param pool_size: connections that each engine may hold, one per thread.
    :param pool_timeout: seconds to wait for one of them.
    :param connect_timeout: seconds to wait for the server.
    :param query_timeout: seconds to wait for the answer to a statement, or for SQLite's lock.
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
    query_timeout: Annotated[float, Meta(gt=0)] | None = 10.0
    prepared_statements: bool | None = None  # unless given, where no pooler stands between
    max_content_length: Annotated[int, Meta(ge=1)] = 64 * 1024  # bytes
    body_timeout: Annotated[float, Meta(gt=0)] = 20.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Take the settings from Flask's configuration, where they have no prefix ``FLASK_``.

        :raises SettingsError: a value has the wrong type or is out of range.
        """
        given = {name: value for name, value in config.items() if value not in (None, "")}
        if "SQLALCHEMY_URL" not in given:
            raise SettingsError(f"SQLALCHEMY_URL is not set. {DID_YOU_MEAN}")
        try:
            return convert(given, cls, strict=False)
        except ValidationError as error:
            wrong = re.sub(r"`\$\.(\w+)`", r"FLASK_\1", str(error))
            raise SettingsError(wrong.replace("FLASK_SQLALCHEMY", "SQLALCHEMY")) from None

    def __repr__(self) -> str:  # the URLs contain passwords
        return f"Settings(pool_size={self.pool_size}, ...)"


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


def embedded_url() -> str:
    """Return the URL of SQLite in the instance folder, which is made.

    :raises SettingsError: the project has no such default, or the folder cannot be made.
    """
    if not EMBEDDED:
        raise SettingsError(f"SQLALCHEMY_URL is not set. {DID_YOU_MEAN}")
    try:
        instance_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        wrong = f"{instance_folder()} cannot be written ({error.strerror})"
        raise SettingsError(f"{wrong}. Did you mean to set SQLALCHEMY_URL?") from None
    return f"sqlite:///{instance_folder() / 'app.sqlite'}"
