"""A blog, as it may have been written with Flask-SQLAlchemy."""

from flask import Flask

from .extensions import db
from .views import views


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    app.register_blueprint(views)
    return app
