from ..tools import check_converted, check_noop

CONFTEST = """\
import pytest

from app.extensions import db as _db


@pytest.fixture
def db(app):
    _db.create_all()
    yield _db
    _db.drop_all()
"""
TEST = """\
def test_it(db):
    db.session.commit()
"""
CONVERTED = """\
def test_it(db):
    db.Session.commit()
"""


def test_a_fixture_gives_the_db_to_tests_and_fixtures() -> None:
    check_converted(TEST, CONVERTED, "tests/test_it.py", tests__conftest=CONFTEST)
    check_converted(
        CONFTEST + "\n\n@pytest.fixture(name='other')\ndef session(db):\n    return db.session\n",
        CONFTEST + "\n\n@pytest.fixture(name='other')\ndef session(db):\n    return db.Session\n",
        "tests/conftest.py",
    )


def test_a_fixture_may_have_another_name_than_its_function_and_import_the_db_itself() -> None:
    conftest = """\
        import pytest


        @pytest.fixture(name="db", scope="session")
        def database():
            from app.extensions import db

            return db
        """
    check_converted(TEST, CONVERTED, "tests/sub/test_it.py", tests__conftest=conftest)


def test_a_fixture_of_another_folder_or_of_something_else_gives_nothing() -> None:
    check_noop(TEST, "tests/test_it.py", others__conftest=CONFTEST)
    check_noop(TEST, "tests/test_it.py", tests__conftest=CONFTEST.replace("@pytest.fixture", ""))
    other = "import pytest\n\n\n@pytest.fixture\ndef db(db):\n    return db\n"
    check_noop(TEST, "tests/test_it.py", tests__conftest=other)
    own = "import pytest\n\nfrom fakes import db\n\n\n@pytest.fixture\ndef db():\n    return db\n"
    check_noop(TEST, "tests/test_it.py", tests__conftest=own)


def test_a_function_that_is_no_test_gets_what_it_is_called_with() -> None:
    check_noop(TEST.replace("test_it", "helper"), "tests/test_it.py", tests__conftest=CONFTEST)


def test_a_fixture_may_return_the_db_of_a_function_that_it_calls() -> None:
    conftest = """\
        import pytest


        @pytest.fixture(scope="session")
        def db(app):
            from app import development

            development.clear()
            return development.load(tests=True)


        @pytest.fixture
        def session(db, other):
            db.session = other
            return other
        """
    development = """\
        from app.extensions import db


        def clear():
            def inner():
                return 1


        def load(tests=False):
            return again()


        def again():
            return db
        """
    views = "from app.extensions import db\n\n\ndef save():\n    db.session.commit()\n"
    outcome = check_converted(
        conftest,
        conftest.replace("db.session", "db.Session"),
        "tests/conftest.py",
        app__development=development,
        app__views=views,
    )
    changed = {change.path: (change.after or b"").decode() for change in outcome.changes}
    assert "db.Session.commit()" in changed["app/views.py"]


def test_a_fixture_that_returns_what_another_thing_makes_gives_nothing() -> None:
    for call in ("load()", "Loader().load()", "app.load()", "nowhere.load()"):
        conftest = f"import pytest\n\nimport nowhere\n\n\n@pytest.fixture\ndef db(app):\n    return {call}\n"
        check_noop(TEST, "tests/test_it.py", tests__conftest=conftest)


def test_a_fixture_may_keep_the_db_that_it_makes_in_a_variable() -> None:
    conftest = """\
        import pytest


        @pytest.fixture
        def db(app):
            from app import setup

            made = setup.load()
            return made
    """
    setup = "from app.extensions import db\n\n\ndef load():\n    return db\n"
    check_converted(TEST, CONVERTED, "tests/test_it.py", tests__conftest=conftest, app__setup=setup)
