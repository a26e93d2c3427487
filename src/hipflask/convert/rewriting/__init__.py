"""One file while it is rewritten.

Goes in: a file as it was read, and what its rules ask of it. Comes out: its new text, with its
imports put right (`finish`), and what it needs of the new module (`Rewritten`).

| to change | open |
|---|---|
| what a rule may do to a place, and how a name is brought in | ``file.py`` |
| which imports are added, and which go | ``imports.py`` |
| how an added import is written: relative, or from which folder | ``style.py`` |
| which names change in comments and docstrings | ``prose.py`` |
| how a statement is taken out | ``statements.py`` |
| how a method becomes a function | ``calls.py`` |

May import: ``hipflask.project``, ``survey``.
"""

from .calls import call_function
from .file import File, Rewritten
from .imports import finish
from .statements import remove_statement

__all__ = ["File", "Rewritten", "call_function", "finish", "remove_statement"]
