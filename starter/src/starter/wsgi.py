"""The app, as a server loads it: ``gunicorn starter.wsgi:app``."""

import gc

from . import create_app

app = create_app()

# What exists now stays as long as the process, so the garbage collector need not look through it
# again and again, and forked workers share its memory. Reference counting frees what a request
# leaves behind.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
