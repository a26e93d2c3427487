"""The README's recipe for renaming the column, followed to the letter on a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from running import clean, serving

PROJECT = Path(__file__).parents[2] / "starter"


def run(project: Path, commands: str) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", commands],
        cwd=project,
        env=clean({"PYTHONPATH": str(project / "src"), "PATH": path}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_recipe_renames_the_column_and_keeps_the_rows(tmp_path: Path) -> None:
    project = tmp_path / "project"
    ignore = shutil.ignore_patterns("__pycache__", "instance", ".*cache", ".venv*", ".env")
    shutil.copytree(PROJECT, project, ignore=ignore)
    environment = {"PYTHONPATH": str(project / "src")}
    with serving(tmp_path, environment):
        pass  # a first start, so that there are rows

    recipe = (project / "README.md").read_text().partition("## Renaming the column")[2]
    recipe = recipe.partition("\n## ")[0]
    steps = re.findall(r"```(sh|python)\n(.*?)```", recipe, re.DOTALL)
    assert [kind for kind, _ in steps] == ["sh", "python", "sh"]
    (revision,) = re.findall(r"`(src/\S+/0002_\w+\.py)`", recipe)
    for kind, text in steps:
        if kind == "sh":
            if not (project / "tests").exists():
                text = re.sub(r"^(pytest$|.* tests/).*\n", "", text, flags=re.MULTILINE)
            run(project, text)
        else:
            head = (project / revision).read_text().partition("def upgrade")[0]
            (project / revision).write_text(head + text)

    with closing(sqlite3.connect(project / "instance/app.sqlite")) as connection:
        rows = connection.execute("SELECT content FROM messages ORDER BY id").fetchall()
    assert rows[0] == ("First message",)
    with serving(tmp_path, environment) as server:
        assert (
            server.ask("GET", "/messages?limit=1")[1] == b'[{"id":1,"content":"First message"}]\n'
        )
        body = b'{"content": "renamed"}'
        assert server.ask("POST", "/messages", body, Content_Type="application/json")[0] == 201
