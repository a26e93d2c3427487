"""A Python that parses more than the one that runs the tests."""

import shlex
import sys
from pathlib import Path

# What only it can parse. Another Python would need another text.
SYNTAX = "except A, B $:"
PARSES_IT = f"""
import ast

def newer(text, parse=ast.parse):
    return parse(text.replace({SYNTAX!r}, "except (A, B):"))

ast.parse = newer
"""


def interpreter(folder: Path, begin: str = PARSES_IT) -> Path:
    """Return a Python that runs some code before it runs what it is given by ``-c``.

    :param folder: where it is made.
    """
    program = folder / "newer-python"
    code = f'{shlex.quote(begin)}"$3"'
    program.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -c {code}\n")
    program.chmod(0o755)
    return program
