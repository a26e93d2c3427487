"""The starter, in which every view reads by ``read()`` and writes by ``write()``."""

from ..ways import CONNECTION, app_by

app = app_by(CONNECTION)
