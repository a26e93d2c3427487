"""The project's own tests judge a conversion: what passed before must pass after."""

import shlex
import sys
from pathlib import Path

import pytest

from hipflask.project import Change
from hipflask.proof import ProjectCommandError, SuiteComparison, compare_tests

BLOCKED = ("flask_sqlalchemy", "flask_migrate")

PYTEST = f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider"

MODELS = "def name():\n    return 'old'\n"
TESTS = """
import pytest
from models import name

def test_first():
    assert name()

def test_second():
    assert name() == "old"

@pytest.mark.parametrize("number", [1, 2])
def test_third(number):
    assert number == 1

@pytest.mark.xfail
def test_fourth():
    assert False

@pytest.fixture
def broken():
    yield
    assert name() == "old"

def test_fifth(broken):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "models.py").write_text(MODELS)
    (root / "test_models.py").write_text(TESTS)
    return root


def judged(project: Path, models: str, command: str = PYTEST) -> SuiteComparison:
    change = Change("models.py", b"", models.encode())
    return compare_tests(project, [change], command, BLOCKED, sys.executable)


def test_a_conversion_that_keeps_every_test_is_good(project: Path) -> None:
    verdict = judged(project, MODELS + "\n")

    assert verdict.ok
    # The parametrised test that fails in both runs is none of the conversion's business.
    assert [*verdict.lines()] == ["4 tests passed before, 4 of them pass after the conversion."]


def test_what_passed_and_does_not_now_is_named_with_its_error(project: Path) -> None:
    verdict = judged(project, MODELS.replace("old", "new"))

    assert not verdict.ok
    said = "\n".join(verdict.lines())
    assert "4 tests passed before, 2 of them pass after the conversion." in said
    assert "failed   test_models.py::test_second" in said
    assert "(test_models.py:9)" in said
    # Its call passes, and what comes after it does not.
    assert "error    test_models.py::test_fifth" in said


def test_a_module_that_cannot_be_imported_now_is_the_reason_for_its_tests(project: Path) -> None:
    verdict = judged(project, "import nothing_of_that_name\n")

    assert not verdict.ok
    assert {outcome.result for outcome in verdict.lost.values()} == {"missing"}
    assert "4 x " in [*verdict.lines()][1]
    assert "nothing_of_that_name" in [*verdict.lines()][1]


def test_a_run_that_breaks_off_shows_its_end(project: Path) -> None:
    verdict = judged(
        project, "import os\nprint('the end', flush=True)\nos._exit(3)\n", PYTEST + " -s"
    )

    assert not verdict.ok
    assert "the end" in [*verdict.lines()][-1]


def test_the_extension_is_blocked_after_and_not_before(project: Path) -> None:
    (project / "flask_sqlalchemy.py").write_text("")
    (project / "models.py").write_text("import flask_sqlalchemy\n" + MODELS)

    verdict = judged(project, "import flask_sqlalchemy\n" + MODELS)

    assert len(verdict.before.passed) == 4
    assert not verdict.after.passed
    assert "hipflask convert blocks it" in [*verdict.lines()][1]


def test_a_test_that_fails_once_is_unsteady_and_not_lost(project: Path, tmp_path: Path) -> None:
    marker = tmp_path / "failed"
    once = f"""
import pathlib
def name():
    marker = pathlib.Path({str(marker)!r})
    if not marker.exists():
        marker.touch()
        return None
    return "old"
"""
    verdict = judged(project, once)

    assert verdict.ok
    assert verdict.flaky == ["test_models.py::test_first"]
    assert "flaky test_models.py::test_first" in [*verdict.lines()][-1]


def test_a_test_that_only_passes_by_itself_is_lost(project: Path) -> None:
    # As where a session is not removed any more, and a test sees what the one before it left.
    leaks = "calls = []\ndef name():\n    calls.append(1)\n    return len(calls) == 1 and 'old'\n"

    verdict = judged(project, leaks)

    assert not verdict.ok
    assert "test_models.py::test_second" in verdict.lost
    assert not verdict.flaky


def test_the_original_is_not_touched(project: Path) -> None:
    (project / "test_models.py").write_text(
        "from pathlib import Path\ndef test_it():\n    Path(__file__).with_name('left').touch()\n"
    )
    before = sorted(path.name for path in project.iterdir())

    assert judged(project, MODELS).ok

    assert sorted(path.name for path in project.iterdir()) == before
    assert (project / "models.py").read_text() == MODELS


def test_a_command_that_is_not_pytest_is_judged_by_its_exit_code(project: Path) -> None:
    command = (
        f"{shlex.quote(sys.executable)} -c 'import models; print(1 / (models.name() == \"old\"))'"
    )

    assert judged(project, MODELS, command).ok
    verdict = judged(project, MODELS.replace("old", "new"), command)

    assert not verdict.ok
    assert "and with 1 after the conversion." in [*verdict.lines()]
    assert "ZeroDivisionError" in [*verdict.lines()][-1]


def test_tests_that_failed_before_prove_nothing(project: Path) -> None:
    (project / "test_models.py").write_text("import nothing_of_that_name\n")

    verdict = judged(project, MODELS)

    assert not verdict.ok
    assert "No test passed before the conversion" in "\n".join(verdict.lines())


@pytest.mark.parametrize("setting", ["PYTHONPATH=src", "export PYTHONPATH='src';", "PYTHONPATH="])
def test_a_command_may_set_its_own_path(project: Path, setting: str) -> None:
    (project / "src").mkdir()
    (project / "src" / "beside.py").touch()
    if "src" in setting:
        (project / "test_beside.py").write_text("import beside\n\ndef test_it():\n    pass\n")
    verdict = judged(project, MODELS + "\n", f"{setting} {PYTEST}")
    assert verdict.ok
    assert len(verdict.before.passed) == (5 if "src" in setting else 4)


def test_a_command_whose_python_ignores_the_blocking_is_refused(project: Path) -> None:
    with pytest.raises(ProjectCommandError, match="ran no Python, or one that ignores PYTHONPATH"):
        judged(project, MODELS, "env -i true")


@pytest.mark.parametrize("command", ["no-such-command tests", "./models.py", "cd . && nowhere/x"])
def test_a_command_that_does_not_exist_is_refused_with_what_the_shell_says(
    project: Path, command: str
) -> None:
    with pytest.raises(ProjectCommandError, match=r"cannot be run: .*(not found|denied)") as raised:
        judged(project, MODELS, command)
    assert "ran no Python" not in str(raised.value)


def test_a_pytest_that_a_test_starts_is_no_test_of_the_project(project: Path) -> None:
    (project / "inner.py").write_text("def test_inner():\n    assert False\n")
    (project / "test_models.py").write_text(
        "import subprocess, sys\n"
        "def test_outer():\n"
        "    done = subprocess.run([sys.executable, '-m', 'pytest', 'inner.py'])\n"
        "    assert done.returncode == 1\n"
    )

    verdict = judged(project, MODELS)

    assert [*verdict.before.tests] == ["test_models.py::test_outer"]
    assert verdict.ok
