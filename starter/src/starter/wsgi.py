"""The app, as a server loads it: ``gunicorn starter.wsgi:app``."""

import gc

from . import create_app

app = create_app()

# With FLASK_DEBUG=1, Flask would leave errors to the server, which has no debugger to show them.
app.config["PROPAGATE_EXCEPTIONS"] = False

# What exists now stays as long as the process, so the garbage collector need not look through it
# again and again, and forked workers share its memory. Reference counting frees what a request
# leaves behind.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
