"""The starter with the driver in place of its data access: what is left is Flask and its extras."""

import gc
import os

from ..raw import create_app

app = create_app(os.environ["SQLALCHEMY_URL"])

# As starter.wsgi does: only the access to the data shall differ.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
