"""The app as a server loads it: made once, in a process that does nothing else."""

import gc

from . import create_app

app = create_app()

# With FLASK_DEBUG=1, Flask would leave errors to the server, which has no debugger to show them.
app.config["PROPAGATE_EXCEPTIONS"] = False

# What exists now stays as long as the process: the collector need not look through it again and
# again, and the workers that a server forks share its memory. What a page of 1000 messages takes
# is gone by counting references before the collector comes.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
