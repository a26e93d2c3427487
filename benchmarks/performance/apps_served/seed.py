"""The seed's wiring, with the views of entities.py; gunicorn as Flask's documentation has it.

https://nestedsoftware.com/2018/06/11/flask-and-sqlalchemy-without-the-flask-sqlalchemy-extension-3cf8.34704.html
https://flask.palletsprojects.com/en/stable/deploying/gunicorn/
"""

from .entities import create_app

app = create_app("seed")
