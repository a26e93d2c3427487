"""What `--resource` renames, and what it leaves: the column and other people's words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hipflask.new import starter
from hipflask.new.names import Names
from hipflask.new.nouns import plural_of, singular_of
from hipflask.new.renames import GENERIC, Renames

from .conftest import Run, files

TASK = Renames(Names("shop", "task"))
TITLE = Renames(Names("shop", "task", column="title"))


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
        ("caplog.messages", "caplog.messages"),
        ('{"message": "Hello friend!"}', '{"message": "Hello friend!"}'),
        ("restarter, starters", "restarter, starters"),
    ],
)
def test_a_word_is_renamed_where_it_means_the_resource(before: str, after: str) -> None:
    assert TASK.text(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("message: Mapped[str]", "title: Mapped[str]"),
        ("    message: Annotated[str, 1]", "    title: Annotated[str, 1]"),
        ("Message.message", "Task.title"),
        ("Message(message=text)", "Task(title=text)"),
        ('{"message": message.message}', '{"title": task.title}'),
        ('[message["message"] for message in x]', '[task["title"] for task in x]'),
        ('sa.Column("message", sa.String(2000))', 'sa.Column("title", sa.String(2000))'),
        ('"#/message"', '"#/title"'),
        ("SELECT message FROM messages", "SELECT title FROM tasks"),
        ("INSERT INTO messages (message)", "INSERT INTO tasks (title)"),
        ("UPDATE messages SET message = 1", "UPDATE tasks SET title = 1"),
        ("the column `message` of a message", "the column `title` of a task"),
        (r"(?<=[.])message\b|\bmessage(?==|: X)", r"(?<=[.])title\b|\btitle(?==|: X)"),
        ('-m "rename message"', '-m "rename title"'),
        ("0002_rename_message.py", "0002_rename_title.py"),
        ('{"message": "Hello friend!"}', '{"message": "Hello friend!"}'),
        ("def test_a_message_is_read", "def test_a_task_is_read"),
        ("session.add(message)", "session.add(task)"),
        ("message = store('x')", "task = store('x')"),
        ('"%(message)s"', '"%(message)s"'),
        ("def migrate(config, message: str | None)", "def migrate(config, message: str | None)"),
        ("command.revision(config, message)", "command.revision(config, message)"),
    ],
)
def test_a_field_is_renamed_where_the_word_means_the_column(before: str, after: str) -> None:
    assert TITLE.text(before) == after


def meanings(source: str) -> Iterator[tuple[int, int, str]]:
    """Find, as Python reads it, where ``message`` is the column and where the resource."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        at: tuple[int, int] | None = None
        meaning = ""
        match node:
            case ast.Attribute(attr="message"):
                line, column = (node.end_lineno or 0) - 1, node.end_col_offset or 0
                at, meaning = (line, column - len("message")), "title"
                if lines[line].encode()[column : column + 1] == b"(":
                    meaning = "task"  # a function of a module, not a column
            case ast.keyword(arg="message"):
                at, meaning = (node.lineno - 1, node.col_offset), "title"
            case ast.ClassDef():
                for statement in node.body:
                    match statement:
                        case ast.AnnAssign(target=ast.Name(id="message")):
                            yield statement.lineno - 1, statement.col_offset, "title"
            case ast.Constant(value="message"):
                at, meaning = (node.lineno - 1, node.col_offset + 1), "title"
            case ast.Name(id="message", ctx=ast.Load()):
                at, meaning = (node.lineno - 1, node.col_offset), "task"
        if at:
            yield *at, meaning


def test_the_field_and_the_resource_are_told_apart_as_python_tells_them() -> None:
    told = 0
    for path in starter.files():
        if path.suffix != ".py" or path.as_posix().startswith(GENERIC):
            continue
        source = (starter.folder() / path).read_text()
        found = {
            match.start(): TITLE.column if match["column"] else "task"
            for match in TITLE.pattern.finditer(source)
            if match[0] == "message" and not match["other"]
        }
        others = [match.span() for match in TITLE.pattern.finditer(source) if match["other"]]
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        for row, column, meaning in meanings(source):
            before = source.splitlines()[row].encode()[:column].decode()
            at = starts[row] + len(before)
            if any(begin <= at < end for begin, end in others):
                continue
            assert found[at] == meaning, f"{path}:{row + 1}"
            told += 1
    assert told > 10


