"""What a module that can no longer be imported is told by, and what no import may do."""

import sys
from pathlib import Path

import pytest

from hipflask.project import Change
from hipflask.proof import ImportComparison, Module, compare_imports, imports

BLOCKED = ("flask_sqlalchemy",)
FILES = {
    "app/__init__.py": "",
    "app/db.py": "Session = 1\n",
    "app/views.py": "from app.db import Session\n",
    "tests/test_views.py": "import app.views\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, FILES)
    return root


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def compared(project: Path, changes: dict[str, str]) -> ImportComparison:
    modules = [
        Module("app" if path == "app/__init__.py" else path[:-3].replace("/", "."), "", path)
        if path.startswith("app/")
        else Module(Path(path).stem, str(Path(path).parent), path)
        for path in sorted(str(file.relative_to(project)) for file in project.rglob("*.py"))
    ]
    changed = [Change(path, b"", text.encode()) for path, text in changes.items()]
    return compare_imports(project, changed, modules, BLOCKED, sys.executable)


def test_modules_that_import_as_before_are_counted(project: Path) -> None:
    proved = compared(project, {"app/db.py": "Session = 2\n"})

    assert proved.ok
    assert [*proved.lines()] == ["4 modules import as before."]


def test_a_module_that_no_longer_imports_is_told_with_its_error_and_the_place(
    project: Path,
) -> None:
    proved = compared(project, {"app/db.py": "\n"})

    assert not proved.ok
    first, *failed = proved.lines()
    assert first == "2 of 4 modules can no longer be imported:"
    assert failed[0].startswith("    app/views.py: ImportError: cannot import name 'Session'")
    assert failed[0].endswith("(app/views.py:1)")
    assert "app/db.py" in failed[0]
    assert str(project.parent) not in failed[0]
    assert failed[1].startswith("    tests/test_views.py: ")


def test_a_module_that_failed_before_is_not_counted(project: Path) -> None:
    write(project, {"app/broken.py": "import nowhere\n"})

    proved = compared(project, {"app/broken.py": "import elsewhere\n"})

    assert proved.ok
    assert [*proved.lines()] == [
        "4 modules import as before.",
        "1 module could not be imported before either, and was not compared.",
    ]


def test_a_module_that_skips_itself_under_pytest_imports(project: Path) -> None:
    skips = "import pytest\npytest.skip('elsewhere', allow_module_level=True)\n"
    write(project, {"tests/test_skipped.py": skips})

    assert compared(project, {}).imported == 5


def test_what_is_taken_out_must_not_be_imported(project: Path) -> None:
    write(project, {"flask_sqlalchemy.py": "", "app/models.py": "import flask_sqlalchemy\n"})

    proved = compared(project, {})

    assert list(proved.failed) == ["app/models.py", "flask_sqlalchemy.py"]
    assert "hipflask convert blocks it" in proved.failed["app/models.py"]


def test_files_of_one_name_in_several_folders_are_each_imported(project: Path) -> None:
    write(project, {"tests/helpers.py": "", "other/helpers.py": "import app.db\n"})

    proved = compared(project, {"other/helpers.py": "import app.gone\n"})

    assert list(proved.failed) == ["other/helpers.py"]


@pytest.mark.parametrize("text", ["import os; os._exit(3)\n", "while True: pass\n"])
def test_a_module_that_hangs_or_ends_the_process_is_set_aside(
    project: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SECONDS", 5)
    write(project, {"app/a_script.py": text})

    proved = compared(project, {})

    assert proved.ok
    assert [*proved.lines()] == [
        "4 modules import as before.",
        "Not compared, because the import does not end or ends the process: app/a_script.py.",
    ]


def test_a_module_that_ends_the_process_only_since_is_a_failure(project: Path) -> None:
    proved = compared(project, {"app/db.py": "import os; os._exit(0)\n"})

    assert "ends the process" in proved.failed["app/db.py"]


def test_an_import_opens_no_database_outside_of_the_copy(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In no temporary folder, as the projects of users are.
    place = tmp_path / "never.db"
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    opens = "import sqlalchemy\nsqlalchemy.create_engine('sqlite:///{}').connect()\n"
    write(
        project,
        {"app/seed.py": opens.format(place), "app/own.py": opens.format("own.db")},
    )

    proved = compared(project, {})

    assert not place.exists()
    assert (proved.imported, proved.not_before) == (5, 1)


def test_no_module_at_all_proves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "project", {"app/__init__.py": "import nowhere\n"})

    proved = compared(tmp_path / "project", {})

    assert not proved.ok
    assert "nothing was proved" in next(iter(proved.lines()))
