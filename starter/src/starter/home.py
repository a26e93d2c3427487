"""The greeting at /."""

from flask import Blueprint

home = Blueprint("home", __name__)


@home.get("/")
def hello() -> dict[str, str]:
    """Return the greeting."""
    return {"message": "Hello friend!"}
