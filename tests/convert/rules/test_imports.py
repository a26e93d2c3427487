import pytest

from ..tools import check_converted, check_noop, converted, tree


def test_classes_of_the_extension_come_from_the_new_module() -> None:
    check_converted(
        """\
        from flask_sqlalchemy.pagination import Pagination
        from flask_sqlalchemy.record_queries import get_recorded_queries

        print(Pagination, get_recorded_queries())
        """,
        """\
        from app.db import Pagination, get_recorded_queries

        print(Pagination, get_recorded_queries())
        """,
    )


def test_what_has_no_counterpart_is_left_and_listed() -> None:
    outcome = check_converted(
        "from flask_sqlalchemy import __version__\n",
        "from flask_sqlalchemy import __version__\n",
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(1, "imports")]


def test_a_type_of_the_extension_is_one_of_sqlalchemy_or_python() -> None:
    check_converted(
        """\
        import os
        from flask_sqlalchemy import SQLAlchemy
        from flask_sqlalchemy.model import DefaultMeta

        from app.extensions import db

        BaseModel: DefaultMeta = db.Model
        the_db: "SQLAlchemy" = db


        def make(db: SQLAlchemy, model: DefaultMeta) -> None:
            db.create_all()
        """,
        """\
        import os

        from types import ModuleType

        from app.extensions import db
        from app.db import Base

        BaseModel = Base
        the_db = db


        def make(db: ModuleType, model: type[Base]) -> None:
            db.create_all()
        """,
    )


def test_on_1_4_the_base_has_another_metaclass() -> None:
    text = (
        "from flask_sqlalchemy.model import DefaultMeta\n\n\n"
        "def make(model: DefaultMeta) -> None:\n    print(model)\n"
    )
    outcome = check_converted(
        text,
        "from sqlalchemy.orm import DeclarativeMeta\n\n\n"
        "def make(model: DeclarativeMeta) -> None:\n    print(model)\n",
        setup='setup(install_requires=["flask-sqlalchemy==2.5.1", "sqlalchemy==1.4.54"])\n',
    )
    assert outcome.facts.sqlalchemy == "1.4"


def test_classes_that_are_reached_through_the_extension_come_from_the_new_module() -> None:
    check_converted(
        """\
        import os
        import flask_sqlalchemy
        import flask_sqlalchemy.pagination

        print(os.sep, flask_sqlalchemy.BaseQuery, flask_sqlalchemy.pagination.Pagination)
        """,
        """\
        import os
        from sqlalchemy import orm
        from app.db import Pagination

        print(os.sep, orm.Query, Pagination)
        """,
    )


def test_a_type_that_is_reached_through_the_extension_is_one_of_python() -> None:
    check_converted(
        """\
        import os

        import flask_sqlalchemy


        def make(db: flask_sqlalchemy.SQLAlchemy | None = None) -> None:
            print(os.sep, db)
        """,
        """\
        import os
        from types import ModuleType


        def make(db: ModuleType | None = None) -> None:
            print(os.sep, db)
        """,
    )


def test_an_import_of_the_extension_that_is_still_needed_stays() -> None:
    outcome = check_noop(
        """\
        import flask_sqlalchemy


        def is_database(thing: object) -> bool:
            return isinstance(thing, flask_sqlalchemy.SQLAlchemy)
        """,
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(5, "imports")]


def test_a_class_of_the_extension_that_is_still_needed_is_listed() -> None:
    outcome = check_noop(
        """\
        from flask_sqlalchemy import SQLAlchemy


        def is_database(thing: object) -> bool:
            return isinstance(thing, SQLAlchemy)
        """,
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(5, "imports")]


def test_a_name_of_its_own_is_kept() -> None:
    check_converted(
        "from flask_sqlalchemy.query import Query as Old\n\nprint(Old)\n",
        "from sqlalchemy.orm import Query as Old\n\nprint(Old)\n",
    )


