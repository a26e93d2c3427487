"""``hipflask`` as a process, also as ``python -m hipflask``."""

from __future__ import annotations

from . import interrupts


def main() -> None:
    """Run the command; Ctrl-C while it starts or stops prints no traceback."""
    with interrupts.ending_at_once():
        from .cli import main as command  # which takes a third of a second
    try:
        command(prog_name="hipflask")
    finally:
        interrupts.ignore()


if __name__ == "__main__":
    main()
