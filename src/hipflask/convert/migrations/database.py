"""What ``env.py`` is told of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RUNTIME_OPTIONS = 'current_app.extensions["migrate"]["options"]'
ENGINE = 'current_app.extensions["database"]'
SHORT = 70  # characters, which fit in a line


@dataclass(frozen=True)
class DatabaseModule:
    """What ``env.py`` needs to know.

    :param module: the dotted name of the module with the engines and the models.
    :param binds: whether it has several databases.
    :param factory: the import and the expression that create the app, or None.
    :param enforces_foreign_keys: whether the project turns foreign keys on in SQLite.
    :param options: those of ``context.configure()``, as source text.
    :param runtime_options: whether the running program has more of them.
    :param has_get_engine: whether the module has a function for the engine; else the app has it.
    """

    module: str
    binds: bool
    factory: tuple[str, str] | None
    enforces_foreign_keys: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    runtime_options: bool = False
    has_get_engine: bool = True

    def options_as_arguments(self) -> list[str]:
        """Return the options as arguments of a call."""
        told = [f"{name}={value}" for name, value in self.options.items()]
        return [*told, f"**{RUNTIME_OPTIONS}"] if self.runtime_options else told

    def options_as_dictionary(
        self, defaults: Mapping[str, str] | None = None, newline: str = "\n"
    ) -> str:
        """Return the options as a dictionary.

        :param defaults: what counts unless an option says otherwise.
        :param newline: what begins a line, with the indentation.
        """
        options = {**(defaults or {}), **self.options}
        told = [f'"{name}": {value}' for name, value in options.items()]
        if self.runtime_options:
            told.append(f"**{RUNTIME_OPTIONS}")
        if sum(map(len, told)) < SHORT:
            return f"{{{', '.join(told)}}}"
        return f"{{{newline}    {f',{newline}    '.join(told)},{newline}}}"
