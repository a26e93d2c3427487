"""The unified diff is one that other tools take."""

import subprocess
from pathlib import Path

import pytest

from hipflask.git import prefix
from hipflask.project import Change, Finding, diff

CASES = {
    "changed.py": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "new.py": (None, b"new\n"),
    "gone.py": (b"gone\n", None),
    "no newline at the end.py": (b"a\nb", b"a\nB"),
    "newline added.py": (b"a", b"a\n"),
    "crlf.py": (b"a\r\nb\r\n", b"a\r\nB\r\n"),
    "form feed.py": (b"a\x0cb\nc\x85d\n", b"a\x0cb\nC\x85d\n"),
    "separator.py": ("x = '\u2028'\ny\n".encode(), "x = '\u2028'\nz\n".encode()),
    "folder/umlaut.py": ("# ä\nb\n".encode(), "# ä\nB\n".encode()),
    "latin-1.py": (b"# coding: latin-1\n'\xe9'\n", b"# coding: latin-1\n'\xe8'\n"),
    "no text.py": (b"\xff\n", None),
    # Git would take the first folder for the one in which it runs.
    "shop/shop.py": (b"a\n", b"b\n"),
    "shop/shop/new.py": (None, b"new\n"),
}


def put(root: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("project", "place"),
    [(None, "shop"), ("", "shop"), ("shop", "shop"), ("shop", "")],
    ids=["no repository", "the top", "a subfolder", "above the project"],
)
def test_git_applies_the_diff_and_gets_what_would_be_written(
    name: str, project: str | None, place: str, tmp_path: Path
) -> None:
    before, after = CASES[name]
    root = tmp_path / "shop"
    root.mkdir()
    put(root, name, before)
    if project is not None:
        top = tmp_path if project else root
        subprocess.run(["git", "init", "-q"], cwd=top, check=True)
    patch = diff([Change(name, before, after)], prefix(root))
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path / place, check=True)
    assert ((root / name).read_bytes() if (root / name).exists() else None) == after


def test_all_changes_are_one_diff_sorted_by_file() -> None:
    patch = diff([Change("b.py", b"1\n", b"2\n"), Change("a.py", b"1\n", b"2\n")])
    assert [line for line in patch.decode().splitlines() if line.startswith("+++")] == [
        "+++ b/a.py",
        "+++ b/b.py",
    ]


def test_what_is_the_same_is_not_shown() -> None:
    assert diff([Change("a.py", b"1\n", b"1\n")]) == b""


def test_a_finding_reads_as_editors_expect() -> None:
    assert str(Finding("a.py", 3, "query", "why.")) == "a.py:3: query: why."
    assert str(Finding("a.py", 0, "encoding", "why.")) == "a.py: encoding: why."
