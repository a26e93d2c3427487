"""Makes a project of so many lines on Flask-SQLAlchemy, out of an example of our own."""

from pathlib import Path

EXTENSIONS = "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"
MODEL = '''
class Parcel{n}(db.Model):
    """A parcel on its way."""

    id = db.Column(db.Integer, primary_key=True)
    label = db.Column(db.String(80), nullable=False)  # as it is printed
    weight = db.Column(db.Numeric(10, 3), default=0)
    depot_id = db.Column(db.ForeignKey("parcel{n}.id"))
    depot = db.relationship("Parcel{n}", remote_side=[id], backref=db.backref("parcels"))

    @classmethod
    def heavy(cls, least):
        return cls.query.filter(cls.weight > least).order_by(db.desc(cls.weight)).all()
'''
VIEW = '''
@views.get("/parcels{n}/<int:key>")
def show_{n}(key):
    """Show a parcel, with those of the same depot."""
    parcel = Parcel{n}.query.get_or_404(key)
    others = Parcel{n}.query.filter_by(depot=parcel.depot).paginate(page=1, per_page=20)
    if request.args.get("weigh"):
        parcel.weight = db.session.scalar(db.select(db.func.sum(Parcel{n}.weight)))
        db.session.commit()
    return {{"label": parcel.label, "others": [other.label for other in others.items]}}
'''
PLAIN = '''
def label_{n}(street, number, town):
    """Return what is printed on a parcel."""
    lines = []
    for part in (street, str(number), town):
        if part and part.strip():
            lines.append(part.strip().title())
    if len(lines) < 3:
        raise ValueError(f"A label needs a street, a number and a town: {{lines}}")
    return "\\n".join(lines)
'''
VIEWS_HEAD = """from flask import Blueprint, request

from shop.extensions import db
from shop.models_{m} import {names}

views = Blueprint("views_{m}", __name__)
"""
IN_A_FILE = 12


def write(root: Path, lines: int) -> int:
    """Write the project; a third each is models, views, and what knows no database.

    :param root: the folder.
    :param lines: at least so many.
    :return: how many they are.
    """
    package = root / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "extensions.py").write_text(EXTENSIONS)
    (root / "requirements.txt").write_text("Flask-SQLAlchemy==3.1.1\n")
    written = module = 0
    while written < lines:
        numbers = range(module * IN_A_FILE, (module + 1) * IN_A_FILE)
        names = ", ".join(f"Parcel{n}" for n in numbers)
        parts = {
            f"models_{module}": "from shop.extensions import db\n",
            f"views_{module}": VIEWS_HEAD.format(m=module, names=names),
            f"labels_{module}": '"""Labels."""\n',
        }
        for (name, head), body in zip(parts.items(), (MODEL, VIEW, PLAIN), strict=True):
            text = head + "".join(f"\n{body.format(n=n)}" for n in numbers)
            (package / f"{name}.py").write_text(text)
            written += text.count("\n")
        module += 1
    return written
