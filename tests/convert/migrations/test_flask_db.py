"""`flask db` and `alembic` after the conversion, as people and scripts run them."""

import re
from importlib.resources import files
from pathlib import Path
from textwrap import dedent

import pytest

from hipflask.convert.migrations import parts

from .projects import FOURTH, MULTI, SEVERAL, SINGLE, Project

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=[*SINGLE, *MULTI])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """One for each generation of the template, converted."""
    several = request.param in MULTI
    project = Project(tmp_path, (SINGLE | MULTI)[request.param], several)
    project.convert()
    return project


def test_the_history_goes_up_and_down(project: Project) -> None:
    said = project.flask_db("upgrade", "current", "downgrade", "current", "history")
    assert said.count("exit 0") == 5
    assert said.index("b2 (head)") < said.index("\na1\n") < said.index("a1 -> b2 (head)")
    assert project.tables() == ["alembic_version", "user"]
    said = project.flask_db("downgrade base", "upgrade +1", "stamp head", "current", "heads")
    assert said.count("exit 0") == 5
    assert said.count("b2 (head)") >= 2


def test_an_autogenerate_is_empty(project: Project) -> None:
    said = project.flask_db("upgrade", "check", "migrate -m nothing")
    assert said.count("exit 0") == 3
    assert "No new upgrade operations" in said
    assert "No changes in schema detected" in said
    assert project.versions == ["a1.py", "b2.py"]


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_change_of_the_models_is_written_down(several: bool, tmp_path: Path) -> None:
    project = Project(tmp_path, SEVERAL if several else FOURTH, several)
    project.convert()
    models = (tmp_path / "app/models.py").read_text()
    models = models.replace("name =", "age = sa.Column(sa.Integer)\n    name =")
    project.put("app/models.py", models)
    said = project.flask_db("upgrade", "migrate -m age --rev-id c3", "upgrade", "check")
    assert said.count("exit 0") == 4
    written = (tmp_path / "migrations/versions/c3_age.py").read_text()
    assert "sa.Column('age'" in written
    assert "batch_alter_table" in written  # as Flask-Migrate 4 has it


def test_alembic_runs_by_itself(project: Project) -> None:
    said = project.alembic("upgrade head", "check")
    assert "No new upgrade operations" in said
    assert project.tables() == ["alembic_version", "user"]


def test_every_database_is_migrated(tmp_path: Path) -> None:
    project = Project(tmp_path, SEVERAL, True)
    project.convert()
    assert "MetaData" not in (tmp_path / "migrations/env.py").read_text()
    project.flask_db("upgrade")
    assert project.tables("logs") == ["alembic_version", "log"]


def test_a_second_conversion_changes_nothing(project: Project) -> None:
    assert project.convert() == 0


@pytest.mark.parametrize("env", SINGLE.values(), ids=SINGLE)
def test_sql_is_printed_without_a_database(env: str, tmp_path: Path) -> None:
    project = Project(tmp_path, env, False)
    project.convert()
    assert "CREATE TABLE user" in project.flask_db("upgrade a1 --sql")


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_a_project_without_migrations_begins_with_init(several: bool, tmp_path: Path) -> None:
    project = Project(tmp_path, None, several)
    project.convert()
    said = project.flask_db(
        "init --multidb" if several else "init", "migrate -m first --rev-id a1", "upgrade"
    )
    assert said.count("exit 0") == 3
    assert project.tables() == ["alembic_version", "user"]
    assert not several or project.tables("logs") == ["alembic_version", "log"]
    said = project.flask_db("migrate", "check", "downgrade base", "upgrade --sql")
    assert said.count("exit 0") == 4
    assert "No changes in schema detected" in said
    assert "No new upgrade operations" in said
    assert project.tables() == ["alembic_version"]
    assert project.versions == ["a1_first.py"]


def test_init_copies_the_folder_that_there_is(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put("README.md", "Begin with `flask db init`.\n")
    project.convert()
    said = project.flask_db("init -d others --package", "-d others migrate -m first")
    assert said.count("exit 0") == 2
    assert (tmp_path / "others/env.py").read_text() == (tmp_path / "migrations/env.py").read_text()
    assert (tmp_path / "others/__init__.py").exists()
    assert len(list((tmp_path / "others/versions").glob("*_first.py"))) == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("downgrade nowhere", "Can't locate revision identified by 'nowhere'"),
        ("init", "Directory migrations already exists and is not empty"),
        ("show -d nowhere", "Error: "),
    ],
)
def test_an_error_is_said_in_words(command: str, words: str, tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH.replace("fileConfig(", "str("), False)
    project.convert()
    said = project.flask_db(command)
    assert words in said
    assert "exit 1" in said
    assert "Traceback" not in said


