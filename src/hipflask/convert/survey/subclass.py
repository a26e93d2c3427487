"""Turns the methods that a subclass of the extension adds into functions of the new module."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field

from ...project import Source
from .extension import DB_ATTRIBUTES, DB_FUNCTIONS, DB_FUNCTIONS_OF_2
from .library import ORM, SQLALCHEMY

EXTENSION_NAMES = DB_FUNCTIONS | DB_ATTRIBUTES | DB_FUNCTIONS_OF_2 | SQLALCHEMY | ORM
# Internals of the extension that projects override or call.
INTERNALS = frozenset(
    """
    apply_driver_hacks apply_pool_defaults make_connector create_scoped_session create_session
    make_declarative_base create_engine_for_bind _make_declarative_base _make_scoped_session
    _make_metadata _make_table_class _make_engine _apply_driver_defaults _app_engines
    _add_models_to_shell _call_for_binds _execute_for_all_tables _set_rel_query
    """.split()  # noqa: SIM905
)
# Attributes of ``self`` that a method may use, and their counterparts in the new module.
COUNTERPARTS = {
    "session": "Session",
    "Model": "Base",
    "metadata": "Base.metadata",
    "engine": "get_engine()",
    "get_engine": "get_engine",
    "create_all": "create_all",
    "drop_all": "drop_all",
}


@dataclass
class Subclass:
    """A subclass of the extension.

    :param methods: the methods that it adds, by name.
    :param overrides: a statement that does more than add a method, if there is one.
    """

    name: str
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)
    overrides: ast.stmt | None = None

    @property
    def features(self) -> set[str]:
        """The names of the new module that the methods need."""
        return {
            COUNTERPARTS[node.attr].partition("(")[0].partition(".")[0]
            for method in self.methods.values()
            for node in _asked(method)
            if node.attr in COUNTERPARTS
        }

    def functions(self, source: Source) -> str:
        """Return the methods as functions."""
        said: list[str] = []
        for method in self.methods.values():
            for node in _asked(method):
                source.replace(*source.span(node), COUNTERPARTS.get(node.attr, node.attr))
            start, end = source.span(_self(method))
            behind = source.text[end:].lstrip()
            if behind.startswith(","):  # another parameter
                end = len(source.text) - len(behind[1:].lstrip())
            source.replace(start, end, "")
            first = source.line_start(source.span((*method.decorator_list, method)[0])[0])
            said.append(textwrap.dedent(source.result(first, source.span(method)[1])))
        return "\n\n\n".join(said)


def read(node: ast.ClassDef, taken: frozenset[str]) -> Subclass:
    """Read a subclass of the extension.

    :param taken: names that the new module can define.
    """
    found = Subclass(node.name)
    known = EXTENSION_NAMES | INTERNALS | taken
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and child.name not in known:
            found.methods[child.name] = child
        elif not isinstance(child, ast.Pass) and not _is_docstring(child):
            found.overrides = found.overrides or child
    for method in found.methods.values():
        if not _is_addition(method, found.methods.keys() | COUNTERPARTS.keys()):
            found.overrides = found.overrides or method
    if len(node.bases) > 1 or node.keywords or node.decorator_list:
        found.overrides = found.overrides or node
    return found


def _is_addition(method: ast.FunctionDef, known: set[str]) -> bool:
    """Return whether a method can become a function: it uses only known attributes of ``self``."""
    if method.name.startswith("__") or not [*method.args.posonlyargs, *method.args.args]:
        return False
    if any(
        ast.unparse(said) not in ("contextmanager", "contextlib.contextmanager")
        for said in method.decorator_list
    ):
        return False
    asked = _asked(method)
    own = _self(method).arg
    inserted = {
        COUNTERPARTS.get(node.attr, node.attr).partition(".")[0].strip("()") for node in asked
    }
    for node in ast.walk(method):
        match node:
            case ast.Name(id="super" | "__class__"):
                return False
            case ast.Name(ctx=ast.Store() | ast.Del()) if node.id in inserted | {own}:
                return False
            case ast.arg() if node.arg in inserted:
                return False
            case ast.Constant(value=str()) | ast.JoinedStr() if _spans_lines(node):
                if not _is_docstring(method.body[0]) or node is not method.body[0].value:  # type: ignore[attr-defined]
                    return False  # dedenting would change the string
    uses = [node for node in ast.walk(method) if isinstance(node, ast.Name) and node.id == own]
    return len(uses) == len(asked) and all(
        node.attr in known and isinstance(node.ctx, ast.Load) for node in asked
    )


def _self(method: ast.FunctionDef) -> ast.arg:
    return (*method.args.posonlyargs, *method.args.args)[0]


def _asked(method: ast.FunctionDef) -> list[ast.Attribute]:
    own = _self(method).arg
    return [
        node
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == own
    ]


def _spans_lines(node: ast.expr) -> bool:
    return node.end_lineno != node.lineno


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
