from flask import Blueprint

from .extensions import db
from .models import Author, BlogPost

views = Blueprint("views", __name__)


@views.get("/authors/<name>/posts")
def posts(name):
    page = BlogPost.query.filter_by(author=Author.named(name)).paginate()
    return {"posts": [post.title for post in page], "pages": page.pages}


@views.post("/authors/<name>/posts/<title>")
def write(name, title):
    author = Author.named(name) or Author(name=name)
    db.session.add(BlogPost(title=title, author=author))
    db.session.commit()
    return "", 201
