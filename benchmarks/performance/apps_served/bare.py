"""WSGI without a framework on the driver: the floor below every app in Python.

https://peps.python.org/pep-3333/
"""

import os

from ..bare import create_app

app = create_app(os.environ["SQLALCHEMY_URL"])
