"""Makes a project again from its `.hipflask.toml`: how one version of Hipflask runs another.

python -m hipflask.new PROJECT FOLDER
"""

import sys
from pathlib import Path

from .answers import Answers
from .project import make

project, folder = map(Path, sys.argv[1:])
make(Answers.read(project), folder)
