"""A subclass of the extension that adds methods, converted and run; one that does more, refused."""

from pathlib import Path

import pytest

from hipflask.convert.pipeline import convert

from ..tools import converted, tree
from ..versions import THREE, THREE_ON_14, TWO, Versions

SUBCLASS = """\
from contextlib import contextmanager

from flask_sqlalchemy import SQLAlchemy as _SQLAlchemy


class SQLAlchemy(_SQLAlchemy):
    \"\"\"Ours.\"\"\"

    @contextmanager
    def auto_commit(self):
        \"\"\"Commit, or undo.

        Each time.
        \"\"\"
        try:
            yield
            self.session.commit()
        except ValueError:
            # It is no trouble.
            self.session.rollback()

    def save(self, *things, flush=False):
        with self.auto_commit():
            for thing in things:
                self.session.add(thing)
        return self.engine.dialect.name, sorted(self.metadata.tables)


db = SQLAlchemy()
"""
SCRIPT = """\
from flask import Flask

from app.extensions import db
from app.models import User

app = Flask(__name__)
app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_TRACK_MODIFICATIONS=False)
db.init_app(app)
with app.app_context():
    db.create_all()
    print(db.save(User(name="a"), User(name="b")))
    with db.auto_commit():
        db.session.add(User(name="c"))
        raise ValueError
    with db.auto_commit():
        db.session.add(User(name="d"))
    db.session.remove()
    print([user.name for user in User.query.order_by("id")])
"""
EACH = pytest.mark.parametrize("versions", [THREE, THREE_ON_14, TWO], ids=["3", "3 on 1.4", "2"])


@EACH
def test_added_methods_do_what_they_did(tmp_path: Path, versions: Versions) -> None:
    files = {"app/extensions.py": SUBCLASS}
    assert versions.printed(tmp_path, files, SCRIPT) == [
        "('sqlite', ['user'])",
        "['a', 'b', 'd']",
    ]


@EACH
def test_a_query_class_beside_it_may_have_the_extensions_name(
    tmp_path: Path, versions: Versions
) -> None:
    base = "BaseQuery" if versions is TWO else "Query as BaseQuery"
    module = "flask_sqlalchemy" if versions is TWO else "flask_sqlalchemy.query"
    extensions = SUBCLASS.replace(
        "\n\ndb = SQLAlchemy()\n",
        "\n\nclass Query(BaseQuery):\n    def named(self, name):\n"
        "        return super(Query, self).filter_by(name=name)\n\n\n"
        "db = SQLAlchemy(query_class=Query)\n",
    ).replace("\n\n\nclass SQL", f"\nfrom {module} import {base}\n\n\nclass SQL")
    script = f"{SCRIPT}    print(User.query.named('d').first_or_404().name)\n"
    files = {"app/extensions.py": extensions}
    assert versions.printed(tmp_path, files, script)[-1] == "d"


def test_the_methods_are_plain_functions_of_the_new_module() -> None:
    outcome, texts = converted(tree({"app/extensions.py": SUBCLASS}))
    assert outcome.findings == []
    assert texts["app/extensions.py"] == "from app import db\n"
    assert texts["app/db.py"].endswith('''\


@contextmanager
def auto_commit():
    """Commit, or undo.

    Each time.
    """
    try:
        yield
        Session.commit()
    except ValueError:
        # It is no trouble.
        Session.rollback()


def save(*things, flush=False):
    with auto_commit():
        for thing in things:
            Session.add(thing)
    return get_engine().dialect.name, sorted(Base.metadata.tables)
''')


def test_another_query_class_extends_that_of_sqlalchemy() -> None:
    text = """\
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.query import Query as BaseQuery

    class Query(BaseQuery):
        pass

    db = SQLAlchemy(query_class=Query)
    """
    other = "from flask_sqlalchemy.query import Query\n\n\nclass Other(Query):\n    pass\n"
    _, texts = converted(tree({"app/extensions.py": text, "app/other.py": other}))
    assert texts["app/extensions.py"] == "from app import db\n"
    assert "class Query(orm.Query):" in texts["app/db.py"]
    assert texts["app/other.py"].startswith("from sqlalchemy.orm import Query\n")


HEAD = (
    "from flask_sqlalchemy import SQLAlchemy as _SQLAlchemy\n\n\nclass SQLAlchemy(_SQLAlchemy):\n"
)


@pytest.mark.parametrize(
    "body",
    [
        "    def create_all(self):\n        self.session.commit()\n",
        "    def __init__(self, app=None):\n        super().__init__(app)\n",
        "    def text(self):\n        return 'a name of SQLAlchemy'\n",
        "    def make_engine(self):\n        return 'a name of the new module'\n",
        "    def first(self):\n        return super().session\n",
        "    def first(self):\n        return self\n",
        "    def first(self):\n        return self.unknown\n",
        "    def first(self):\n        self.session = None\n",
        "    def first(self):\n        Session = self.session\n        return Session\n",
        "    def first(self, Session):\n        return self.session, Session\n",
        "    def first(self):\n        return '''two\n        lines'''\n",
        "    @property\n    def first(self):\n        return 1\n",
        "    @staticmethod\n    def first():\n        return 1\n",
        "    async def first(self):\n        return 1\n",
        "    first = 1\n",
    ],
)
def test_what_is_more_than_an_addition_is_refused_with_its_place(body: str) -> None:
    outcome = convert(tree({"app/extensions.py": f"{HEAD}{body}\n\ndb = SQLAlchemy()\n"}))
    assert outcome.changes == []
    (finding,) = outcome.findings
    assert (finding.path, finding.rule) == ("app/extensions.py", "extension")
    assert finding.line in (5, 6)
    assert "overrides" in finding.reason


@pytest.mark.parametrize(
    "line",
    [
        "class SQLAlchemy(Mixin, _SQLAlchemy):",
        "class SQLAlchemy(_SQLAlchemy, metaclass=type):",
        "@print\nclass SQLAlchemy(_SQLAlchemy):",
    ],
)
def test_a_class_that_is_more_than_its_methods_is_refused(line: str) -> None:
    head = HEAD.replace("class SQLAlchemy(_SQLAlchemy):", line)
    text = f"class Mixin:\n    pass\n\n\n{head}    pass\n\n\ndb = SQLAlchemy()\n"
    outcome = convert(tree({"app/extensions.py": text}))
    assert outcome.changes == []
    assert ["overrides" in finding.reason for finding in outcome.findings] == [True]


def test_a_class_that_is_asked_for_elsewhere_is_refused() -> None:
    text = f"{HEAD}    pass\n\n\ndb = SQLAlchemy()\nprint(isinstance(db, SQLAlchemy))\n"
    outcome = convert(tree({"app/extensions.py": text}))
    assert outcome.changes == []
    assert [
        (finding.line, "is also used here" in finding.reason) for finding in outcome.findings
    ] == [(9, True)]
