"""`hipflask new`: one command, and a project is there; or one line, and nothing is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hipflask.new import starter

from .conftest import Run, files


def test_a_project_is_the_starter_with_its_name_for_the_starters(
    hipflask: Run, tmp_path: Path
) -> None:
    done = hipflask("new", "shop")
    assert done.returncode == 0, done.stderr
    made = files(tmp_path / "shop")
    expected = {path.as_posix().replace("starter", "shop") for path in starter.files()}
    others = {"tests/database_mariadb.py", "tests/database_postgresql.py"}
    assert made.keys() == expected - others | {".hipflask.toml"}
    original = (starter.folder() / "src/starter/db/__init__.py").read_bytes()
    assert made["src/shop/db/__init__.py"] == original  # imports are relative
    assert b"from shop.db import Session" in made["tests/test_messages.py"]
    assert not [name for name, body in made.items() if b"starter" in body]


def test_there_is_no_word_of_hipflask_but_a_line_of_credit_and_a_memory_for_updates(
    hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop")
    lines = [
        (name, line)
        for name, body in files(tmp_path / "shop").items()
        for line in body.decode().splitlines()
        if "hipflask" in line.lower() and name != ".hipflask.toml"
    ]
    assert lines == [("README.md", "Made with [Hipflask](https://pypi.org/project/hipflask/).")]


def test_the_same_command_makes_the_same_bytes(hipflask: Run, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert hipflask("new", f"{folder}/shop").returncode == 0
    assert files(tmp_path / "one/shop") == files(tmp_path / "two/shop")


def test_a_name_with_a_dash_is_that_of_the_distribution_and_the_folder(
    hipflask: Run, tmp_path: Path
) -> None:
    assert hipflask("new", "my-shop").returncode == 0
    project = tomllib.loads((tmp_path / "my-shop/pyproject.toml").read_text())
    assert project["project"]["name"] == "my-shop"
    assert (tmp_path / "my-shop/README.md").read_text().startswith("# my-shop\n")
    assert (tmp_path / "my-shop/src/my_shop/db/__init__.py").exists()


def test_everything_is_in_the_first_commit(hipflask: Run, tmp_path: Path) -> None:
    hipflask("new", "shop")
    asked = ["git", "-C", str(tmp_path / "shop")]
    committed = subprocess.check_output([*asked, "ls-tree", "-r", "--name-only", "HEAD"], text=True)
    assert set(committed.split()) == files(tmp_path / "shop").keys()
    assert subprocess.check_output([*asked, "status", "--porcelain"]) == b""
    modes = subprocess.check_output([*asked, "ls-tree", "HEAD", "requirements/compile"], text=True)
    assert modes.startswith("100755")


def test_no_git_makes_no_repository(hipflask: Run, tmp_path: Path) -> None:
    assert hipflask("new", "shop", "--no-git").returncode == 0
    assert not (tmp_path / "shop/.git").exists()


def test_where_git_is_not_installed_the_project_is_made_without(
    hipflask: Run, tmp_path: Path
) -> None:
    done = hipflask("new", "shop", PATH="")
    assert done.returncode == 0
    assert "Created shop without a repository: git is not installed. Next steps:" in done.stderr
    assert not (tmp_path / "shop/.git").exists()


def test_in_a_repository_there_is_no_second_one(hipflask: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = hipflask("new", "shop")
    assert done.returncode == 0
    assert "Created shop in the git repository around it. Next steps:" in done.stderr
    assert not (tmp_path / "shop/.git").exists()


def test_in_a_hook_of_another_repository_the_project_has_its_own(
    hipflask: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", other], check=True)
    done = hipflask("new", "shop", GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop/.git").is_dir()
    assert subprocess.call(["git", "-C", str(other), "rev-parse", "-q", "--verify", "HEAD"]) == 1


def test_a_commit_that_git_refuses_leaves_nothing_and_names_the_way_without(
    hipflask: Run, tmp_path: Path
) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        "[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n"
    )
    done = hipflask("new", "shop")
    assert done.returncode == 1
    assert "--no-git" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1shop", "is not a valid project name"),
        ("my shop", "is not a valid project name"),
        ("shop-", "is not a valid project name"),
        ("caf\u00e9", "is not a valid project name"),
        (".", "is not a valid project name"),
        ("class", "is a Python keyword"),
        ("json", "would hide a module of Python's standard library"),
        ("flask", "would hide a package that the project needs"),
        ("Flask", "would hide a package that the project needs"),
        ("typing-extensions", "would hide a package that the project needs"),
        ("click", "would hide a package that the project needs"),
        ("hipflask", "is the name of a package that is installed"),
        ("app", "'app' has another meaning in conftest.py. Choose another name, such as my_app."),
        ("task", "cannot name both the project and its resource"),
        ("there", "there already exists"),
        ("dangling", "dangling already exists"),
        ("file/shop", "file/shop cannot be written: Not a directory"),
        ("file/deep/shop", "file/deep/shop cannot be written: Not a directory"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_in_one_line_and_nothing_is_created(
    hipflask: Run, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "file").touch()
    done = hipflask("new", name, "--resource", "task")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert sorted(os.listdir(tmp_path)) == ["dangling", "file", "there"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--resource", "Task"], "'Task' is not a valid resource. Use a noun in lower case"),
        (["--resource", "my-task"], "'my-task' is not a valid resource"),
        (["--resource", "class"], "'class' is not a valid resource"),
        (["--resource", "model"], "'models' is a module of the project. Choose another name"),
        (["--resource", "list"], "'list' has another meaning in"),
        (["--resource", "shop"], "'shop' cannot name both the project and its resource"),
        (["--resource", "tasks"], "Did you mean --resource task?"),
        (["--resource", "people"], "Did you mean --resource person?"),
        (["--resource", "data"], "Did you mean --resource datum?"),
        (["--resource", "news"], "'news' has no plural"),
        (["--resource", "news"], "as in --resource news_item"),
        (["--resource", "sheep", "--plural", "sheep"], "cannot be its own plural"),
        (["--field", "title:int"], "'int' is not a type for --field, which takes str"),
        (["--field", "title:"], "'' is not a type for --field, which takes str"),
        (["--field", "Title"], "'Title' is not a valid field"),
        (["--field", "id"], "'id' has another meaning in models.py. Choose another name"),
        (["--field", "msgspec:str"], "'msgspec' has another meaning in messages.py"),
        (["--field", "metadata:str"], "'metadata' is reserved by SQLAlchemy"),
    ],
)
def test_a_resource_or_field_that_cannot_be_used_is_one_line_that_says_what_to_do(
    hipflask: Run, tmp_path: Path, options: list[str], said: str
) -> None:
    done = hipflask("new", "shop", *options)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("resource", "module"),
    [
        ("task", "tasks"),
        ("post", "posts"),
        ("user", "users"),
        ("item", "items"),
        ("order", "orders"),
        ("order_line", "order_lines"),
        ("status", "statuses"),
        ("person", "people"),
        ("news_item", "news_items"),
    ],
)
def test_the_plural_of_a_resource_is_its_module_and_is_printed(
    hipflask: Run, tmp_path: Path, resource: str, module: str
) -> None:
    done = hipflask("new", "shop", "--resource", resource)
    assert done.returncode == 0, done.stderr
    assert f"The plural of {resource} is {module}.\n" in done.stderr
    assert (tmp_path / f"shop/src/shop/{module}.py").exists()


@pytest.mark.parametrize("resource", ["page", "client", "list", "model"])
def test_a_noun_that_the_project_uses_itself_is_refused_and_another_suggested_that_works(
    hipflask: Run, tmp_path: Path, resource: str
) -> None:
    done = hipflask("new", "shop", "--resource", resource)
    if done.returncode == 0:  # the starter does not use it any more
        return
    (suggested,) = re.findall(r"Choose another name, such as (\w+)\.$", done.stderr.strip())
    done = hipflask("new", "shop", "--resource", suggested)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"shop/src/shop/{suggested}s.py").exists()


def test_a_plural_that_is_given_wins(hipflask: Run, tmp_path: Path) -> None:
    done = hipflask("new", "shop", "--resource", "data", "--plural", "data_points")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop/src/shop/data_points.py").exists()


def test_folders_that_are_missing_on_the_way_are_created(hipflask: Run, tmp_path: Path) -> None:
    done = hipflask("new", "services/web/shop")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "cd services/web/shop"
    assert (tmp_path / "services/web/shop/pyproject.toml").exists()
    assert os.listdir(tmp_path / "services/web") == ["shop"]


def test_folders_that_were_created_are_removed_if_the_project_fails(
    hipflask: Run, tmp_path: Path
) -> None:
    (tmp_path / "services").mkdir()
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        "[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n"
    )
    assert hipflask("new", "services/web/eu/shop").returncode == 1
    assert os.listdir(tmp_path) == ["services"]
    assert os.listdir(tmp_path / "services") == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of Hipflask, by what tells it from other folders."""
    checkout = tmp_path / "hipflask"
    (checkout / "src/hipflask/new").mkdir(parents=True)
    (checkout / "starter").mkdir()
    (checkout / "starter/pyproject.toml").touch()
    subprocess.run(["git", "init", "-q", checkout], check=True)
    return checkout


