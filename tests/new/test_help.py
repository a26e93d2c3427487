"""What `--help` says to somebody who has not read the documentation."""

from __future__ import annotations

import pytest

from .conftest import Run


def test_the_commands_are_listed_by_what_they_do(hipflask: Run) -> None:
    shown = hipflask("--help").stdout
    assert "new      Create a Flask project on plain SQLAlchemy.\n" in shown
    assert "diff     Show or merge what newer versions add to a project.\n" in shown


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("new", "Create the project NAME in a new folder."),
        ("new", "[sqlite|postgresql|postgres|mariadb|mysql]"),
        ("new", "--resource NOUN"),
        ("new", "--field NAME[:str]"),
        ("new", "[default: sqlite]"),
        ("diff", "--apply"),
        ("diff", "--from CHECKOUT"),
        ("diff", "`hipflask diff --apply` merge it, or pipe it to `git apply -3`"),
    ],
)
def test_the_help_of_a_command_names_its_options_and_what_they_take(
    hipflask: Run, command: str, said: str
) -> None:
    shown = hipflask(command, "--help").stdout
    assert said in " ".join(shown.split())
    assert hipflask(command, "-h").stdout == shown
