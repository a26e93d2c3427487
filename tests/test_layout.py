"""The layout of the command: what each directory may import, and that data goes one way."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src"
COMMANDS = {f"hipflask.{path.parent.name}" for path in ROOT.glob("hipflask/*/command.py")}
SHARED = ("hipflask.project", "hipflask.proof", "hipflask.writing")
# What a converted project runs, and in the order in which it stands there.
OF_THE_PROJECT = ".parts"
# Written as a whole into a converted project, or copied to run in its Python.
WHOLE = {"proof/injected/probe.py"}


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in ROOT.rglob("hipflask/**/*.py")
        if "starter" not in path.parts
    }


def imports(name: str, path: Path) -> Iterator[str]:
    """Yield the modules that a module imports, and the package of a name that is no module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in MODULES else module


def of_package(name: str) -> str:
    return name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]


MODULES = modules()
IMPORTS = {
    name: {target for target in imports(name, path) if target in MODULES} - {name}
    for name, path in MODULES.items()
    if OF_THE_PROJECT not in name
}


def test_there_is_something_to_look_at() -> None:
    assert "hipflask.convert" in COMMANDS
    assert "hipflask.project.files" in IMPORTS["hipflask.project"]
    assert "hipflask.project" in IMPORTS["hipflask.convert.command"]


def test_no_module_imports_itself_by_way_of_others() -> None:
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", SHARED)
def test_what_the_commands_share_imports_no_command(package: str) -> None:
    for name, targets in IMPORTS.items():
        if name == package or name.startswith(f"{package}."):
            for target in targets:
                assert not any(f"{target}.".startswith(f"{command}.") for command in COMMANDS), (
                    f"{name} imports {target}"
                )


def test_a_command_imports_no_other_command() -> None:
    for name, targets in IMPORTS.items():
        own = ".".join(name.split(".")[:2])
        for target in targets:
            theirs = ".".join(target.split(".")[:2])
            assert own not in COMMANDS or theirs not in COMMANDS - {own}, f"{name} imports {target}"


def test_a_directory_is_entered_by_its_door() -> None:
    for name, targets in IMPORTS.items():
        if name.startswith(("hipflask.convert", *SHARED)):
            for target in targets - {of_package(target) for target in targets}:
                inside = of_package(target)
                assert f"{name}.".startswith(f"{inside}.") or inside == "hipflask", (
                    f"{name} imports {target}, and not {inside}"
                )


@pytest.mark.parametrize("package", ["hipflask.convert", *SHARED])
def test_a_door_says_what_its_directory_may_import(package: str) -> None:
    for name, path in MODULES.items():
        if name.startswith(package) and path.name == "__init__.py" and "parts" not in name:
            doc = ast.get_docstring(ast.parse(path.read_text())) or ""
            for word in ("Goes in: ", "Comes out: ", "ay import"):
                assert word in doc, f"{name} does not say: {word}"


def test_no_module_needs_much_scrolling() -> None:
    for path in MODULES.values():
        if path.relative_to(ROOT / "hipflask").as_posix() not in WHOLE:
            assert path.read_text().count("\n") <= 300, path
