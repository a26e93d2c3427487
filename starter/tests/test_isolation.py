"""What a test writes is gone when it ends, even if it or the app committed it."""

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import create_engine, func, select

from starter.db import Session
from starter.models import Message

COUNT = select(func.count()).select_from(Message)


@pytest.mark.parametrize("run", ["first", "second"])
def test_every_test_starts_with_an_empty_table(runner: FlaskCliRunner, url: str, run: str) -> None:
    runner.invoke(args=["populate", "3"])
    Session.delete(Session.scalars(select(Message)).first())
    Session.commit()
    assert Session.scalar(COUNT) == 2

    outside = create_engine(url)
    with outside.connect() as connection:
        assert connection.scalar(COUNT) == 0
    outside.dispose()


def test_a_failed_commit_keeps_what_the_test_wrote_before(runner: FlaskCliRunner) -> None:
    runner.invoke(args=["populate", "3"])
    Session.add(Message())
    with pytest.raises(Exception, match=r"(?i)null"):
        Session.commit()
    Session.rollback()
    assert Session.scalar(COUNT) == 3
