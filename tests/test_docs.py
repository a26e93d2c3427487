"""Every snippet of the README and the docs is executed, and prints what stands below it."""

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


def snippets(document: str) -> list[Token]:
    tokens = MarkdownIt().parse((REPOSITORY / document).read_text())
    return [token for token in tokens if token.type == "fence" and token.info]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the starter, so that what a snippet writes is not left in the repository.

    In it lies the project that the documents convert.
    """
    ignored = shutil.ignore_patterns("instance", "__pycache__", ".*cache", ".venv")
    shutil.copytree(REPOSITORY / "starter", tmp_path / "starter", ignore=ignored)
    shutil.copytree(REPOSITORY / "docs/blog", tmp_path / "starter/blog", ignore=ignored)
    return tmp_path / "starter"


@pytest.fixture
def postgresql(server_of: Callable[[str], Server]) -> Iterator[str]:
    try:
        with servers.database(server_of("postgresql").url) as url:
            yield url.render_as_string(hide_password=False)
    except servers.Missing as missing:
        pytest.skip(str(missing))


def test_documents_are_found() -> None:
    assert {"README.md", "starter/README.md", "CONTRIBUTING.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if snippets(name)])
def test_the_console_of_a_document_prints_what_it_shows(
    document: str, project: Path, postgresql: str
) -> None:
    source = str(project / "src")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = clean({"PYTHONPATH": source, "PATH": path})
    with ExitStack() as running:
        port = running.enter_context(serving(project, {"PYTHONPATH": source})).port
        for snippet in snippets(document):
            if snippet.info != "console":
                continue
            for shown in re.split(r"^\$ ", snippet.content, flags=re.MULTILINE)[1:]:
                command, _, expected = shown.partition("\n")
                # What installs or tests, .ci/run does for real; what serves, test_serving.py. Here
                # the server runs already.
                if re.search(
                    r"pip install|--app starter run$|pytest|mypy|^granian|^gunicorn", command
                ):
                    continue
                if "curl " in command and not shutil.which("curl"):
                    pytest.skip("curl is not installed, which the document's examples use")
                command = command.removeprefix("uvx ").replace(
                    "localhost:5000", f"localhost:{port}"
                )
                command = command.replace("postgresql+psycopg://me@localhost/starter", postgresql)
                if exported := re.fullmatch(r"export (\w+)=(.*)", command):
                    environment[exported[1]] = exported[2]
                    continue
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=project,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=60,
                    check=False,
                )
                if expected:
                    assert done.stdout.strip() == expected.strip(), command
                else:
                    assert done.returncode == 0, (command, done.stdout)


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if snippets(name)])
def test_the_python_of_a_document_runs_or_is_the_file_it_shows(
    document: str, project: Path, tmp_path: Path
) -> None:
    text = (REPOSITORY / document).read_text()
    for snippet in snippets(document):
        if snippet.info != "python":
            continue
        before = text.partition(f"```python\n{snippet.content}")[0]
        if named := re.search(r"<!-- file: (\S+) -->\n\Z", before):
            assert snippet.content == (REPOSITORY / named[1]).read_text(), named[1]
            continue
        database = f"sqlite:///{tmp_path / 'messages.sqlite'}"
        environment = clean({"PYTHONPATH": str(project / "src"), "SQLALCHEMY_URL": database})
        made = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(made, cwd=project, env=environment, check=True, capture_output=True)
        script = snippet.content.replace("sqlite:////tmp/", f"sqlite:///{tmp_path}/")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_diff_of_the_readme_is_what_the_command_prints() -> None:
    text = (REPOSITORY / "README.md").read_text()
    shown = re.findall(r"<!-- diff: (\S+) (.*?) -->\n```diff\n(.*?)```\n", text, re.DOTALL)
    assert shown
    for folder, names, expected in shown:
        command = [sys.executable, "-m", "hipflask", "convert", str(REPOSITORY / folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        parts = re.split(r"^(?=--- )", done.stdout, flags=re.MULTILINE)
        of_names = [part for part in parts for name in names.split() if f"+++ b/{name}\n" in part]
        assert "".join(of_names) == expected


def test_the_table_of_the_corpus_is_the_same_in_both_places() -> None:
    table = re.compile(r"^\| project at commit .*?\n\n", re.MULTILINE | re.DOTALL)
    readme, whole = (
        table.search((REPOSITORY / name).read_text()) for name in ("README.md", "docs/corpus.md")
    )
    assert readme is not None
    assert whole is not None
    assert readme[0] == whole[0]
