"""The new module of a project, ``db.py``: what takes the place of the ``db``.

Goes in: the survey of a project, and what its rewritten files ask of the new module. Comes out: the
text of ``db.py``, with what the project uses and nothing else, and of what goes beside it (`write`).

It is cut out of the modules in ``parts/``: those with a ``_2`` are for Flask-SQLAlchemy 2. They run
in the converted project: they may import Flask, SQLAlchemy and each other, nothing of Hipflask.

| to change | open |
|---|---|
| what a converted project has at run time | ``parts/`` |
| what is left out of it where it is not needed | ``cutting.py``, ``pieces.py`` |
| when it is needed | ``features.py`` |

May import: ``hipflask.project``, ``survey``.
"""

from .assembly import write
from .features import needed
from .pieces import names

__all__ = ["names", "needed", "write"]
