"""Finds what a project uses of Flask-Migrate: its functions, and what ``Migrate`` is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...project import File, dotted, parse

FLASK_MIGRATE = "flask_migrate"
CLASS = "Migrate"
POSITIONAL = ("app", "db", "directory", "command")
DIRECTORY = "migrations"
COMMAND = "db"


@dataclass(frozen=True)
class Usage:
    """What a project uses of Flask-Migrate.

    :param functions: the functions that it uses, such as ``upgrade``.
    :param names: the variables that hold a ``Migrate``.
    :param is_plain: whether a function ``init_app()`` can take the place of the class.
    :param directory: the folder of the migrations; None if the running program decides it.
    :param command: the name of ``flask db``.
    :param options: those of Alembic's ``context.configure()``, as source text.
    :param configures: whether ``@migrate.configure`` is used.
    :param asks_for_x: whether a function is given an ``x_arg``.
    :param commands: whether the project looks for the commands of ``flask db`` one by one.
    """

    functions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    is_plain: bool = True
    directory: str | None = DIRECTORY
    command: str = COMMAND
    options: dict[str, str] = field(default_factory=dict)
    configures: bool = False
    asks_for_x: bool = False
    commands: bool = False


class Names:
    """How a module names Flask-Migrate, its class and its functions."""

    def __init__(self, tree: ast.Module) -> None:
        self.modules: set[str] = set()
        self.classes: set[str] = set()
        self.functions: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    self.modules |= {
                        alias.asname or alias.name for alias in names if alias.name == FLASK_MIGRATE
                    }
                case ast.ImportFrom(module="flask_migrate", level=0, names=names):
                    for alias in names:
                        if alias.name == CLASS:
                            self.classes.add(alias.asname or alias.name)
                        else:
                            self.functions.add(alias.name)
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self.modules:
                    self.functions.add(name)
                case ast.Constant(value=str(value)) if found := PATCHED.match(value):
                    self.functions.add(found[1])
        self.functions.discard(CLASS)

    def is_class(self, node: ast.AST) -> bool:
        """Return whether a node is the class ``Migrate``."""
        module, _, name = dotted(node).rpartition(".")
        return module in self.modules and name == CLASS if module else name in self.classes


PATCHED = re.compile(r"flask_migrate\.(\w+)(\.[\w.]+)?\Z")


@dataclass(frozen=True)
class Construction:
    """A statement that calls ``Migrate()``.

    :param name: the variable that is assigned; empty if there is none.
    """

    statement: ast.stmt
    call: ast.Call
    name: str

    @property
    def app(self) -> ast.expr | None:
        return app_of(self.call)


def constructions(tree: ast.Module, names: Names) -> Iterator[Construction]:
    """Yield the statements that make a ``Migrate`` and do nothing else."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if names.is_class(call.func):
                yield Construction(node, call, name)
            case ast.Expr(value=ast.Call() as call) if names.is_class(call.func):
                yield Construction(node, call, "")


