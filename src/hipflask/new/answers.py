"""What a project remembers of how it was made: `.hipflask.toml`."""

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from .names import Names

FILE = ".hipflask.toml"
HEAD = "# How this project was made; `hipflask diff` shows what has been gained since.\n"

DatabaseName = Literal["sqlite", "postgresql", "mysql"]


class AnswersError(ValueError):
    """A file of answers that cannot be used; the text says why."""


@dataclass(frozen=True)
class Answers:
    """What was asked for, and of which version of Hipflask."""

    version: str
    project: str
    database: DatabaseName
    singular: str
    plural: str

    @classmethod
    def read(cls, folder: Path) -> "Answers":
        """Read what a project remembers.

        :raises AnswersError: it remembers nothing, or what cannot be.
        """
        path = folder / FILE
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise AnswersError(
                f"{path.parent.resolve()} has no {FILE}: this is not the folder of a project that "
                "`hipflask new` has made."
            ) from None
        except (OSError, ValueError) as error:
            raise AnswersError(f"{path} cannot be read: {error}") from None
        if set(told) != set(cls.__dataclass_fields__) or not all(
            isinstance(value, str) for value in told.values()
        ):
            raise AnswersError(
                f"{path} should have {', '.join(cls.__dataclass_fields__)}, each a text."
            )
        if told["database"] not in get_args(DatabaseName):
            raise AnswersError(f"{path} names a database that there is not: {told['database']}.")
        return cls(**told)

    def written(self) -> str:
        """Return the text of the file."""
        return HEAD + "".join(f'{name} = "{value}"\n' for name, value in asdict(self).items())

    def names(self) -> Names:
        return Names(self.project, self.singular, self.plural)
