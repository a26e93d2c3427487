"""What a newer Python parses is read here like everything else."""

import ast
import shutil
import sys
from pathlib import Path

import pytest

from hipflask.project import is_newer, parse, parse_elsewhere
from hipflask.project.scopes import Scopes

from ..newer import interpreter

TEXT = """\
# é in a comment, and a little of everything
from a import b as c


class D(int):
    x: int = 1


def f(a, /, b=b"\\xff", *c, d: "é" = 1j, **e) -> None:
    \"\"\"é\"\"\"
    return [x for x in ... if f"{a!r:>{b}}"], {1: 2}, 10**20, 1e999, lambda: (yield)
"""


def test_a_tree_that_comes_from_another_process_is_the_same() -> None:
    expected = ast.dump(ast.parse(TEXT), include_attributes=True)
    assert parse_elsewhere(Path(sys.executable), {"a.py": TEXT}) == {"a.py"}
    assert is_newer(TEXT)
    assert ast.dump(parse(TEXT), include_attributes=True) == expected


def test_what_no_python_parses_is_not_said_to_be_parsed() -> None:
    texts = {"a.py": "def (:\n", "b.py": "x = 1\n", "c.py": "\0"}
    assert parse_elsewhere(Path(sys.executable), texts) == {"b.py"}
    with pytest.raises(SyntaxError):
        parse("def (:\n")


def test_what_is_no_python_parses_nothing() -> None:
    for program in ("/nowhere/python", shutil.which("true") or "", shutil.which("cat") or ""):
        assert parse_elsewhere(Path(program), {"a.py": "x = 1\n"}) == set()


LATER = """
import ast

class Later(ast.stmt):
    _fields = ("names", "value")

def newer(text, parse=ast.parse):
    tree = parse(text)
    first = tree.body[0]
    later = ast.copy_location(Later(names=["x"], value=first.value), first)
    function = tree.body[1]
    function._fields = (*function._fields, "type_params")
    function.type_params = [first.value]
    tree.body = [later, function]
    return tree

ast.parse = newer
"""


def test_what_this_python_does_not_have_is_read_with_what_is_in_it(tmp_path: Path) -> None:
    text = "db.session\ndef f(): pass\n# later\n"
    assert parse_elsewhere(interpreter(tmp_path, LATER), {"a.py": text}) == {"a.py"}
    tree = parse(text)
    assert type(tree.body[0]).__name__ == "Later"
    names = [use.node for use in Scopes(tree).uses if isinstance(use.node, ast.Name)]
    assert [(name.id, name.lineno, name.col_offset) for name in names] == [("db", 1, 0)] * 2
