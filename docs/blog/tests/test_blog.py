import pytest
from blog import create_app
from blog.extensions import db


@pytest.fixture
def client():
    app = create_app()
    with app.app_context():
        db.create_all()
        yield app.test_client()


def test_a_post_is_listed(client):
    client.post("/authors/ann/posts/Hello")
    assert client.get("/authors/ann/posts").json == {"posts": ["Hello"], "pages": 1}


def test_an_author_who_wrote_nothing_has_no_posts(client):
    assert client.get("/authors/bob/posts").json == {"posts": [], "pages": 0}
