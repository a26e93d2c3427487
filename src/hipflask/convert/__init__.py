"""``hipflask convert``: takes Flask-SQLAlchemy out of a project.

Goes in: the folder of a project. Comes out: its changes, what is left to a person, and, where they
are asked for, proofs that nothing else changed.

``command.py`` is the command; ``pipeline.py`` has the stages of a conversion, in their order:
``survey/``, ``rules/`` (on ``rewriting/``), ``db_module/``, ``migrations/``, ``manifests/``. What
each step writes goes through ``formatting/``.
``todo.py`` groups what is left to a person; ``report.py`` prints it, ``report_file.py`` writes it.

May import: ``hipflask.project``, ``proof``, ``writing``, ``git``, ``interrupts``; no other command.
"""
