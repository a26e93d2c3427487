"""Where the new module goes, and what it is called."""

import pytest

from ..tools import EXTENSIONS, converted, tree

FLAT = {"app/extensions.py": "", "app/models.py": "", "extensions.py": EXTENSIONS}


def new_module(files: dict[str, str]) -> str:
    outcome, _ = converted(tree(files))
    return outcome.facts.new_module


def test_the_new_module_is_db_beside_the_module_that_made_the_db() -> None:
    assert new_module({}) == "app/db.py"
    assert new_module(FLAT) == "db.py"


@pytest.mark.parametrize(
    "other",
    [
        {"app/views.py": "import db\n"},
        {"app/views.py": "from db.things import thing\n"},
        {"app/views.py": "def f():\n    from db import thing\n"},
        {"app/__init__.py": "from mongo import db\n"},
        {"app/db/__init__.py": ""},
    ],
)
def test_the_new_module_is_not_called_like_what_the_project_uses(other: dict[str, str]) -> None:
    assert new_module(other) == "app/database.py"


@pytest.mark.parametrize(
    "other",
    [
        {"tests/db.py": "", "tests/test_it.py": "import db\n"},
        {"tests/db.py": "", "tests/test_it.py": "from helpers import x\n", "tests/helpers.py": ""},
        {"requirements.txt": "flask\ndb==1.0\n"},
    ],
)
def test_a_new_module_at_the_top_is_not_hidden_by_another_one(other: dict[str, str]) -> None:
    assert new_module(FLAT | other) == "database.py"


def test_a_package_whose_db_is_the_project_s_may_have_a_module_of_the_name() -> None:
    assert new_module({"app/__init__.py": "from app.extensions import db\n"}) == "app/db.py"
