"""How gunicorn serves the app; it reads this file in the folder where it is started."""

import os

from starter.settings import Settings, load_env

load_env()
wsgi_app = "starter.wsgi:app"
workers = os.cpu_count()

# A thread holds at most one connection of each pool, so a pool is as large as there are threads.
# The app refuses a value that is not a number, with a clear message.
size = os.environ.get("FLASK_POOL_SIZE", "")
threads = int(size) if size.isdecimal() else Settings(url="").pool_size

# Workers are forked from a process that has loaded the app, and share its memory.
preload_app = True
