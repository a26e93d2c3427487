"""What the choice of a database changes in the starter, place by place.

The starter serves from SQLite, moves to the others by its URL, and is tested on all of them. What
is chosen is the driver that comes along, the servers that a project is tested on, and what is
written down: settings and README.
"""

import re
from dataclasses import dataclass

SECTION = """\
## {title}

```console
$ export SQLALCHEMY_URL={url}
$ alembic upgrade head
$ flask --app starter run
```

Unless the variable is set, the app serves from SQLite, which it migrates itself.{remark}

"""


@dataclass(frozen=True)
class Database:
    """A database to make a project for.

    :param kind: what the tests call its server.
    :param title: what people call it.
    :param extra: the starter's extra that has its driver.
    :param pins: the packages of the driver, as the pins name them.
    :param remark: what else the README has to say.
    """

    kind: str
    title: str = ""
    extra: str = ""
    pins: tuple[str, ...] = ()
    url: str = ""
    remark: str = ""


DATABASES = {
    "sqlite": Database("sqlite"),
    "postgresql": Database(
        "postgresql",
        "PostgreSQL",
        "postgresql",
        ("psycopg", "psycopg-binary", "tzdata"),
        "postgresql+psycopg://me@localhost/starter",
    ),
    "mysql": Database(
        "mariadb",
        "MariaDB, MySQL",
        "mysql",
        ("pymysql",),
        "mysql+pymysql://me@localhost/starter",
        " The database must be made\nwith `CHARACTER SET utf8mb4`.",
    ),
}


class Starter:
    """The text of each file of the starter by its path, and what is changed in them."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def put(self, path: str, pattern: str, new: str) -> None:
        """Put something else in the one place of a file that a pattern finds.

        :raises LookupError: there is none, or more than one.
        """
        flags = re.MULTILINE | re.DOTALL
        text, count = re.subn(pattern, lambda _: new, self.files[path], flags=flags)
        if count != 1:
            raise LookupError(f"{count} places in {path} are {pattern!r}; it should be one.")
        self.files[path] = text


def choose(name: str, files: dict[str, str]) -> None:
    """Make the starter a project for a database.

    :param files: the text of each file by its path; what depends on the database is changed.
    :raises LookupError: the starter has not, or more than once, what is to be changed.
    """
    database, starter = DATABASES[name], Starter(files)
    test_on(database, starter)
    if database.extra:
        depend_on(database, starter)
        write_down(database, starter)


def test_on(database: Database, starter: Starter) -> None:
    kinds = ", ".join(f'"{kind}"' for kind in dict.fromkeys(["sqlite", database.kind]))
    starter.put("tests/servers.py", r"^KINDS = [^\n]*", f"KINDS = [{kinds}]")
    shown = database.title.partition(",")[0]
    tests = f"on SQLite and {shown}" if shown else "on SQLite"
    starter.put("README.md", r"on SQLite, PostgreSQL, MariaDB(?=;)", tests)
    if database.kind != "mariadb":
        server = r"^ +- run: sudo apt-get [^\n]*mariadb[^\n]*\n"
        starter.put(".github/workflows/ci.yml", server, "")


def depend_on(database: Database, starter: Starter) -> None:
    extra = rf"^{database.extra} = \[([^\n]*)\]\n"
    asked = re.findall(extra, starter.files["pyproject.toml"], re.MULTILINE)
    starter.put("pyproject.toml", extra, "")
    starter.put("pyproject.toml", r'^(?=    "sqlalchemy)', f"    {''.join(asked)},\n")
    pinned = blocks(starter.files["requirements/serve.txt"])
    run = blocks(starter.files["requirements/run.txt"])
    run |= {name: pinned[name] for name in database.pins}
    starter.put("requirements/run.txt", r"^\w.*", "".join(run[name] for name in sorted(run)))


def write_down(database: Database, starter: Starter) -> None:
    unless = r"^# SQLite in instance/, unless set:\n[^\n]*"
    starter.put(".env.example", unless, f"SQLALCHEMY_URL={database.url}")
    section = SECTION.format(title=database.title, url=database.url, remark=database.remark)
    starter.put("README.md", r"^## PostgreSQL, MariaDB\n.*?(?=^## )", section)


def blocks(pins: str) -> dict[str, str]:
    """Return the lines of each package in a file of pins, its hashes with it."""
    found = re.finditer(r"^([\w.-]+)==.*\n(?: .*\n)*", pins, re.MULTILINE)
    return {match[1]: match[0] for match in found}
