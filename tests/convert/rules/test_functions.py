from ..tools import check_converted, check_noop, converted, tree


def test_what_the_db_does_itself_reads_as_before() -> None:
    check_noop(
        """\
        from app.extensions import db


        def reset():
            db.drop_all()
            db.create_all()
        """
    )


def test_the_new_module_has_what_is_used_and_nothing_else() -> None:
    _, files = converted(
        tree({"app/reset.py": "from app.extensions import db\n\ndb.create_all()\n"})
    )
    assert "def create_all(" in files["app/db.py"]
    assert "def drop_all(" not in files["app/db.py"]
    assert "class Pagination" not in files["app/db.py"]


def test_what_the_db_never_had_is_listed() -> None:
    outcome = check_converted(
        """\
        from app.extensions import db

        db.frobnicate()
        """,
        """\
        from app.extensions import db

        db.frobnicate()
        """,
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(3, "functions")]


def test_what_other_rules_rewrite_is_not_listed() -> None:
    text = (
        "from app.extensions import db\n\nprint(db.engine, db.metadatas, db.Table, db.joinedload)\n"
        "db.event.listen\n"
    )
    outcome, _ = converted(tree({"app/x.py": text}))
    assert outcome.findings == []


def test_what_only_the_second_generation_had_is_in_its_new_module_alone() -> None:
    text = "from app.extensions import db\n\nprint(db.get_app())\n"
    older = {"requirements.txt": "flask-sqlalchemy==2.5.1\n"}
    outcome, files = converted(tree({"app/x.py": text, **older}))
    assert [f for f in outcome.findings if f.rule == "functions"] == []
    assert "def get_app(" in files["app/db.py"]
    outcome, files = converted(tree({"app/x.py": text}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/x.py", 3, "functions")]


def test_a_name_that_is_given_to_the_db_is_kept_by_the_new_module() -> None:
    assert check_noop("from app.extensions import db\n\ndb.mine = 1\n").findings == []


def test_what_neither_generation_had_is_listed_in_the_second_too() -> None:
    older = {"requirements.txt": "flask-sqlalchemy==2.5.1\n"}
    text = "from app.extensions import db\n\nprint(db.nonesuch)\n"
    outcome, _ = converted(tree({"app/x.py": text, **older}))
    assert [f.rule for f in outcome.findings if f.path == "app/x.py"] == ["functions"]


def test_what_the_project_puts_on_the_db_is_there() -> None:
    outcome = check_converted(
        """\
        from app.extensions import db


        def fetch():
            return db.fetch()
        """,
        """\
        from app.extensions import db


        def fetch():
            return db.fetch()
        """,
        app__setup="from app.extensions import db\n\ndb.fetch = print\n",
    )
    assert [f for f in outcome.findings if f.rule == "functions"] == []