@pytest.mark.parametrize(
    ("line", "definition"),
    [
        ("from flask_sqlalchemy import models_committed", "models_committed ="),
        ("from flask_sqlalchemy.record_queries import get_recorded_queries", "def record_queries("),
        ("from flask_sqlalchemy.pagination import Pagination", "class Pagination"),
        ("import flask_sqlalchemy as fsa\nprint(fsa.models_committed)", "def announce("),
        ("import flask_sqlalchemy as fsa\nprint(fsa.pagination.Pagination)", "class Pagination"),
    ],
)
def test_the_new_module_has_what_is_imported(line: str, definition: str) -> None:
    _, files = converted(tree({"app/x.py": f"{line}\n"}))
    assert definition in files["app/db.py"]
    assert "flask_sqlalchemy" not in files["app/x.py"]


def test_the_query_class_is_that_of_the_new_module_where_its_methods_are_used() -> None:
    check_converted(
        "from flask_sqlalchemy.query import Query\n\nprint(Query)\n",
        "from app.db import Query\n\nprint(Query)\n",
        tests__test_it="def test(query):\n    query.paginate.return_value = []\n",
    )


def test_a_module_of_the_project_of_a_name_like_it_is_not_the_extension() -> None:
    check_noop("from .flask_sqlalchemy import Query\n\nprint(Query, __name__)\n")
    check_noop("from . import Query\n")
    check_noop("import flask_sqlalchemyish\n\nprint(flask_sqlalchemyish.Query, os.Query)\n")


def test_what_only_the_base_of_the_models_needs_is_not_imported_where_the_db_was_made() -> None:
    check_converted(
        """\
        from flask_sqlalchemy import SQLAlchemy
        from flask_sqlalchemy.query import Query as Plain


        class Counted(Plain):
            pass


        db = SQLAlchemy(query_class=Counted)
        """,
        """\
        from app import db
        """,
        path="app/extensions.py",
    )


def test_a_type_in_quotes_is_named_anew_and_an_import_for_types_alone_leaves_nothing() -> None:
    check_converted(
        """\
        from typing import TYPE_CHECKING, Optional

        from flask import Flask

        if TYPE_CHECKING:
            from flask_sqlalchemy import SQLAlchemy


        def setup(app: Flask, db: "SQLAlchemy") -> "Optional[SQLAlchemy]":
            return Optional
        """,
        """\
        from types import ModuleType
        from typing import Optional

        from flask import Flask


        def setup(app: Flask, db: "ModuleType") -> "Optional[ModuleType]":
            return Optional
        """,
    )


def test_what_else_is_imported_for_types_stays() -> None:
    check_converted(
        """\
        import typing as t

        if t.TYPE_CHECKING:
            import os
            from flask_sqlalchemy import SQLAlchemy


        def setup(db: "SQLAlchemy") -> "os.PathLike[str]":
            return db
        """,
        """\
        from types import ModuleType
        import typing as t

        if t.TYPE_CHECKING:
            import os


        def setup(db: "ModuleType") -> "os.PathLike[str]":
            return db
        """,
    )


def test_a_guard_that_does_more_than_import_the_type_stays() -> None:
    check_converted(
        """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from flask_sqlalchemy import SQLAlchemy
        else:
            SQLAlchemy = object
        """,
        """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            pass
        else:
            SQLAlchemy = object
        """,
    )


def test_what_tells_types_apart_elsewhere_too_is_still_imported() -> None:
    check_converted(
        """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from flask_sqlalchemy import SQLAlchemy

        print(TYPE_CHECKING)
        """,
        """\
        from typing import TYPE_CHECKING

        print(TYPE_CHECKING)
        """,
    )


