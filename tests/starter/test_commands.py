"""The commands beside Flask's own."""

from __future__ import annotations

import pytest
from conftest import migrate
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import URL, func, select

from starter import commands
from starter.db import Session, read, scope
from starter.models import Message


@pytest.fixture
def runner(live_app: Flask) -> FlaskCliRunner:
    return live_app.test_cli_runner()


def stored(app: Flask) -> int:
    with scope(app.extensions["database"]), read() as connection:
        return connection.scalar(select(func.count()).select_from(Message)) or 0


def test_populate_writes_as_many_messages_as_asked(live_app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["populate", "12345"])
    # A machine that takes longer than a second shows its progress before.
    assert result.output.endswith("12,345 messages written; there are 12,345.\n")
    assert stored(live_app) == 12_345


def test_populate_fills_up_and_can_be_run_again(live_app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["populate", "10"])
    assert runner.invoke(args=["populate", "10"]).output == "0 messages written; there are 10.\n"
    assert runner.invoke(args=["populate", "15"]).output == "5 messages written; there are 15.\n"
    assert stored(live_app) == 15


def test_populate_that_was_interrupted_keeps_its_batches_and_is_taken_up(
    live_app: Flask, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Session.commit
    commits: list[None] = []

    def interrupted() -> None:
        if len(commits) == 3:
            raise KeyboardInterrupt
        commits.append(None)
        commit()

    with monkeypatch.context() as patch:
        patch.setattr(commands, "BATCH", 100)
        patch.setattr(Session, "commit", interrupted)
        assert runner.invoke(args=["populate", "1000"]).exit_code != 0
    assert stored(live_app) == 200
    assert runner.invoke(args=["populate", "1000"]).exit_code == 0
    assert stored(live_app) == 1000


@pytest.mark.parametrize("number", ["-1", "many", "1.5"])
def test_populate_refuses_what_is_no_number(runner: FlaskCliRunner, number: str) -> None:
    result = runner.invoke(args=["populate", "--", number])
    assert result.exit_code == 2
    assert "Invalid value for 'NUMBER'" in result.output


def test_populate_on_an_outdated_schema_says_in_one_line_what_to_run(
    url: URL, runner: FlaskCliRunner
) -> None:
    migrate(url, "base")
    result = runner.invoke(args=["populate", "1"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The schema is out of date. Run: flask --app starter db upgrade\n"
    )


def test_the_shell_has_models_and_session_at_hand(live_app: Flask) -> None:
    with live_app.app_context():
        at_hand = live_app.make_shell_context()
    assert at_hand["Message"] is Message
    assert at_hand["Session"] is Session
    assert {"read", "write", "scope", "select"} <= at_hand.keys()
