"""Makes a project again, from what it remembers: so one version of Hipflask asks another.

python -m hipflask.new PROJECT FOLDER
"""

import sys
from pathlib import Path

from .answers import Answers
from .project import make

made_before, folder = map(Path, sys.argv[1:])
make(Answers.read(made_before), folder)
