"""What runs in the project's own Python: the standard library only, and Python 3.8 or newer.

Goes in: files and environment variables that ``copies.py`` sets. Comes out: files that are read
once the process has ended. May import: nothing of Hipflask, and nothing of each other.
"""

from .recorder import ONLY, RECORD

__all__ = ["ONLY", "RECORD"]
