"""The database of the tests: an SQLite file that is deleted when they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def database() -> Iterator[str]:
    """Give the URL of an empty database, for the length of a ``with``."""
    with TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'test.sqlite'}"
