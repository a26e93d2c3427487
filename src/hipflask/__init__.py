"""Hipflask: Flask on plain SQLAlchemy, nothing in between."""