def test_the_recipe_for_renaming_the_column_renames_it_to_another_name() -> None:
    names = Names("shop", "post", column="content")
    recipe = 'alter_column("message", new_column_name="content")'
    expected = 'alter_column("content", new_column_name="body")'
    assert Renames(names).file("README.md", recipe) == expected


@pytest.mark.parametrize("path", GENERIC)
def test_what_serves_any_resource_is_in_the_starter(path: str) -> None:
    assert (starter.folder() / path).exists()


def test_what_serves_any_resource_knows_no_message() -> None:
    for path in starter.files():
        if path.as_posix().startswith(GENERIC):
            text = (starter.folder() / path).read_text()
            assert not re.search(r"\bMessages?\b|\bmessages\b", text), path


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
    [
        ("task", "tasks"),
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("status", "statuses"),
        ("page", "pages"),
        ("person", "people"),
        ("sales_person", "sales_people"),
        ("analysis", "analyses"),
        ("news", None),
        ("breaking_news", None),
        ("series", None),
    ],
)
def test_plurals_are_english(singular: str, plural: str | None) -> None:
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    ("noun", "singular"),
    [
        ("tasks", "task"),
        ("categories", "category"),
        ("statuses", "status"),
        ("boxes", "box"),
        ("people", "person"),
        ("data", "datum"),
        ("order_lines", "order_line"),
        ("status", None),
        ("address", None),
        ("analysis", None),
        ("lens", None),
        ("news", None),
        ("person", None),
        ("movie", None),
    ],
)
def test_a_plural_is_known_by_its_ending(noun: str, singular: str | None) -> None:
    assert singular_of(noun) == singular


def readable(made: dict[str, bytes]) -> str:
    """Return the text of a project's files, without its pins."""
    return b"\n".join(made[name] for name in made if not name.endswith(".txt")).decode()


def test_with_another_resource_and_field_no_word_of_messages_is_left(
    hipflask: Run, tmp_path: Path
) -> None:
    done = hipflask("new", "shop", "--resource", "person", "--field", "nickname:str")
    assert done.returncode == 0, done.stderr
    made = files(tmp_path / "shop")
    assert {"src/shop/people.py", "tests/test_people.py"} < made.keys()
    assert "src/shop/migrations/versions/0001_people.py" in made
    for name, needed in {
        "src/shop/models.py": ["class Person(Base):", '= "people"', "nickname: Mapped[str]"],
        "src/shop/people.py": ['url_prefix="/people"', "nickname: Annotated["],
        "src/shop/migrations/versions/0001_people.py": ['sa.Column("nickname", sa.String(2000)'],
        "tests/test_people.py": ['client.post("/people", json={"nickname": '],
        "README.md": ['localhost:5000/people --json \'{"nickname": '],
        ".hipflask.toml": ['resource = "person"', 'plural = "people"', 'field = "nickname:str"'],
    }.items():
        for text in needed:
            assert text in made[name].decode(), name
    generic = tuple(path.replace("starter", "shop") for path in GENERIC)
    own = {name: body for name, body in made.items() if not name.startswith(generic)}
    left = re.findall(r".*(?<!get)(?<!HTTP)message.*", readable(own), re.IGNORECASE)
    others = re.compile(r"Hello friend!|%\(message\)s|message: str \| None|command\.revision\(")
    assert [line for line in left if not others.search(line)] == []


@pytest.mark.parametrize(
    "words", ["somebody", "Hello, friend", "good to see you", "three greetings"]
)
def test_no_text_is_true_of_messages_alone(hipflask: Run, tmp_path: Path, words: str) -> None:
    hipflask("new", "shop", "--resource", "author")
    assert words not in readable(files(tmp_path / "shop"))


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
