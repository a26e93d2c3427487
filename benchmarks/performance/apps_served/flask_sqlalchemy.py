"""Flask-SQLAlchemy as documented, with the views of entities.py; gunicorn as Flask's has it.

https://flask-sqlalchemy.readthedocs.io/en/stable/quickstart/
https://flask.palletsprojects.com/en/stable/deploying/gunicorn/
"""

from .entities import create_app

app = create_app("flask_sqlalchemy")