@pytest.mark.parametrize(("below", "shown"), [(".", "../shop"), ("src/hipflask", "../../../shop")])
def test_in_a_checkout_of_hipflask_the_project_goes_beside_it(
    checkout: Path, hipflask: Run, below: str, shown: str
) -> None:
    done = hipflask("new", "shop", cwd=checkout / below)
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        "This is a checkout of Hipflask, so shop goes beside it.\n"
        f"Created {shown} and made the first commit. Next steps:\n\n"
    )
    assert done.stdout.splitlines()[0] == f"cd {shown}"
    assert (checkout.parent / "shop/.git").is_dir()
    assert files(checkout).keys() == {"starter/pyproject.toml"}


def test_a_path_into_a_checkout_of_hipflask_is_refused_and_one_outside_is_suggested(
    checkout: Path, hipflask: Run
) -> None:
    done = hipflask("new", "work/shop", cwd=checkout)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "work/shop is inside a checkout of Hipflask" in line
    assert f"such as {checkout.parent / 'shop'}" in line
    assert not (checkout / "work").exists()


def test_a_path_out_of_a_checkout_of_hipflask_is_taken_as_it_is(
    checkout: Path, hipflask: Run
) -> None:
    done = hipflask("new", "../shop", cwd=checkout)
    assert done.stderr == "Created ../shop and made the first commit. Next steps:\n\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of Unix")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    command = [sys.executable, "-m", "hipflask", "new", str(closed / "shop")]
    root = os.geteuid() == 0  # whom no mode keeps out
    if root and (not shutil.which("chattr") or subprocess.call(["chattr", "+i", closed])):
        pytest.skip("root writes everywhere here")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    finally:
        if root:
            subprocess.run(["chattr", "-i", closed], check=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.search("cannot be written: (Permission denied|Operation not permitted)", line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    # It is stopped when the first file is there, in the middle of the work.
    interrupted = (
        "import os, signal, hipflask.new.project as project\n"
        # Where the tests run in the background, these are ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "from hipflask.cli import main\n"
        "def tidy(folder):\n"
        "    assert (folder / 'pyproject.toml').exists()\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "project.tidy = tidy\n"
        "main(['new', 'new/shop'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", interrupted],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_is_one_line_and_nothing_is_made(tmp_path: Path) -> None:
    full = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "from hipflask.cli import main\n"
        "main(['new', 'shop'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", full],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "Error: shop cannot be written: File too large.\n"
    assert os.listdir(tmp_path) == []


def test_a_run_that_ignores_hangups_goes_on_through_one(tmp_path: Path) -> None:
    hung_up = (
        "import os, signal, hipflask.new.project as project\n"
        "from hipflask.cli import main\n"
        "project.tidy = lambda folder: os.kill(os.getpid(), signal.SIGHUP)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"  # as nohup does
        "main(['new', 'shop', '--no-git'])\n"
    )
    subprocess.run([sys.executable, "-c", hung_up], cwd=tmp_path, check=True, timeout=300)
    assert (tmp_path / "shop").is_dir()


def test_the_command_ends_with_the_three_lines_to_type_next(hipflask: Run) -> None:
    with_uv = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = hipflask("new", "shop", PATH=with_uv)
    assert done.stderr == "Created shop and made the first commit. Next steps:\n\n"
    lines = done.stdout.splitlines()
    assert lines[0] == "cd shop"
    assert lines[1].startswith("uv venv")
    assert lines[2] == ".venv/bin/flask --app shop run"
    assert len(lines) == 3


def test_a_database_that_must_be_there_is_asked_for_before_the_app_runs(hipflask: Run) -> None:
    done = hipflask("new", "shop", "--database", "postgres")
    assert done.stdout.splitlines()[2:] == [
        "cp .env.example .env",
        ".venv/bin/flask --app shop db upgrade",
        ".venv/bin/flask --app shop run",
    ]
    assert "After copying .env, write the URL of your PostgreSQL database there." in done.stderr


def test_where_uv_is_not_the_lines_to_type_are_for_pip(hipflask: Run, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    lines = hipflask("new", "shop", PATH=str(empty)).stdout.splitlines()
    assert lines[1].startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert len(lines) == 3


def test_a_path_with_a_space_can_be_pasted(hipflask: Run, tmp_path: Path) -> None:
    (tmp_path / "my projects").mkdir()
    lines = hipflask("new", "my projects/shop").stdout.splitlines()
    moved = subprocess.run(["bash", "-c", f"{lines[0]} && pwd"], cwd=tmp_path, capture_output=True)
    assert moved.stdout.strip().endswith(b"my projects/shop")
