"""Flask-Security, converted and run: its datastore, and the models that come with it."""

from pathlib import Path

import pytest

from ..versions import THREE_ON_14, TWO, Versions

OWN = """\
from flask_security import RoleMixin, UserMixin
from app.extensions import db

roles_users = db.Table(
    "roles_users",
    db.Column("user_id", db.Integer, db.ForeignKey("user.id")),
    db.Column("role_id", db.Integer, db.ForeignKey("role.id")),
)

class Role(db.Model, RoleMixin):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)

class User(db.Model, UserMixin):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(255), unique=True)
    password = db.Column(db.String(255))
    active = db.Column(db.Boolean)
    fs_uniquifier = db.Column(db.String(64), unique=True)
    roles = db.relationship("Role", secondary=roles_users)
"""
READY_MADE = """\
from flask_security.models import fsqla_v2 as fsqla
from app.extensions import db

fsqla.FsModels.set_db_info(db)

class Role(db.Model, fsqla.FsRoleMixin):
    pass

class User(db.Model, fsqla.FsUserMixin):
    pass
"""
APP = """\
from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore
from app.extensions import db
from app.models import Role, User

store = SQLAlchemyUserDatastore(db, User, Role)

def create_app():
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="k", SECURITY_PASSWORD_SALT="s", SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False}, WTF_CSRF_ENABLED=False,
        SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_TRACK_MODIFICATIONS=False,
    )
    db.init_app(app)
    Security(app, store)
    return app
"""
SCRIPT = """\
from flask_security import hash_password

from app.extensions import db
from app.main import create_app, store

app = create_app()
with app.app_context():
    db.create_all()
    store.create_user(email="ada@example.com", password=hash_password("secret"), roles=[])
    role = store.find_or_create_role("admin")
    user = store.find_user(email="ada@example.com")
    store.add_role_to_user(user, role)
    store.commit()
    print(sorted(db.metadata.tables), store.find_role("admin").name)
    print([role.name for role in store.find_user(email="ada@example.com").roles])
client = app.test_client()
for password in ("wrong", "secret"):
    given = {"email": "ada@example.com", "password": password}
    print(client.post("/login", json=given).status_code)
"""


@pytest.mark.parametrize("models", [OWN, READY_MADE], ids=["own models", "fsqla"])
@pytest.mark.parametrize("versions", [TWO, THREE_ON_14], ids=["4.1", "5.4"])
def test_users_have_their_roles_and_log_in(tmp_path: Path, versions: Versions, models: str) -> None:
    files = {"app/models.py": models, "app/main.py": APP}
    assert versions.printed(tmp_path, files, SCRIPT) == [
        "['role', 'roles_users', 'user'] admin",
        "['admin']",
        "400",
        "200",
    ]