TYPES = {
    "the class of models": (
        "from flask_sqlalchemy.model import Model\n\n\ndef f(x: Model) -> type[Model]: ...\n",
        "from app.db import Base as Model\n\n\ndef f(x: Model) -> type[Model]: ...\n",
    ),
    "what a check asks": (
        "from flask_sqlalchemy.model import Model\n\nisinstance(1, Model)\n",
        "from app.db import Base as Model\n\nisinstance(1, Model)\n",
    ),
    "a type of the type stubs": (
        "from flask_sqlalchemy.extension import _FSAModel\n\n\ndef f(x: _FSAModel): ...\n",
        "from app.db import Base as _FSAModel\n\n\ndef f(x: _FSAModel): ...\n",
    ),
    "a module": (
        "from flask_sqlalchemy import model\n\n\ndef f(x: model.Model): ...\n",
        "from app.db import Base\n\n\ndef f(x: Base): ...\n",
    ),
    "a cast": (
        "from typing import cast\n\nfrom flask_sqlalchemy.model import DefaultMeta\n"
        "from app.extensions import db\n\nModel = cast(DefaultMeta, db.Model)\n",
        "from typing import cast\n\nfrom app.db import Base\n\nModel = cast(type[Base], Base)\n",
    ),
    "a bound": (
        "from typing import TypeVar\nfrom flask_sqlalchemy.model import DefaultMeta\n\n"
        "T = TypeVar('T', bound=type[DefaultMeta])\n",
        "from typing import TypeVar\nfrom app.db import Base\n\n"
        "T = TypeVar('T', bound=type[Base])\n",
    ),
    "for type checkers alone": (
        "from typing import TYPE_CHECKING\n\nfrom app.extensions import db\n\n"
        "if TYPE_CHECKING:\n    from flask_sqlalchemy.model import Model\nelse:\n"
        "    Model = db.Model\n\n\nclass Mixin(Model):\n    __abstract__ = True\n",
        "from typing import TYPE_CHECKING\n\nfrom app.db import Base\n\n"
        "if TYPE_CHECKING:\n    from app.db import Base as Model\nelse:\n"
        "    Model = Base\n\n\nclass Mixin(Model):\n    __abstract__ = True\n",
    ),
}


@pytest.mark.parametrize("case", TYPES)
def test_what_only_names_a_type_needs_nothing_of_the_extension(case: str) -> None:
    outcome = check_converted(*TYPES[case])
    assert not outcome.facts.refused
    assert outcome.findings == []


HOME = """\
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, MetaData

db = SQLAlchemy(metadata=MetaData())
"""


def test_a_type_that_another_module_of_the_project_passes_on_is_replaced_as_well() -> None:
    check_converted(
        """\
        from app.storage import SQLAlchemy, db


        def init(database: SQLAlchemy) -> "SQLAlchemy":
            db.session.commit()
        """,
        """\
        from types import ModuleType

        from app.db import Session


        def init(database: ModuleType) -> "ModuleType":
            Session.commit()
        """,
        app__extensions="from app.storage import db\n",
        app__storage=HOME,
    )


def test_what_is_left_of_a_type_that_is_passed_on_comes_from_the_extension() -> None:
    text = "from app.storage import SQLAlchemy\n\n\ndef is_one(thing):\n    return isinstance(thing, SQLAlchemy)\n"
    outcome = check_converted(
        text,
        text.replace("app.storage", "flask_sqlalchemy"),
        app__extensions="from app.storage import db\n",
        app__storage=HOME,
    )
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/views.py", 5, "imports")]


def test_a_type_that_is_only_passed_on_is_imported_no_more() -> None:
    check_converted(
        "from app.storage import SQLAlchemy\n\nname = 1\n",
        "name = 1\n",
        app__extensions="from app.storage import db\n",
        app__storage=HOME,
    )


@pytest.mark.parametrize(
    "text",
    [
        "from app.storage import MetaData\n",
        "import app.storage\n\nprint(app.storage.MetaData)\n",
        "import app.storage as home\n\nprint(home.MetaData)\n",
        "from app import storage\n\nprint(storage.MetaData)\n",
        "def f():\n    from . import storage\n\n    return storage.MetaData\n",
    ],
)
def test_what_others_get_from_the_home_of_the_db_stays_there(text: str) -> None:
    _, files = converted(
        tree(
            {
                "app/storage.py": HOME,
                "app/extensions.py": "from app.storage import db\n",
                "app/views.py": text,
            }
        )
    )
    assert files["app/views.py"] == text
    assert "MetaData" in files["app/storage.py"]


def test_a_db_that_others_ask_a_module_for_stays_there() -> None:
    before = "from app.extensions import db\n\n\ndef save():\n    db.session.commit()\n"
    _, files = converted(
        tree(
            {
                "app/views.py": before,
                "tests/test_it.py": "import app.views\n\napp.views.db.session.add(1)\n",
            }
        )
    )
    assert files["tests/test_it.py"] == "import app.views\n\napp.views.db.Session.add(1)\n"
    assert "from app.extensions import db\n" in files["app/views.py"]
