"""The starter beside its peers, measured by one command each: see the READMEs of the folders."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The starter is measured in place, and the servers are started as the tests start them.
sys.path[:0] = [str(ROOT / folder) for folder in ("starter/src", "tests/starter")]
