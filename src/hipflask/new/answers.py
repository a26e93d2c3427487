"""What a project was made with, as `.hipflask.toml` in it says."""

import hashlib
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from .names import Names, column_of

FILE = ".hipflask.toml"
HEAD = """\
# How `hipflask new` made this project. `hipflask diff` reads it to show what later versions add.
"""

DatabaseName = Literal["sqlite", "postgresql", "mariadb"]


class AnswersError(ValueError):
    """A `.hipflask.toml` that is missing or cannot be used; the text says why."""


@dataclass(frozen=True)
class Answers:
    """The options of `hipflask new`, and the version that made the project.

    :param digest: of the files as they were made.
    """

    version: str
    project: str
    database: DatabaseName
    resource: str
    plural: str
    field: str
    digest: str = ""

    @classmethod
    def read(cls, folder: Path) -> "Answers":
        """Read what a project was made with.

        :raises AnswersError: the file is missing, or not as `hipflask new` writes it.
        """
        path = folder / FILE
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise AnswersError(
                f"{folder.resolve()} has no {FILE}, so `hipflask new` did not make it."
            ) from None
        except (OSError, ValueError) as error:
            raise AnswersError(f"{path} cannot be read: {error}") from None
        if set(values) != set(cls.__dataclass_fields__) or not all(
            isinstance(value, str) for value in values.values()
        ):
            raise AnswersError(
                f"{path} must have {', '.join(cls.__dataclass_fields__)}, each a string."
            )
        if values["database"] not in get_args(DatabaseName):
            raise AnswersError(f"{path} names an unknown database: {values['database']}.")
        return cls(**values)

    def write(self, folder: Path) -> None:
        """Write the file into a project that was just made, with the digest of its files."""
        answers = replace(self, digest=digest(folder))
        lines = [f'{name} = "{value}"\n' for name, value in asdict(answers).items()]
        (folder / FILE).write_text(HEAD + "".join(lines), encoding="utf-8", newline="\n")

    def names(self) -> Names:
        return Names(self.project, self.resource, self.plural, column_of(self.field))


def digest(folder: Path) -> str:
    """Return a hash of the paths and contents in a folder, without `.hipflask.toml` itself."""
    total = hashlib.sha256()
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for path in sorted(paths):
        if path != FILE:
            content = (folder / path).read_bytes()
            total.update(f"{path}\0{len(content)}\0".encode())
            total.update(content)
    return total.hexdigest()
