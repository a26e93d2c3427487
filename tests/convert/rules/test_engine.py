from ..tools import check_converted, check_noop, converted, tree


def test_the_engine_is_asked_of_the_new_module() -> None:
    check_converted(
        """\
        from app.extensions import db

        print(db.engine.url, db.engines["other"])
        """,
        """\
        from app.extensions import db

        print(db.get_engine().url, db.get_engines()["other"])
        """,
    )


def test_where_a_test_replaces_get_engine_the_engine_stays_what_it_is() -> None:
    check_converted(
        """\
        from app.extensions import db

        print(db.engine.url)
        """,
        """\
        from app.extensions import db

        print(db.get_engines()[None].url)
        """,
        tests__test_it="""\
from app.extensions import db


def test_it(monkeypatch):
    monkeypatch.setattr(db, "get_engine", None)
""",
    )


def test_the_new_module_has_what_gives_the_engine() -> None:
    text = "from app.extensions import db\n\nprint(db.engine, db.engines)\n"
    _, files = converted(tree({"app/x.py": text}))
    assert "def get_engine(" in files["app/db.py"]
    assert "def get_engines(" in files["app/db.py"]


def test_an_engine_that_is_replaced_is_listed() -> None:
    outcome = check_noop("from app.extensions import db\n\ndb.engine = None\n")
    assert [(f.line, f.rule) for f in outcome.findings] == [(3, "engine")]


def test_all_the_engines_are_asked_for_also_where_a_test_replaces_get_engine() -> None:
    test = (
        "from app.extensions import db\n\n\ndef test(mp):\n    mp.setattr(db, 'get_engine', None)\n"
    )
    text = "from app.extensions import db\n\nprint(db.engines, db.engine)\n"
    _, files = converted(tree({"app/x.py": text, "tests/test_it.py": test}))
    assert "print(db.get_engines(), db.get_engines()[None])" in files["app/x.py"]
    assert "def get_engines(" in files["app/db.py"]
