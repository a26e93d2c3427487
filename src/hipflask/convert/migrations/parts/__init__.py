"""What a converted project gets for its migrations: it runs there, on Alembic and Flask."""
