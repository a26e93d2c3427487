"""The app's own commands."""

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from starter.db import Session, read
from starter.models import Message


def stored() -> int:
    with read() as connection:
        return connection.scalar(select(func.count()).select_from(Message)) or 0


def test_populate_fills_the_table_up_to_a_number(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["populate", "5"])
    assert result.output == "5 messages written; there are 5.\n"
    result = runner.invoke(args=["populate", "7"])
    assert result.output == "2 messages written; there are 7.\n"
    assert stored() == 7


@pytest.mark.parametrize("number", ["-1", "many", "1.5"])
def test_populate_refuses_what_is_not_a_number(runner: FlaskCliRunner, number: str) -> None:
    result = runner.invoke(args=["populate", "--", number])
    assert result.exit_code == 2
    assert "Invalid value for 'NUMBER'" in result.output


def test_a_shell_has_the_session_and_the_models(app: Flask) -> None:
    names = app.make_shell_context()
    assert names["Session"] is Session
    assert names["Message"] is Message
