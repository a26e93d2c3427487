"""The unified diff is one that other tools take."""

import subprocess
from pathlib import Path

import pytest

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
}


def put(root: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


@pytest.mark.parametrize("name", [name for name in CASES if name != "form feed.py"])
def test_git_applies_the_diff_and_gets_what_would_be_written(name: str, tmp_path: Path) -> None:
    before, after = CASES[name]
    put(tmp_path, name, before)
    patch = diff([Change(name, before, after)])
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=tmp_path, check=True)
    assert ((tmp_path / name).read_bytes() if (tmp_path / name).exists() else None) == after


def test_all_changes_are_one_diff_sorted_by_file() -> None:
    patch = diff([Change("b.py", b"1\n", b"2\n"), Change("a.py", b"1\n", b"2\n")])
    assert [line for line in patch.splitlines() if line.startswith("+++")] == [
        "+++ b/a.py",
        "+++ b/b.py",
    ]


def test_what_is_the_same_is_not_shown() -> None:
    assert diff([Change("a.py", b"1\n", b"1\n")]) == ""


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert "\\xff" in diff([Change("a.py", b"\xff\n", None)])


def test_latin_1_is_shown_as_what_it_says() -> None:
    before = "# coding: latin-1\nname = 'é'\n".encode("latin-1")
    assert "+name = 'è'" in diff([Change("a.py", before, before.replace(b"\xe9", b"\xe8"))])


def test_a_finding_reads_as_editors_expect() -> None:
    assert str(Finding("a.py", 3, "query", "why.")) == "a.py:3: query: why."
    assert str(Finding("a.py", 0, "encoding", "why.")) == "a.py: encoding: why."
