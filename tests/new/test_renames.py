"""What `--resource` renames, and what it leaves: the column and other people's words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hipflask.new.names import Names, plural_of
from hipflask.new.renames import Renames

from .conftest import Run, files

TASK = Renames(Names("shop", "task"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("class Message(Base):", "class Task(Base):"),
        ("class NewMessage(msgspec.Struct):", "class NewTask(msgspec.Struct):"),
        ('"messages"', '"tasks"'),
        ("pk_messages", "pk_tasks"),
        ("/messages/1", "/tasks/1"),
        ("def test_a_message_that_is_not_there", "def test_a_task_that_is_not_there"),
        ("There is no message 7.", "There is no task 7."),
        ("message = factories.message(text)", "task = factories.task(text)"),
        ("session.add(message)", "session.add(task)"),
        ("from starter.models import Message", "from shop.models import Task"),
        ("Every Message. Messages are", "Every Task. Tasks are"),
        ("  messages.py    /messages", "  tasks.py       /tasks"),
        # the column
        ("message: Mapped[str]", "message: Mapped[str]"),
        ("Message.message", "Task.message"),
        ("Message(message=text)", "Task(message=text)"),
        ('{"message": "hello"}', '{"message": "hello"}'),
        ('message["message"]', 'task["message"]'),
        ('"#/message"', '"#/message"'),
        ("SELECT message FROM messages", "SELECT message FROM tasks"),
        # other people's words
        ("record.getMessage()", "record.getMessage()"),
        ("HTTPMessage, EmailMessage", "HTTPMessage, EmailMessage"),
        ('"%(message)s"', '"%(message)s"'),
        ("${message}", "${message}"),
        ("restarter, starters", "restarter, starters"),
    ],
)
def test_a_word_is_renamed_where_it_means_the_resource(before: str, after: str) -> None:
    assert TASK.text(before) == after


@pytest.mark.parametrize(
    ("noun", "before", "after"),
    [
        ("item", "A message, a_message", "An item, an_item"),
        ("user", "a message", "a user"),
        ("upload", "a message", "an upload"),
        ("order_line", "class Message: a message", "class OrderLine: an order_line"),
    ],
)
def test_the_article_fits_the_noun(noun: str, before: str, after: str) -> None:
    assert Renames(Names("shop", noun)).text(before) == after


@pytest.mark.parametrize(
    ("singular", "plural"),
    [("task", "tasks"), ("category", "categories"), ("day", "days"), ("box", "boxes")],
)
def test_plurals_are_english(singular: str, plural: str) -> None:
    assert plural_of(singular) == plural


def test_with_another_resource_no_word_of_messages_is_left(hipflask: Run, tmp_path: Path) -> None:
    done = hipflask("new", "shop", "--resource", "person", "--plural", "people")
    assert done.returncode == 0, done.stderr
    made = files(tmp_path / "shop")
    assert {"src/shop/people.py", "tests/test_people.py"} < made.keys()
    assert "src/shop/migrations/versions/0001_people.py" in made
    text = b"\n".join(made[name] for name in made if not name.endswith(".txt")).decode()
    assert "class Person(Base):" in text
    assert '__tablename__ = "people"' in text
    assert not re.findall("messages|Messages|(?<!get)(?<!HTTP)Message", text)
    # the column, and what logging and Alembic call so
    for left in re.finditer(r".*\bmessage\b.*", text):
        assert re.search(
            r"[\"']message\\?[\"']|\.message\b|message=|message: (Mapped|Annotated)|#/message"
            r"|\(message\)|SELECT message|\{message\}",
            left[0],
        ), left[0]


def test_the_names_of_the_starter_are_allowed(hipflask: Run, tmp_path: Path) -> None:
    assert hipflask("new", "starter", "--resource", "message").returncode == 0
    assert (tmp_path / "starter/src/starter/messages.py").exists()


def test_a_project_is_formatted_and_sorted_whatever_its_names(
    hipflask: Run, tmp_path: Path
) -> None:

    name, noun = "a_project_with_quite_a_long_name", "element_of_a_collection"
    assert hipflask("new", name, "--resource", noun).returncode == 0
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache"],
            cwd=tmp_path / name,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
