from ..tools import check_converted, check_noop, converted, tree

TEXT = "from flask_session import Session\n\nSession()\n"


def test_sessions_in_the_database_are_kept_by_a_module_of_the_project() -> None:
    check_converted(
        TEXT,
        "from app.server_sessions import Session\n\nSession()\n",
        app__config='SESSION_TYPE = "sqlalchemy"\n',
    )


def test_sessions_elsewhere_stay_as_they_are() -> None:
    check_noop(TEXT, app__config='SESSION_TYPE = "redis"\n')


def test_the_module_is_written_beside_the_new_one() -> None:
    config = 'SESSION_TYPE = "sqlalchemy"\n'
    _, files = converted(tree({"app/views.py": TEXT, "app/config.py": config}))
    assert "from .db import" in files["app/server_sessions.py"]


def test_other_names_and_other_modules_stay() -> None:
    config = 'import flask_session\nSESSION_TYPE = "sqlalchemy"\n'
    check_noop("from flask_session import FileSystemSessionInterface\n", app__config=config)
    check_noop("from .flask_session import Session\n", app__config=config)
    check_noop("from requests import Session\n", app__config=config)


def test_a_name_of_its_own_is_kept() -> None:
    check_converted(
        "from flask_session import Session as Server\n\nServer()\n",
        "from app.server_sessions import Session as Server\n\nServer()\n",
        app__config='SESSION_TYPE = "sqlalchemy"\n',
    )
