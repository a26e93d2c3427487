"""``python -m hipflask`` is ``hipflask``."""

from .cli import main

main(prog_name="hipflask")
