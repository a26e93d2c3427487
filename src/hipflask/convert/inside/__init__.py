"""What runs in the project's own Python: the standard library only, and Python 3.8 or newer."""
