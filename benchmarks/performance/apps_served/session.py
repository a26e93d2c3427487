"""The starter, in which every view comes to its data by ``Session``."""

from ..ways import SESSION, app_by

app = app_by(SESSION)
