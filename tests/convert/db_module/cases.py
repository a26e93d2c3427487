"""What the cases share: a project, and the versions of Flask-SQLAlchemy that a case is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..versions import THREE, THREE_ON_14, TWO

APP = """\
from flask import Flask

from app.extensions import db


def create_app(**settings):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config.update(settings)
    db.init_app(app)
    return app
"""
START = """\
from app import create_app
from app.extensions import db
from app.models import *

app = create_app()
with app.app_context():
    db.create_all()
"""
USER = """\
from app.extensions import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
"""

Printed = Callable[..., list[str]]

NAMES = {THREE: "3", THREE_ON_14: "3 on SQLAlchemy 1.4", TWO: "2"}
OF_3 = pytest.mark.parametrize("versions", [THREE, THREE_ON_14], ids=NAMES.get)
OF_2 = pytest.mark.parametrize("versions", [TWO], ids=NAMES.get)
OF_BOTH = pytest.mark.parametrize("versions", NAMES, ids=NAMES.get)
