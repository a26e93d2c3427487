"""Every snippet of the README and the docs is executed as it is typed, and prints what it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import servers
from markdown_it import MarkdownIt
from markdown_it.token import Token
from running import clean, serving
from servers import Server

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = [
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/*.md", "starter/*.md")
    for path in sorted(REPOSITORY.glob(pattern))
]
IGNORED = shutil.ignore_patterns("instance", "__pycache__", ".*cache", ".venv*", ".env")

# The fixtures have prepared the venv, which takes minutes. .ci/run types these lines for real.
INSTALLS = re.compile(r"(?:python3 -m venv \S+|\S*pip install [^&]*?)(?: && |$)")

# What runs for longer than a snippet. `flask run` serves before the first snippet. The servers of
# production are started in tests/starter/test_serving.py, the tests and linters by .ci/run.
RUNS_ELSEWHERE = re.compile(r"--app \w+ run$|(?<!\")\bpytest\b|\bmypy\b|^granian\b|^gunicorn\b")


def snippets(document: str) -> list[Token]:
    tokens = MarkdownIt().parse((REPOSITORY / document).read_text())
    return [token for token in tokens if token.type == "fence" and token.info]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the starter with a venv: what a snippet writes is not left in the repository."""
    folder = tmp_path / "starter"
    shutil.copytree(REPOSITORY / "starter", folder, ignore=IGNORED)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the repository with a venv in which all is installed."""
    folder = tmp_path / "clone"
    for name in ("src", "starter", "docs"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=IGNORED)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


@pytest.fixture
def postgresql(server_of: Callable[[str], Server]) -> Iterator[str]:
    try:
        with servers.database(server_of("postgresql").url) as url:
            yield url.render_as_string(hide_password=False)
    except servers.Missing as missing:
        pytest.skip(str(missing))


def path_without_uv() -> str:
    """Return the PATH of somebody who has not installed uv, where that can be told."""
    folders = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not Path(folder, "uv").exists())
    return path if shutil.which("git", path=path) else os.environ["PATH"]


def test_documents_are_found() -> None:
    assert {"README.md", "starter/README.md", "CONTRIBUTING.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if snippets(name)])
def test_the_console_of_a_document_prints_what_it_shows(
    document: str, project: Path, clone: Path, postgresql: str
) -> None:
    source = str(project / "src")
    environment = clean({"PYTHONPATH": source})
    if document == "README.md":  # its reader has a clone, and no venv active
        folder = clone
        environment["PATH"] = path_without_uv()
    else:  # the reader of any other has a project, and its venv active
        folder = project
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with ExitStack() as running:
        port = running.enter_context(serving(project, {"PYTHONPATH": source})).port
        for snippet in snippets(document):
            if snippet.info != "console":
                continue
            for shown in re.split(r"^\$ ", snippet.content, flags=re.MULTILINE)[1:]:
                typed, _, expected = shown.partition("\n")
                command = INSTALLS.sub("", typed).removesuffix(" && ")
                if not command or RUNS_ELSEWHERE.search(command):
                    assert not expected.strip(), f"nothing compares what {typed} prints"
                    continue
                if "curl " in command and not shutil.which("curl"):
                    pytest.skip("curl is not installed, which the document's examples use")
                # Ports and databases of other tests are in use at the same time.
                command = command.replace("localhost:5000", f"localhost:{port}")
                command = command.replace("postgresql+psycopg://me@localhost/starter", postgresql)
                if exported := re.fullmatch(r"export (\w+)=(.*)", command):
                    environment[exported[1]] = exported[2]
                    continue
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=300,
                    check=False,
                )
                if expected:
                    assert done.stdout.strip() == expected.strip(), command
                else:
                    assert done.returncode == 0, (command, done.stdout)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if snippets(name)])
def test_the_python_of_a_document_runs(document: str, project: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'messages.sqlite'}"
    environment = clean({"PYTHONPATH": str(project / "src"), "SQLALCHEMY_URL": database})
    for snippet in snippets(document):
        if snippet.info != "python":
            continue
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=project, env=environment, check=True, capture_output=True)
        script = snippet.content.replace("sqlite:////tmp/", f"sqlite:///{tmp_path}/")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_commands_that_ci_takes_from_the_readme_are_there_once() -> None:
    """.ci/run looks for them by their beginning and their end."""
    text = (REPOSITORY / "README.md").read_text()
    for end in ("bin/pytest", "bin/flask --app starter run", "bin/hipflask new shop"):
        assert len(re.findall(rf"^\$ python3 -m venv \.venv .*\.venv/{end}$", text, re.M)) == 1, end


def test_a_diff_of_the_readme_is_what_the_command_prints() -> None:
    text = (REPOSITORY / "README.md").read_text()
    shown = re.findall(r"<!-- diff: (\S+) (.*?) -->\n```diff\n(.*?)```\n", text, re.DOTALL)
    assert shown
    for folder, names, expected in shown:
        command = [sys.executable, "-m", "hipflask", "convert", str(REPOSITORY / folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        parts = re.split(r"^diff --git .*\n", done.stdout, flags=re.MULTILINE)
        of_names = [part for part in parts for name in names.split() if f"+++ b/{name}\n" in part]
        assert "".join(of_names) == expected


Row = dict[str, str]  # the cells by the heads of their columns


def tables(text: str) -> list[list[Row]]:
    """Return the rows of each table of a document."""
    found = []
    for table in re.findall(r"^\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE):
        lines = text[: text.index(table)].splitlines()[-2:-1] + table.splitlines()
        cells = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in lines]
        head, *rows = ([cell.strip() for cell in line] for line in cells)
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def shown_rows() -> list[tuple[str, str, Row]]:
    """Return the rows that documents repeat, each with its document and the one it is from.

    A comment above a table names that one, and the columns that have another name there.
    """
    found = []
    for document in DOCUMENTS:
        text = (REPOSITORY / document).read_text()
        for source, renames, table in re.findall(
            r"<!-- rows of: (\S+?)(; .*?)? -->\n((?:\|.*\n)+)", text
        ):
            named = dict(each.split(": ", 1) for each in renames.split("; ")[1:])
            (rows,) = tables(table)
            found += [
                (document, source, {named.get(name, name): cell for name, cell in row.items()})
                for row in rows
            ]
    return found


def test_rows_that_documents_repeat_are_those_that_were_measured() -> None:
    shown = shown_rows()
    assert {"README.md"} <= {document for document, _, _ in shown}
    for document, source, row in shown:
        measured = [each for rows in tables((REPOSITORY / source).read_text()) for each in rows]
        assert any(row.items() <= each.items() for each in measured), (document, row)


def test_a_table_is_read_by_the_heads_of_its_columns() -> None:
    (rows,) = tables("| a | b |\n|---|---|\n| 1 | **2** |\n| 3 | 4 |\n")
    assert rows == [{"a": "1", "b": "**2**"}, {"a": "3", "b": "4"}]


def test_the_table_of_the_corpus_is_the_same_wherever_it_is_shown() -> None:
    head = "project at commit"
    of_corpus = {
        document: [
            row
            for rows in tables((REPOSITORY / document).read_text())
            for row in rows
            if head in row
        ]
        for document in DOCUMENTS
    }
    assert of_corpus["docs/corpus.md"]
    for document, rows in of_corpus.items():
        assert [row for row in rows if row not in of_corpus["docs/corpus.md"]] == [], document
