"""Writes the module that takes the place of Flask-Migrate, with only what the project uses."""

from __future__ import annotations

import ast
from importlib.resources import files

from ...project import Source, parse
from .usage import CLASS, COMMAND, DIRECTORY, Usage

PARTS = files(f"{__package__}.parts")
SOURCE = PARTS.joinpath("commands.py").read_text(encoding="utf-8")
# Parsed, not imported: Hipflask itself depends neither on Flask nor on Alembic.
FUNCTIONS = frozenset(
    node.name for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef)
) - {"init_app", "flask_db", "config"}
KNOWN = FUNCTIONS | {CLASS}

RUNTIME_DIRECTORY = 'current_app.extensions["migrate"]["directory"]'
ADD_COMMAND = "    app.cli.add_command(flask_db"
COPY = """\
    if name == "init":
        Path(options.directory, "env.py").write_bytes((TEMPLATE / "env.py").read_bytes())
"""
COPY_ALL = """\
    if name == "init":
        shutil.copytree(TEMPLATE, options.directory, dirs_exist_ok=True)
"""
RUN = 'main(["--raiseerr", *before, name, *rest], prog="flask db")'
RUN_WITH_CALLBACKS = """\
alembic = CommandLine(prog="flask db")
        parsed = alembic.parser.parse_args(["--raiseerr", *before, name, *rest])
        alembic.run_cmd(config(options.directory, parsed), parsed)"""
CALLBACKS = """\
    for callback in callbacks:
        found = callback(found)
    return found
"""
CONFIGURE = '''
    def configure(self, callback: Callable[[Config], Config]) -> Callable[[Config], Config]:
        """Have a function change Alembic's configuration before each command."""
        callbacks.append(callback)
        return callback
'''


def write(usage: Usage, template: str = "", has_binds: bool = False) -> str:
    """Return the module.

    :param usage: what the project uses of Flask-Migrate.
    :param template: the folder that ``flask db init`` copies, as source text; empty for none.
    :param has_binds: whether there are several databases.
    """
    text = SOURCE
    names = {"REVISIONS", "flask_db", *usage.functions & FUNCTIONS}
    names.add("init_app" if usage.is_plain else CLASS)
    if template:
        names.add("TEMPLATE")
        text = replaced(text, 'Path(__file__).with_name("migrations_template")', template)
        if has_binds:
            text = replaced(text, COPY, COPY_ALL)
            text = replaced(text, "import re\n", "import re\nimport shutil\n")
    else:
        text = replaced(text, COPY, "")
    if usage.command != COMMAND:
        text = replaced(text, f"{ADD_COMMAND})", f'{ADD_COMMAND}, "{usage.command}")')
    if usage.asks_for_x:
        text = _with_x(text)
    if usage.configures:
        text = _with_callbacks(text)
        names.add("callbacks")
    elif usage.directory is not None and not usage.asks_for_x and "migrate" not in usage.functions:
        text = _without_config(text)
    elif "migrate" not in usage.functions and not usage.asks_for_x:
        text = replaced(text, ", cmd_opts: Namespace | None = None", "")
        text = replaced(text, ", cmd_opts=cmd_opts", "")
    if usage.commands:  # of a group, they can be looked up
        text = replaced(text, 'command("db", ', 'group("db", invoke_without_command=True, ')
    return _only(_in_directory(text, usage), names)


def replaced(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new)


def _in_directory(text: str, usage: Usage) -> str:
    if usage.directory == DIRECTORY:
        return text
    directory = RUNTIME_DIRECTORY if usage.directory is None else f'"{usage.directory}"'
    text = replaced(text, 'default="migrations"', f"default={directory}")
    if usage.directory is not None:
        text = text.replace('directory: str = "migrations"', f"directory: str = {directory}")
    text = text.replace('directory or "migrations"', f"directory or {directory}")
    ini = f"""f"{{directory or {directory.replace('"', "'")}}}/alembic.ini\""""
    text = replaced(text, """f"{directory or 'migrations'}/alembic.ini\"""", ini)
    if usage.directory is None:
        text = replaced(text, "import Flask\n", "import Flask, current_app\n")
    if usage.directory is None and usage.is_plain:
        text = replaced(
            text,
            "def init_app(app: Flask) -> None:",
            'def init_app(app: Flask, directory: str = "migrations") -> None:',
        )
        kept = '    app.extensions["migrate"] = {"directory": directory}\n'
        text = replaced(text, f"\n{ADD_COMMAND}", f"\n{kept}{ADD_COMMAND}")
    return text


def _without_config(text: str) -> str:
    """Return the module with the folder of the migrations as the default of each function."""
    before, defined, after = text.partition("def config(")
    after = replaced(after, "directory: str | None = None", 'directory: str = "migrations"')
    after = replaced(after, "config(directory)", 'Config(f"{directory}/alembic.ini")')
    after = replaced(after, 'directory or "migrations"', "directory")
    return f"{before}{defined}{after}"


def _with_x(text: str) -> str:
    for name in ("upgrade", "downgrade"):
        before, _, rest = text.partition(f"def {name}(")
        rest = rest.replace("**options", "x_arg: Any = None, **options", 1)
        given = "Namespace(x=[x_arg] if isinstance(x_arg, str) else x_arg)"
        rest = rest.replace("config(directory)", f"config(directory, {given})", 1)
        text = f"{before}def {name}({rest}"
    return text


def _with_callbacks(text: str) -> str:
    text = replaced(text, RUN, RUN_WITH_CALLBACKS)
    before, _, after = text.partition("    return Config(")
    text = f"{before}    found = Config({after.replace(chr(10), chr(10) + CALLBACKS, 1)}"
    callbacks = "callbacks: list[Callable[[Config], Config]] = []"
    text = replaced(text, "\n\n\nclass Migrate", f"\n{callbacks}\n\n\nclass Migrate")
    added = "        app.cli.add_command(flask_db, command or self.command)\n"
    text = replaced(text, added, f"{added}{CONFIGURE}")
    text = replaced(text, "Config, main", "CommandLine, Config")
    return replaced(text, "from pathlib", "from collections.abc import Callable\nfrom pathlib")


def _only(text: str, names: set[str]) -> str:
    """Return a module with only some of its definitions, and the imports that these need."""
    source = Source(text)
    tree = parse(text)
    kept = [node for node in tree.body if _name(node) in names]
    if "config" in _used(kept):
        kept = [node for node in tree.body if _name(node) in names | {"config"}]
    used = _used(kept)
    end = 0
    for node in tree.body:
        begun, end = end, source.span(node)[1]
        if isinstance(node, ast.Import | ast.ImportFrom):
            aliases = [alias for alias in node.names if alias.name in used | {"annotations"}]
            if aliases and len(aliases) < len(node.names):
                node.names = aliases
                source.replace(*source.span(node), ast.unparse(node))
            elif not aliases:
                source.replace(begun, end, "")
        elif _name(node) and node not in kept:
            source.replace(begun, end, "")  # with the comments before it
    return source.result()


def _used(nodes: list[ast.stmt]) -> set[str]:
    return {node.id for each in nodes for node in ast.walk(each) if isinstance(node, ast.Name)}


def _name(node: ast.stmt) -> str:
    """Return what a statement defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""
