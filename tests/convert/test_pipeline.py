"""What a project as a whole may be, and what is said of it."""

import ast
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

import hipflask.convert.rules
from hipflask.convert.pipeline import convert
from hipflask.convert.rewriting import File as RewrittenFile
from hipflask.convert.rules import Rule, rules
from hipflask.project import File, Tree, Use, WorkingCopy

from .tools import EXTENSIONS, MODELS, converted, tree


def plain(files: dict[str, str]) -> Tree:
    return Tree(Path("/nowhere"), {path: File(path, text.encode()) for path, text in files.items()})


def test_a_project_without_the_extension_stays_as_it_is() -> None:
    outcome = convert(plain({"app.py": "import flask\n"}))
    assert (outcome.changes, outcome.findings, outcome.facts.refused) == ([], [], False)


def test_two_databases_are_refused_and_both_are_named() -> None:
    outcome = convert(tree({"app/other.py": EXTENSIONS}))
    assert outcome.changes == []
    assert outcome.facts.refused
    assert [(finding.path, finding.line) for finding in outcome.findings] == [
        ("app/extensions.py", 3),
        ("app/other.py", 3),
    ]


def test_a_database_of_an_installed_package_is_refused_with_its_name() -> None:
    outcome = convert(plain({"app.py": "from company.core import db\n\ndb.session.commit()\n"}))
    assert outcome.facts.refused
    assert "company.core" in outcome.findings[0].reason


def test_a_module_called_db_is_no_database_of_an_installed_package() -> None:
    outcome = convert(plain({"one/deep/env.py": "import db\n\nprint(db.Base)\n"}))
    assert (outcome.changes, outcome.findings, outcome.facts.refused) == ([], [], False)


def test_a_database_that_is_made_in_a_function_is_refused() -> None:
    text = "from flask_sqlalchemy import SQLAlchemy\n\n\ndef make():\n    return SQLAlchemy()\n"
    outcome = convert(plain({"app.py": text}))
    assert outcome.facts.refused
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app.py", 5, "extension")]


