import pytest

from ..tools import check_converted, converted, tree


def test_the_new_module_takes_the_name_of_the_db() -> None:
    check_converted(
        """\
        from flask_login import LoginManager
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()
        login = LoginManager()
        """,
        """\
        from flask_login import LoginManager

        from app import db

        login = LoginManager()
        """,
        path="app/extensions.py",
    )


def test_an_app_that_was_handed_over_is_set_up() -> None:
    check_converted(
        """\
        from flask import Flask
        from flask_sqlalchemy import SQLAlchemy

        app = Flask(__name__)
        db = SQLAlchemy(app)
        """,
        """\
        from flask import Flask

        from app import db

        app = Flask(__name__)
        db.init_app(app)
        """,
        path="app/extensions.py",
    )


IMPORT = "from flask_sqlalchemy import SQLAlchemy\n"


def home_and_module(text: str, **files: str) -> tuple[str, str]:
    """Return what the file that made the db becomes, and the new module."""
    _, texts = converted(tree({"app/extensions.py": text, **files}))
    return texts["app/extensions.py"], texts["app/db.py"]


@pytest.mark.parametrize("argument", ["app", "app=app"])
def test_an_app_is_set_up_by_the_new_module(argument: str) -> None:
    home, module = home_and_module(f"import app\n{IMPORT}\ndb = SQLAlchemy({argument})\n")
    assert home == "import app\nfrom app import db\n\ndb.init_app(app)\n"
    assert "def init_app(" in module


@pytest.mark.parametrize("argument", ["", "None", "app=None"])
def test_where_no_app_is_handed_over_none_is_set_up(argument: str) -> None:
    home, _ = home_and_module(f"{IMPORT}\ndb = SQLAlchemy({argument})\nx = 1\n")
    assert home == "from app import db\n\nx = 1\n"


def test_the_second_generation_also_keeps_the_app() -> None:
    home, module = home_and_module(
        f"import app\n{IMPORT}\ndb: SQLAlchemy = SQLAlchemy(app)\n",
        **{"requirements.txt": "flask-sqlalchemy==2.5.1\n"},
    )
    assert home.endswith("db.init_app(app)\ndb.app = app\n")
    assert "\napp:" in module


MOVED = f"""\
import os
from sqlalchemy import MetaData
from app.names import RULES, EXTRA
{IMPORT}
NAMING = {{"ix": RULES}}
OTHER = MetaData
metadata = MetaData(naming_convention=NAMING, info=EXTRA)
db = SQLAlchemy(metadata=metadata)
print(os.sep, NAMING)
"""


def test_what_the_arguments_need_goes_to_the_new_module_too() -> None:
    home, module = home_and_module(MOVED)
    assert home == (
        "import os\nfrom sqlalchemy import MetaData\nfrom app import db\n"
        "from app.db import NAMING\n\nOTHER = MetaData\nprint(os.sep, NAMING)\n"
    )
    assert "from app.names import EXTRA, RULES\n" in module
    assert 'NAMING = {"ix": RULES}\n' in module
    assert "metadata = MetaData(naming_convention=NAMING, info=EXTRA)\n" in module


def test_what_others_import_stays_to_be_had_where_it_was() -> None:
    home, _ = home_and_module(
        MOVED, **{"app/x.py": "from app.extensions import EXTRA, metadata\n\nprint(metadata)\n"}
    )
    assert "from app.db import NAMING, metadata\n" in home
    assert "from app.names import EXTRA\n" in home
