"""Which folder is the one of the project, wherever the command is run in it."""

import subprocess
from pathlib import Path

import pytest

from hipflask.project import TreeError, find_root

EXTENSION = "flask-sqlalchemy==3.1.1\n"
# Each: the files, the folder that is given, and the folder of the project.
CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "the whole repository": ({"app/__init__.py": "", "requirements.txt": EXTENSION}, ".", "."),
    "a package": ({"app/__init__.py": "", "tests/test_app.py": "import app\n"}, "app", "."),
    "a package in a package": (
        {"app/__init__.py": "", "app/models/__init__.py": ""},
        "app/models",
        ".",
    ),
    "a package of one of several services": (
        {
            "one/shop/__init__.py": "",
            "one/tests/test_shop.py": "import shop\n",
            "two/shop/__init__.py": "",
            "two/run.py": "import shop\n",
        },
        "one/shop",
        "one",
    ),
    "one of several services": (
        {
            "one/models.py": "",
            "one/requirements.txt": EXTENSION,
            "two/models.py": "",
            "two/run.py": "from models import db\n",
            "requirements.txt": EXTENSION,
        },
        "one",
        "one",
    ),
    "a folder of sources": (
        {"src/shop/__init__.py": "", "tests/test_shop.py": "from shop import app\n"},
        "src",
        ".",
    ),
    "a package of such a folder whose requirements are above": (
        {"src/shop/__init__.py": "", "requirements/base.txt": EXTENSION},
        "src/shop",
        ".",
    ),
    "a folder that is no package, imported by its name": (
        {"backend/app.py": "", "run.py": "from backend.app import app\n"},
        "backend",
        ".",
    ),
    "a package with requirements of its own that imports itself by name": (
        {
            "app/__init__.py": "",
            "app/requirements.txt": EXTENSION,
            "app/views.py": "from app import db\n",
        },
        "app",
        ".",
    ),
    "an example with a name that an installed package has": (
        {"example/alembic/env.py": "", "example/app.py": "", "m/1.py": "from alembic import op\n"},
        "example",
        "example",
    ),
    "an example with a name of the standard library": (
        {"example/json.py": "", "other.py": "import json\n"},
        "example",
        "example",
    ),
    "a project in a folder of the same name": (
        {
            "shop/shop/__init__.py": "",
            "shop/requirements.txt": EXTENSION,
            "shop/shop/views.py": "from shop import db\n",
        },
        "shop",
        "shop",
    ),
    "a repository that is a package": ({"__init__.py": "", "models.py": ""}, ".", "."),
}


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_in_a_repository_the_whole_project_is_found(
    case: tuple[dict[str, str], str, str], tmp_path: Path
) -> None:
    files, given, root = case
    write(tmp_path, files)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert find_root(tmp_path / given) == tmp_path / root


def test_without_git_a_package_belongs_to_the_requirements_above(tmp_path: Path) -> None:
    write(tmp_path, {"app/models/__init__.py": "", "app/__init__.py": "", "setup.py": ""})
    assert find_root(tmp_path / "app/models") == tmp_path


def test_without_git_and_requirements_a_package_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": ""})
    with pytest.raises(TreeError, match="is a package, which is a part of a project"):
        find_root(tmp_path / "app")


def test_a_folder_without_git_and_requirements_is_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"blog/app.py": "", "run.py": "import app\n"})
    assert find_root(tmp_path / "blog") == tmp_path / "blog"
