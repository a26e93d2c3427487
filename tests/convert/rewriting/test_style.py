"""How a new import is written where a library is called like a module of the project."""

import pytest

from ..tools import converted, tree

MODEL = "from app.models import User\n\n\ndef f():\n    return User.query.all()\n"


@pytest.mark.parametrize(
    ("path", "start", "others"),
    [
        ("app/views.py", "import logging\n", {"app/logging.py": "x = 1\n"}),
        ("app/views.py", "import calendar\n", {"app/calendar.py": "import calendar\n"}),
        ("alembic/env.py", "from alembic import context\n", {}),
        ("alembic/versions/a1.py", "from alembic import op\n", {"alembic/env.py": ""}),
        (
            "app/views.py",
            "from redis import Redis\n",
            {"app/redis.py": "from redis import Redis\n", "requirements.txt": "redis==5.0\n"},
        ),
    ],
)
def test_a_library_does_not_decide_from_which_folder_the_session_is_imported(
    path: str, start: str, others: dict[str, str]
) -> None:
    _, files = converted(tree({path: start + MODEL, **others}))
    assert files[path].startswith(start)
    assert "\nfrom app.db import Session\n" in files[path]
    assert files[path].endswith("def f():\n    return Session.query(User).all()\n")
