"""Real modules, of which the ``db.py`` of a project is cut: what it uses and nothing else."""