def inits(tree: ast.Module, names: Iterable[str]) -> Iterator[ast.Call]:
    """Yield the calls of ``init_app()`` of a variable that holds a ``Migrate``."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="init_app")) if (
                dotted(value).rpartition(".")[2] in names
            ):
                yield node


def arguments(call: ast.Call) -> dict[str, ast.expr]:
    """Return the arguments of ``Migrate()`` or of its ``init_app()`` by their names."""
    positional = dict(zip(POSITIONAL, call.args, strict=False))
    return positional | {word.arg: word.value for word in call.keywords if word.arg is not None}


def app_of(call: ast.Call) -> ast.expr | None:
    """Return the app that a call is given; None if it is given none."""
    app = arguments(call).get("app")
    return None if isinstance(app, ast.Constant) else app


def survey(files: Iterable[File]) -> Usage:
    """Return what a project uses of Flask-Migrate.

    :param files: its Python files.
    """
    files = list(files)
    speaking = [
        (tree, Names(tree)) for tree in _parsed(f for f in files if FLASK_MIGRATE in f.text)
    ]
    made = [each for tree, names in speaking for each in constructions(tree, names)]
    variables = frozenset(each.name for each in made if each.name)
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(variables)))})\b")
    using = list(_parsed(f for f in files if variables and word.search(f.text)))
    started = [call for tree in using for call in inits(tree, variables)]
    calls = [*started, *(each.call for each in made)]
    # What the class is given counts for each of its apps.
    common = {
        name: node
        for each in made
        if each.app is None
        for name, node in arguments(each.call).items()
    }
    settings = [
        common | arguments(call) for call in calls if app_of(call) is not None or call in started
    ] or [common]
    directories = [each.get("directory") for each in settings]
    commands = [_literal(each["command"]) if "command" in each else COMMAND for each in settings]
    options = [_options(each) for each in settings]
    directory = _fixed(directories)
    plain = (
        all(_is_plain(tree, names) for tree, names in speaking)
        and all(_leaves_alone(tree, variables) for tree in using)
        and not any(isinstance(node, ast.Starred) for call in calls for node in call.args)
        and not any(keyword.arg is None for call in calls for keyword in call.keywords)
        and len(set(commands)) == 1
        and commands[0] is not None
        and all(each == options[0] for each in options)
        and all(_literal(node) is not None for each in settings for node in _given(each).values())
        and (directory is not None or "directory" not in common)
    )
    return Usage(
        functions=frozenset(name for _, names in speaking for name in names.functions),
        names=variables,
        is_plain=plain,
        directory=directory if plain else None,
        command=commands[0] or COMMAND,
        options=options[0] if plain else {},
        configures=any(_configures(tree, variables) for tree in using),
        asks_for_x=any(re.search(r"\bx_arg\b", f.text) for f in files if FLASK_MIGRATE in f.text),
        commands=any(re.search(r"\.commands\b", f.text) for f in files if FLASK_MIGRATE in f.text),
    )


def _parsed(files: Iterable[File]) -> Iterator[ast.Module]:
    for file in files:
        try:
            yield parse(file.text)
        except SyntaxError:  # which is listed with all others of the project
            continue


def _given(settings: dict[str, ast.expr]) -> dict[str, ast.expr]:
    return {name: node for name, node in settings.items() if name not in POSITIONAL}


def _options(settings: dict[str, ast.expr]) -> dict[str, str]:
    return {name: ast.unparse(node) for name, node in _given(settings).items()}


def _literal(node: ast.expr) -> str | None:
    """Return a constant as text; None if the running program decides it."""
    try:
        return str(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None


def _fixed(directories: list[ast.expr | None]) -> str | None:
    found = {
        DIRECTORY if node is None or _literal(node) == "None" else _literal(node)
        for node in directories
    }
    return found.pop() if len(found) == 1 else None


def _is_plain(tree: ast.Module, names: Names) -> bool:
    """Return whether a module only makes a ``Migrate``, under one name that means nothing else."""
    made = list(constructions(tree, names))
    inside = {id(node) for each in made for node in ast.walk(each.statement)}
    uses = [node for node in ast.walk(tree) if names.is_class(node)]
    variables = {each.name for each in made if each.name}
    own = {id(each.statement) for each in made}
    return (
        all(id(node) in inside for node in uses)
        and len(variables) <= 1
        and all(each.app is not None or each.statement in tree.body for each in made)
        and not any(variables & bound(node) for node in ast.walk(tree) if id(node) not in own)
    )


def bound(node: ast.AST) -> set[str]:
    """Return the names that a statement, a parameter or an ``import`` gives a meaning."""
    match node:
        case ast.Assign(targets=targets):
            found = [each for target in targets for each in ast.walk(target)]
            return {each.id for each in found if isinstance(each, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.arg(arg=name):
            return {name}
        case ast.alias(name=name, asname=asname):
            return {asname or name.partition(".")[0]}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
        case (
            ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target)
        ):
            return {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
        case ast.withitem(optional_vars=ast.expr() as target):
            return {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
        case ast.ExceptHandler(name=str(name)):
            return {name}
    return set()


def _leaves_alone(tree: ast.Module, variables: frozenset[str]) -> bool:
    """Return whether a module does nothing with a ``Migrate`` but call its ``init_app()``."""
    called = {
        id(call.func) for call in inits(tree, variables) if isinstance(call.func, ast.Attribute)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value) if dotted(value).rpartition(".")[2] in variables:
                if id(node) not in called and isinstance(value, ast.Name):
                    return False
            case ast.Call(args=args):
                if any(isinstance(each, ast.Name) and each.id in variables for each in args):
                    return False
    return True


def _configures(tree: ast.Module, variables: frozenset[str]) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "configure"
        and dotted(node.value).rpartition(".")[2] in variables
        for node in ast.walk(tree)
    )
