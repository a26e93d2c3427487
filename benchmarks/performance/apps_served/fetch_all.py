"""The starter, in which every view reads by ``fetch_all()`` and writes by ``write()``."""

from ..ways import FETCH_ALL, app_by

app = app_by(FETCH_ALL)
