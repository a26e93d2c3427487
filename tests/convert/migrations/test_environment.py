"""What becomes of an `env.py`."""

import pytest

from hipflask.convert.migrations import environment
from hipflask.convert.migrations.database import DatabaseModule

ENVIRONMENTS = {
    "`db.engine` in a longer expression": (
        "x = str(current_app.extensions['migrate'].db.engine.url)\n",
        "x = str(db.get_engine().url)\n",
    ),
    "a name for the extension's db": (
        "target_db = current_app.extensions['migrate'].db\nm = target_db.metadata\n",
        "m = db.Base.metadata\n",
    ),
    "one of several metadatas": (
        "m = current_app.extensions['migrate'].db.metadatas[key]\n",
        "m = db.metadata_of(key or None)\n",
    ),
    "the engines": (
        "e = current_app.extensions['migrate'].db.engines[key]\n",
        "e = db.get_engines()[key]\n",
    ),
    "what it does not know stays": (
        "options = current_app.config['OPTIONS']\n",
        "options = current_app.config['OPTIONS']\n",
    ),
}


@pytest.mark.parametrize("case", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_an_expression_of_env_takes_the_new_module(case: tuple[str, str]) -> None:
    before, after = case
    text, findings = environment.rewrite("env.py", before, DatabaseModule("pkg.db", True, None))
    assert text.removeprefix("\nfrom pkg import db\n") == after
    assert findings == []


def test_a_name_that_env_uses_is_not_shadowed() -> None:
    before = "db = current_app.extensions['migrate'].db\nm = db.metadata\n"
    text, _ = environment.rewrite("env.py", before, DatabaseModule("pkg.db", False, None))
    assert "from pkg import db as database\n" in text
    assert "m = database.Base.metadata\n" in text


def test_what_env_asks_beyond_engine_and_metadata_is_found() -> None:
    before = "d = current_app.extensions['migrate'].db\nd.session.execute('x')\n"
    text, (finding,) = environment.rewrite("env.py", before, DatabaseModule("db", False, None))
    assert "d = db\n" in text
    assert (finding.line, finding.rule) == (2, "migrations")


DEFAULTS = {"compare_type": "True", "render_as_batch": "True"}
CONFIGURED = {
    "unpacked": (
        "f(a=1, **current_app.extensions['migrate'].configure_args)\n",
        "f(a=1, compare_type=True, render_as_batch=True)\n",
        "f(a=1)\n",
        'f(a=1, compare_type=True, **current_app.extensions["migrate"]["options"])\n',
    ),
    "unpacked on a line of its own": (
        "f(\n    a=1,\n    **current_app.extensions['migrate'].configure_args\n)\n",
        "f(\n    a=1,\n    compare_type=True,\n    render_as_batch=True\n)\n",
        "f(\n    a=1\n)\n",
        "f(\n    a=1,\n    compare_type=True,\n"
        '    **current_app.extensions["migrate"]["options"]\n)\n',
    ),
    "copied": (
        "o = dict(current_app.extensions['migrate'].configure_args)\n",
        'o = dict({"compare_type": True, "render_as_batch": True})\n',
        "o = dict({})\n",
        'o = dict({"compare_type": True, **current_app.extensions["migrate"]["options"]})\n',
    ),
    "with a default": (
        "o = current_app.extensions['migrate'].configure_args\n"
        "if o.get('process_revision_directives') is None:\n"
        "    o['process_revision_directives'] = f\n"
        "g(**o)\n",
        'o = {\n    "process_revision_directives": f,\n    "compare_type": True,\n'
        '    "render_as_batch": True,\n}\n'
        "g(**o)\n",
        'o = {"process_revision_directives": f}\ng(**o)\n',
        'o = {"compare_type": True, **current_app.extensions["migrate"]["options"]}\n'
        "if o.get('process_revision_directives') is None:\n"
        "    o['process_revision_directives'] = f\n"
        "g(**o)\n",
    ),
}


@pytest.mark.parametrize("case", CONFIGURED.values(), ids=CONFIGURED)
def test_env_has_the_options_itself(case: tuple[str, str, str, str]) -> None:
    before, *expected = case
    databases = [
        DatabaseModule("db", False, None, options=DEFAULTS),
        DatabaseModule("db", False, None),
        DatabaseModule("db", False, None, options={"compare_type": "True"}, runtime_options=True),
    ]
    for database, after in zip(databases, expected, strict=True):
        text, _ = environment.rewrite("env.py", before, database)
        assert text.removeprefix("\nimport db\n") == after


def test_an_import_that_env_no_longer_needs_goes() -> None:
    before = "from flask import current_app\n\nm = current_app.extensions['migrate'].db.metadata\n"
    text, _ = environment.rewrite("env.py", before, DatabaseModule("db", False, None))
    assert text == "\nimport db\n\nm = db.Base.metadata\n"
    before += "print(current_app.config['X'])\n"
    app = ("from app import create_app", "create_app()")
    text, _ = environment.rewrite("env.py", before, DatabaseModule("db", False, app))
    assert text.startswith("from flask import current_app, has_app_context\n\nimport db\n")
    late = before.replace("from flask", "print()\nfrom flask")
    text, _ = environment.rewrite("env.py", late, DatabaseModule("db", False, app))
    assert text.startswith("\nfrom flask import has_app_context\n")


ENGINES = {
    "one engine": (
        "e = current_app.extensions['migrate'].db.engine\n",
        'e = current_app.extensions["database"]\n',
    ),
    "a function of the extension": (
        "from flask import current_app as app\n\ne = app.extensions['migrate'].db.get_engine(app)\n",
        "from flask import current_app as app\n\nfrom flask import current_app\n\n"
        'e = current_app.extensions["database"]\n',
    ),
    "all of them": (
        "e = current_app.extensions['migrate'].db.engines[None]\n",
        'e = {None: current_app.extensions["database"]}[None]\n',
    ),
}


@pytest.mark.parametrize("case", ENGINES.values(), ids=ENGINES)
def test_the_engine_is_that_of_the_app_where_no_function_returns_it(case: tuple[str, str]) -> None:
    before, after = case
    database = DatabaseModule("pkg.db", False, None, has_get_engine=False)
    text, findings = environment.rewrite("env.py", before, database)
    assert (text, findings) == (after, [])
