"""The new module of a project, ``db.py``: what takes the place of the ``db``.

Goes in: the survey of a project, and what its rewritten files ask of the new module. Comes out: the
text of ``db.py``, with what the project uses and nothing else, and of what goes beside it (`write`).

It is put together from the modules in ``parts/``, which are plain Python: ``if needs("MySQL")`` is
decided when a ``db.py`` is written, and of what is left each definition that the project uses is
kept. They run in the converted project: they may import Flask, SQLAlchemy and each other, nothing of
Hipflask. Where Flask-SQLAlchemy 2 and 3 have little in common, there is a second module, ``_2``.

| to change | open |
|---|---|
| what a converted project has at run time | ``parts/`` |
| what a project needs | ``features.py``; what it mentions, ``survey/settings.py`` |
| how ``needs()`` is decided | ``deciding.py`` |
| which definitions are kept | ``cutting.py``, ``pieces.py`` |
| the order of the new module, its base, its imports | ``assembly.py`` |

May import: ``hipflask.project``, ``survey``.
"""

from .assembly import write
from .features import needed
from .pieces import names

__all__ = ["names", "needed", "write"]
