"""Gives what a conversion writes the format of the project.

Goes in: the project, and its Python files before and after. Comes out: those files as the project's
own tools would leave them (`write`). A file that was not formatted or sorted before stays as it is,
so code that no rule touches keeps every byte.

| to change | open |
|---|---|
| which tools those are, and their settings | ``tools.py`` |
| how they are run | ``running.py`` |

May import: ``hipflask.project``.
"""

from .running import write

__all__ = ["write"]
