"""The starter beside its peers, measured by one command each: see the READMEs of the folders."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The starter is measured in place, and the tests' way to have a PostgreSQL is used.
sys.path[:0] = [str(ROOT / "starter" / part) for part in ("src", "tests")]
