"""Brings a project into the form that the rest reads: one ``db``, made from classes beside it.

What a person would do first: let a second ``db`` that has no models be the first one, and move a
subclass of the extension, or of its classes, to where the ``db`` is made.
"""

from __future__ import annotations

from ...project import Change, Index, Tree, flask_sqlalchemy_generation
from . import merging, moving
from .home import is_example


def prepare(
    index: Index, tree: Tree, python: dict[str, str], taken: frozenset[str]
) -> tuple[Change, ...]:
    """Return the changes that are made first, one thing at a time; none for most projects.

    :param python: the text of each Python file by its path.
    :param taken: names that the new module can define.
    """
    homes = [home for home in index.homes if not is_example(home[0])]
    texts: dict[str, str | None] = {}
    if len(homes) == 1:
        texts = moving.with_class_moved(index, python, homes[0], taken)
    # 3.x accepts only one for each app.
    elif homes and flask_sqlalchemy_generation(tree, list(python.values())) == 2:
        texts = merging.merged(index, python, homes)
    files = tree.files
    return tuple(
        Change(path, files[path].data, None if text is None else files[path].with_text(text))
        for path, text in texts.items()
    )
