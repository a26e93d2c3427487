import pytest

from hipflask.convert.pipeline import convert

from ..tools import check_converted, tree

FACTORY = """\
from flask import Flask
from flask_alembic import Alembic

from app.extensions import db

alembic = Alembic(run_mkdir=False)


def create_app():
    app = Flask(__name__)
    db.init_app(app)
    alembic.init_app(app)
    return app
"""


def test_it_gets_the_metadata_and_then_the_engine() -> None:
    check_converted(
        FACTORY,
        """\
        from flask import Flask
        from flask_alembic import Alembic

        from app.db import Base
        from app.extensions import db

        alembic = Alembic(run_mkdir=False, metadatas=Base.metadata)


        def create_app():
            app = Flask(__name__)
            db.init_app(app)
            alembic.engines = {"default": app.extensions["database"]}
            alembic.init_app(app)
            return app
        """,
    )


def test_it_gets_both_at_once_where_the_app_is_known() -> None:
    check_converted(
        """\
        from flask_alembic import Alembic

        from app.extensions import db

        db.init_app(app)
        Alembic(app)
        """,
        """\
        from flask_alembic import Alembic

        from app.db import Base
        from app.extensions import db

        db.init_app(app)
        Alembic(app, metadatas=Base.metadata, engines=app.extensions["database"])
        """,
    )


def test_with_binds_it_gets_the_default_one() -> None:
    settings = "SQLALCHEMY_BINDS = {'a': 'sqlite://'}\n"
    outcome = convert(tree({"app/factory.py": FACTORY, "app/config.py": settings}))
    (change,) = [change for change in outcome.changes if change.path == "app/factory.py"]
    assert b'{"default": app.extensions["database"][None]}' in (change.after or b"")


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "Flask-Alembic==3.0.1\n"},
        {"app/migrations.py": "from flask_alembic import Alembic\n\n\nclass Own(Alembic): ...\n"},
    ],
    ids=["before 3.1", "a class of its own"],
)
def test_what_takes_only_the_extension_is_refused(files: dict[str, str]) -> None:
    outcome = convert(tree({"app/factory.py": FACTORY} | files))
    assert outcome.facts.refused
    assert {finding.rule for finding in outcome.findings} == {"extension"}
    assert "3.1" in outcome.findings[0].reason
