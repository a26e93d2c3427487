"""How gunicorn serves the app; it reads this file in the folder where it is started."""

import os

from starter.settings import Settings, load_env

load_env()
wsgi_app = "starter.wsgi:app"
workers = os.cpu_count()

# A thread holds at most one connection of an engine, so the size of the pools is the number of
# threads. What is not a number, the app refuses in clear words.
size = os.environ.get("FLASK_POOL_SIZE", "")
threads = int(size) if size.isdecimal() else Settings(url="").pool_size

# What is loaded before the workers are forked is in memory once (starter/wsgi.py keeps it so).
preload_app = True
