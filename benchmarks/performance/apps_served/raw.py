"""The starter with the driver in place of its data access: what is left is Flask and its extras."""

import os

from ..raw import create_app

app = create_app(os.environ["SQLALCHEMY_URL"])
