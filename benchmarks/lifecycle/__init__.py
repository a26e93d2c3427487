"""The lifecycle of a session, measured for the starter and its peers: see the README beside."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

# The starter is measured in place, and the tests' way to have a PostgreSQL is used.
sys.path[:0] = [str(ROOT / "starter" / part) for part in ("src", "tests")]