def test_a_file_with_a_syntax_error_is_listed_and_stops_nothing_else() -> None:
    outcome, files = converted(tree({"app/broken.py": "def db.session(:\n"}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/broken.py", 1, "syntax")]
    assert "class User(Base)" in files["app/models.py"]
    assert files["app/broken.py"] == "def db.session(:\n"


def test_what_an_unreadable_file_asks_the_db_for_is_still_there() -> None:
    # A syntax that is newer than this Python is no mistake of the project.
    text = "from app.extensions import db\n\nprint(db.session, ?)\n"
    outcome, files = converted(tree({"app/newer.py": text}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/newer.py", 3, "syntax")]
    assert "def __getattr__(" in files["app/db.py"]
    assert "query = QueryProperty()" in files["app/db.py"]


def test_every_import_of_the_db_still_works_through_the_module_that_made_it() -> None:
    _, files = converted(tree({}))
    assert files["app/extensions.py"] == "from app import db\n"


def test_crlf_and_encodings_stay() -> None:
    text = "# -*- coding: latin-1 -*-\r\nfrom app.extensions import db\r\nx = 'é'; db.session\r\n"
    before = tree({})
    before.files["app/x.py"] = File("app/x.py", text.encode("latin-1"))
    outcome = convert(before)
    after = next(change.after for change in outcome.changes if change.path == "app/x.py")
    assert after == (
        "# -*- coding: latin-1 -*-\r\nfrom app.db import Session\r\nx = 'é'; Session\r\n"
    ).encode("latin-1")


def test_a_rule_that_is_skipped_leaves_what_works_as_it_stands() -> None:
    before = tree({"app/x.py": "from app.extensions import db\n\nprint(db.session, db.Integer)\n"})
    outcome = convert(before, skip=["session"])
    texts = {change.path: (change.after or b"").decode() for change in outcome.changes}
    assert "print(db.session, sa.Integer)" in texts["app/x.py"]
    assert "def __getattr__(" in texts["app/db.py"]


def test_a_partial_conversion_is_not_taken_for_a_whole_one() -> None:
    before = tree({"app/x.py": "from app.extensions import db\n\nprint(db.session, db.Integer)\n"})
    partly = WorkingCopy(before)
    partly.apply(*convert(before, only=["session"]).changes)
    assert "db.Integer" in partly.tree.files["app/x.py"].text
    again = convert(partly.tree)
    assert (again.changes, again.facts.refused) == ([], True)
    (finding,) = again.findings
    assert (finding.path, finding.line) == ("app/db.py", 3)
    assert "partly converted, without base, " in finding.reason
    assert "without --only and --skip" in finding.reason


def test_who_skips_the_same_rule_again_has_nothing_to_do() -> None:
    before = tree({"app/x.py": "from app.extensions import db\n\nprint(db.session)\n"})
    partly = WorkingCopy(before)
    partly.apply(*convert(before, skip=["session"]).changes)
    assert convert(partly.tree).facts.refused
    again = convert(partly.tree, skip=["session"])
    assert (again.changes, again.facts.refused) == ([], False)


def test_a_rule_that_had_nothing_to_do_may_be_skipped() -> None:
    done = WorkingCopy(tree({}))
    done.apply(*convert(done.tree, skip=["security"]).changes)
    again = convert(done.tree)
    assert (again.changes, again.facts.refused) == ([], False)


def test_what_goes_to_the_new_module_asks_the_session_there() -> None:
    text = (
        "from flask_sqlalchemy import SQLAlchemy\n\n\nclass Crud:\n    def save(self):\n"
        "        db.session.add(self)\n\n\ndb = SQLAlchemy(model_class=Crud)\n"
    )
    _, files = converted(tree({"app/extensions.py": text}))
    assert "        Session.add(self)\n" in files["app/db.py"]
    assert "class Base(Crud, " in files["app/db.py"]
    assert "db.session" not in files["app/db.py"] + files["app/extensions.py"]


def test_a_declarative_base_of_another_module_stays_the_only_one() -> None:
    base = (
        "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\n\n\n"
        "class Named(DeclarativeBase):\n    metadata = MetaData()\n"
    )
    extensions = (
        "from flask_sqlalchemy import SQLAlchemy\n\nfrom .base import Named\n\n"
        "db = SQLAlchemy(model_class=Named)\n"
    )
    _, files = converted(tree({"app/base.py": base, "app/extensions.py": extensions}))
    # A second DeclarativeBase among the bases would have a metadata of its own in SQLAlchemy 2.0.
    assert "class Base(Named):" in files["app/db.py"]
    assert "    __abstract__ = True\n" in files["app/db.py"]


def test_a_module_without_imports_of_the_project_imports_as_its_neighbours_do() -> None:
    neighbour = "from . import models\n"
    _, files = converted(tree({"app/neighbour.py": neighbour}))
    assert files["app/extensions.py"].startswith("from . import db\n")


@pytest.mark.parametrize("path", ["backend/tests/test_user.py", "tests/test_user.py"])
def test_a_folder_without_packages_is_imported_from_below_it_and_from_beside_it(path: str) -> None:
    files = {
        "backend/models.py": EXTENSIONS + MODELS.partition("\n")[2],
        "backend/app.py": "from models import db\n",
        path: "from models import User, db\n\ndb.create_all()\nprint(User.query.all())\n",
    }
    outcome, texts = converted(plain(files))
    assert not outcome.findings
    assert texts[path] == (
        "from db import Session\nfrom models import User, db\n\n"
        "db.create_all()\nprint(Session.query(User).all())\n"
    )


def test_added_imports_keep_the_groups_of_a_file_apart() -> None:
    text = "import os, flask\n\nfrom app.extensions import db\n\nprint(db.Integer, db.session)\n"
    _, files = converted(tree({"app/x.py": text}))
    assert files["app/x.py"] == (
        "import os, flask\n\nimport sqlalchemy as sa\n\nfrom app.db import Session\n\n"
        "print(sa.Integer, Session)\n"
    )


def test_a_test_may_have_a_db_of_its_own_which_is_listed() -> None:
    text = (
        "from flask_sqlalchemy import SQLAlchemy\n\n\ndef test_it(app):\n"
        "    mine = SQLAlchemy(app)\n    print(SQLAlchemy())\n"
    )
    outcome, files = converted(tree({"tests/test_it.py": text}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [
        ("tests/test_it.py", 5, "extension"),
        ("tests/test_it.py", 6, "extension"),
    ]
    assert files["tests/test_it.py"] == text


def breaking(path: str, text: str) -> ModuleType:
    """Return a rule that puts a text in the place of each class of a file."""
    rule = ModuleType("breaking")

    def rewrite(use: Use, file: RewrittenFile) -> None:
        if file.path == path:
            file.replace(use.node, text)

    vars(rule).update(NODES=(ast.ClassDef, ast.Assign), rewrite=rewrite)
    return rule


@pytest.mark.parametrize("text", ["class (", "other = 1"])
def test_a_file_that_cannot_be_rewritten_is_left_and_listed_and_still_works(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    every = {**rules(), "breaking": cast(Rule, breaking("app/models.py", text))}
    monkeypatch.setattr(hipflask.convert.rules, "rules", lambda: every)
    outcome = convert(tree({}))
    assert [(f.path, f.rule) for f in outcome.findings] == [("app/models.py", "conversion")]
    texts = {change.path: (change.after or b"").decode() for change in outcome.changes}
    assert "app/models.py" not in texts
    assert "def __getattr__(" in texts["app/db.py"]
    assert "query = QueryProperty()" in texts["app/db.py"]


def test_where_the_file_that_made_the_db_cannot_be_rewritten_all_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = {**rules(), "breaking": cast(Rule, breaking("app/extensions.py", "class ("))}
    monkeypatch.setattr(hipflask.convert.rules, "rules", lambda: every)
    outcome = convert(tree({}))
    assert (outcome.changes, outcome.facts.refused) == ([], True)
    assert [(f.path, f.rule) for f in outcome.findings] == [("app/extensions.py", "conversion")]


@pytest.mark.parametrize(
    "path", ["unitTests/app.py", "app/tests/base.py", "app/test_own.py", "conftest.py", "docs/x.py"]
)
def test_a_test_may_have_a_db_of_its_own(path: str) -> None:
    outcome, files = converted(tree({path: EXTENSIONS}))
    assert outcome.facts.home == "app/extensions.py"
    assert files[path] == EXTENSIONS


@pytest.mark.parametrize("path", ["app/latest/x.py", "app/testimony.py", "contests/app.py"])
def test_a_second_db_of_the_project_is_refused_wherever_it_stands(path: str) -> None:
    outcome, _ = converted(tree({path: EXTENSIONS}))
    assert outcome.facts.refused


def test_an_old_migration_that_does_without_the_db_stays_as_it_is() -> None:
    text = (
        '"""Fill names; db.session is not used.\n\nRevision ID: 1\n"""\n'
        "from alembic import op\nfrom sqlalchemy import orm\n\nimport sqlalchemy as sa\n\n"
        'revision = "1"\ndown_revision = None\n\nBase = orm.declarative_base()\n\n\n'
        'class User(Base):\n    __tablename__ = "user"\n'
        "    id = sa.Column(sa.Integer, primary_key=True)\n\n\n"
        "def upgrade():\n    db = orm.Session(bind=op.get_bind())\n"
        "    print(db.query(User).first(), db.session, User.query)\n"
    )
    _, files = converted(tree({"migrations/versions/1_names.py": text}))
    assert files["migrations/versions/1_names.py"] == text
