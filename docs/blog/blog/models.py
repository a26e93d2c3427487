from .extensions import db


class BlogPost(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80), nullable=False)  # as it is listed
    author_id = db.Column(db.ForeignKey("author.id"))
    author = db.relationship("Author", back_populates="posts")


class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), unique=True)
    posts = db.relationship("BlogPost", back_populates="author")

    @classmethod
    def named(cls, name):
        return cls.query.filter_by(name=name).first()