def test_migrations_are_run_from_code(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put(
        "script.py",
        dedent("""
            import flask_migrate as fm
            import flask_migrate
            from flask_migrate import downgrade, stamp, upgrade
            from app import create_app

            with create_app().app_context():
                upgrade()
                downgrade("migrations", revision="a1")
                fm.upgrade(directory="migrations", revision="head")
                flask_migrate.current(verbose=False)
                stamp(revision="a1")
                flask_migrate.current()
            """),
    )
    project.convert()
    said = project.run("script.py")
    assert said.index("b2 (head)") < said.index("a1\n", said.index("b2 (head)"))


def test_arguments_reach_env(tmp_path: Path) -> None:
    project = Project(
        tmp_path, FOURTH + "\nprint(context.get_x_argument(), context.get_tag_argument())\n", False
    )
    project.convert()
    assert "['a=b'] t" in project.flask_db("upgrade -x a=b --tag t")
    assert "['a=b'] None" in project.flask_db("-x a=b current")


def test_an_argument_reaches_env_from_code(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH + "\nprint(context.get_x_argument())\n", False)
    project.put(
        "script.py",
        dedent("""
            from flask_migrate import downgrade, upgrade
            from app import create_app

            with create_app().app_context():
                upgrade(x_arg="a=b")
                downgrade(x_arg=["c=d", "e=f"])
            """),
    )
    project.convert()
    said = project.run("script.py")
    assert "['a=b']" in said
    assert "['c=d', 'e=f']" in said


@pytest.mark.parametrize("conversion", ["a function", "a class"])
def test_the_folder_may_be_known_to_the_running_program_only(
    conversion: str, tmp_path: Path
) -> None:
    project = Project(tmp_path, FOURTH, False)
    init = (tmp_path / "app/__init__.py").read_text()
    folder = "directory=os.path.join(app.root_path, 'moved')"
    if conversion == "a class":
        folder += ", compare_type=app.debug"
    project.put(
        "app/__init__.py", init.replace("init_app(app, db)", f"init_app(app, db, {folder})")
    )
    (tmp_path / "migrations").rename(tmp_path / "app/moved")
    project.put("script.py", FROM_CODE)
    project.convert()
    written = "".join(path.read_text() for path in tmp_path.glob("app/migrate*.py"))
    assert ("class Migrate" in written) is (conversion == "a class")
    said = project.flask_db("upgrade", "current", "current -d app/moved")
    assert said.count("exit 0") == 3
    assert said.count("b2 (head)") == 2
    assert "b2 (head)" in project.run("script.py")


FROM_CODE = """
from flask_migrate import current, upgrade
from app import create_app

with create_app().app_context():
    upgrade()
    current()
"""


def test_code_makes_a_revision_of_what_differs(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.put(
        "script.py",
        dedent("""
            from flask_migrate import merge, migrate, revision, upgrade
            from app import create_app, db

            with create_app().app_context():
                upgrade()
                migrate(message="nothing")
                revision(message="by hand", rev_id="c3")
                revision(message="beside", rev_id="d4", head="b2", splice=True)
                merge(revisions="heads", message="both", rev_id="e5")
            """),
    )
    project.convert()
    assert "No changes in schema detected" in project.run("script.py")
    assert project.versions == ["a1.py", "b2.py", "c3_by_hand.py", "d4_beside.py", "e5_both.py"]


def test_code_begins_with_init(tmp_path: Path) -> None:
    project = Project(tmp_path, None, False)
    project.put(
        "script.py",
        dedent("""
            from flask_migrate import init, migrate, upgrade
            from app import create_app

            with create_app().app_context():
                init()
                migrate(message="first", rev_id="a1")
                upgrade()
            """),
    )
    project.convert()
    project.run("script.py")
    assert project.versions == ["a1_first.py"]
    assert project.tables() == ["alembic_version", "user"]


def test_the_commands_of_flask_db_can_be_looked_up_where_a_project_does(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    looked = (
        "    migrate.init_app(app, db)\n    commands = app.cli.commands['db'].commands\n"
        "    if 'downgrade' in commands:\n        commands['downgrade'].help += ' Beware.'\n"
    )
    init = (tmp_path / "app/__init__.py").read_text()
    project.put("app/__init__.py", init.replace("    migrate.init_app(app, db)\n", looked))
    project.convert()
    said = project.flask_db("upgrade", "downgrade -1", "current -v", "-d migrations upgrade +1")
    assert said.count("exit 0") == 4


def test_options_and_callbacks_reach_alembic(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    text = (tmp_path / "app/__init__.py").read_text()
    text = text.replace(
        "migrate = Migrate()",
        "migrate = Migrate(directory='moved', command='schema', version_table='versions')\n\n\n"
        "@migrate.configure\ndef configure(config):\n    print('configured')\n    return config\n",
    )
    project.put("app/__init__.py", text)
    (tmp_path / "migrations").rename(tmp_path / "moved")
    project.convert()
    assert "configured" in project.flask("schema upgrade")
    assert project.tables() == ["user", "versions"]


@pytest.mark.parametrize(
    "given", ["app, db, version_table='versions'", "app, db, 'moved', 'schema'"]
)
def test_what_the_class_is_given_reaches_alembic(given: str, tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    init = (tmp_path / "app/__init__.py").read_text().replace("migrate = Migrate()\n", "")
    init = init.replace("migrate.init_app(app, db)", f"migrate = Migrate({given})")
    project.put("app/__init__.py", init)
    if "moved" in given:
        (tmp_path / "migrations").rename(tmp_path / "moved")
    project.convert()
    assert "class" not in (tmp_path / "app/migrate.py").read_text()
    assert "exit 0" in project.flask("schema upgrade" if "schema" in given else "db upgrade")
    assert project.tables() == sorted(
        ["versions" if "versions" in given else "alembic_version", "user"]
    )


# The forms that Dockerfiles, Makefiles, scripts, CI and READMEs of real projects have, and every
# option of Flask-Migrate; each with what it prints.
FORMS = [
    ("upgrade", "a1 -> b2"),
    ("current", "b2 (head)"),
    ("current -v", "Rev: b2 (head)"),
    ("downgrade", "b2 -> a1"),
    ("upgrade head", "a1 -> b2"),
    ("downgrade -1", "b2 -> a1"),
    ("downgrade -- -1", "a1 -> "),
    ("upgrade +1", " -> a1"),
    ("upgrade -d migrations/", "a1 -> b2"),
    ("downgrade --directory migrations base", "a1 -> "),
    ("-d ./migrations upgrade", " -> a1"),
    ("--directory=migrations current", "b2 (head)"),
    ("upgrade --sql", "CREATE TABLE user"),
    ("upgrade a1:b2 --sql", "ALTER TABLE user ADD COLUMN name"),
    ("downgrade a1:base --sql", "DROP TABLE user"),
    ("upgrade -x a=b --tag t --sql", "CREATE TABLE user"),
    ("-x a=b -x c=d upgrade --tag=t", ""),
    ("history", "a1 -> b2 (head)"),
    ("history -i -v", "Rev: b2 (head) (current)"),
    ("history --rev-range a1:b2 --indicate-current --verbose", "Rev: b2 (head) (current)"),
    ("history -r a1:", "<base> -> a1"),
    ("heads", "b2 (head)"),
    ("heads -v --resolve-dependencies", "Rev: b2 (head)"),
    ("branches --verbose", ""),
    ("show", "Rev: b2 (head)"),
    ("show a1", "Rev: a1"),
    ("stamp", ""),
    ("stamp --sql", "alembic_version"),
    ("stamp --purge --tag t a1", " -> a1"),
    ("stamp head -d migrations", "a1 -> b2"),
    ("check", "No new upgrade operations detected"),
    ("edit", ""),
    ("edit a1", ""),
    ("migrate", "No changes in schema detected"),
    ('migrate -m "add -d x"', "No changes in schema detected"),
    ("migrate -m'an upgrade of dx'", "No changes in schema detected"),
    ("migrate -m upgrade", "No changes in schema detected"),
    ("revision -m'add index, by hand' --rev-id c3", "c3_add_index_by_hand.py"),
    (
        "revision -m left --head b2 --splice --branch-label left --rev-id d4 "
        "--version-path migrations/versions",
        "d4_left.py",
    ),
    ('merge heads -m "merge of both" --rev-id e5', "e5_merge_of_both.py"),
    ("revision --message beside --head c3 --splice --rev-id f6", "f6_beside.py"),
    ("merge --message again --branch-label again --rev-id g7 e5 f6", "g7_again.py"),
    ("upgrade heads", ""),
    ("revision --autogenerate --message last --rev-id h8 --head g7", "No changes in schema"),
    ("--help", "usage: flask db"),
    ("upgrade --help", "usage: flask db upgrade"),
    ("", "usage: flask db"),
]


def test_each_form_that_people_type_works(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.convert()
    answers = project.flask_db(*(form for form, _ in FORMS)).split("$ db ")[1:]
    assert len(answers) == len(FORMS)
    for answer, (form, words) in zip(answers, FORMS, strict=True):
        assert answer.startswith(f"{form}\n"), answer
        assert words in answer, answer
        assert answer.endswith("exit 0\n"), answer


def test_a_script_that_downgrades_begins_at_the_newest_revision(tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.convert()
    assert "Running downgrade b2 -> a1" in project.flask_db("downgrade --sql")


def test_a_revision_can_be_left_out_where_it_can_in_the_starter() -> None:
    commands = (files(parts) / "commands.py").read_text()
    (ours,) = re.findall(r"^REVISIONS = .*", commands, re.MULTILINE)
    assert ours in (ROOT / "starter/src/starter/commands.py").read_text().splitlines()


@pytest.mark.parametrize("typed", ["nonsense", "upgrade --nonsense", "-q", "upgrade a1 b2"])
def test_what_alembic_does_not_know_is_said_in_words(typed: str, tmp_path: Path) -> None:
    project = Project(tmp_path, FOURTH, False)
    project.convert()
    said = project.flask_db(typed)
    assert "usage: flask db" in said
    assert "exit 2" in said
    assert "Traceback" not in said
