"""How much the new module has for pages and 404s: what the project uses, and no more."""

import ast

import pytest
from benchmarks.convert.sizes import lines_of_code

from ..tools import converted, tree

TEMPLATE = """\
{% for user in page %}{{ user.name }} {{ loop.first }}{% endfor %}
{% if page.has_prev %}{{ page.prev_num }}{% endif %}
{% for number in page.iter_pages() %}{{ number }}{% endfor %}
{% if page.has_next %}{{ page.next_num }}{% endif %}
{{ page.total }} {{ page.pages }}
"""
OF_PAGES = {"Pagination", "paginate", "requested", "count_of"}
OF_404S = {"get_or_404", "first_or_404", "one_or_404"}


def written(view: str, *, template: str = "", two: bool = False) -> str:
    """Return the new module for a view."""
    files = {
        "app/views.py": "from flask import request\nfrom app.extensions import db\n"
        f"from app.models import User\n\n\ndef view(id):\n    return {view}\n",
        "app/templates/page.html": template,
        "requirements.txt": "flask-sqlalchemy==2.5.1\n" if two else "flask-sqlalchemy==3.1.1\n",
    }
    return converted(tree(files))[1]["app/db.py"]


def code_of(text: str, names: set[str]) -> str:
    lines = text.splitlines()
    return "\n".join(
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names
    )


@pytest.mark.parametrize("two", [False, True], ids=["3", "2"])
@pytest.mark.parametrize(
    "call",
    [
        "paginate()",
        "paginate(page=request.args.get('page', 1, type=int), per_page=20, error_out=False)",
        "paginate(page=id, per_page=id)",
        "paginate(page=id, per_page=20, error_out=False)",
        "paginate(per_page=id, max_per_page=100)",
    ],
)
def test_pages_take_at_most_forty_lines(call: str, two: bool) -> None:
    text = written(f"User.query.{call}", template=TEMPLATE, two=two)
    assert lines_of_code(code_of(text, OF_PAGES)) <= 40


def test_a_select_is_paginated_in_at_most_forty_lines() -> None:
    text = written("db.paginate(db.select(User), page=id, error_out=False)", template=TEMPLATE)
    assert lines_of_code(code_of(text, OF_PAGES)) <= 40


def test_404s_take_at_most_ten_lines() -> None:
    text = written("User.query.get_or_404(id, 'No.'), User.query.first_or_404(description='No.')")
    assert lines_of_code(code_of(text, OF_404S)) == 6
    text = written(
        "User.query.get_or_404(id), User.query.options().get_or_404(id), "
        "User.query.first_or_404(), User.query.one_or_404(description='No.')"
    )
    assert lines_of_code(code_of(text, OF_404S)) == 10


def test_a_page_has_what_is_read_of_it() -> None:
    text = written("[user.name for user in User.query.paginate(page=id, per_page=5).items]")
    code = code_of(text, OF_PAGES)
    for name in ("total", "pages", "has_next", "iter_pages", "first", "next(", "count("):
        assert name not in code
    assert "per_page: int = 20" in code
    assert "error_out" not in code
    code = code_of(written("User.query.paginate()", template=TEMPLATE), OF_PAGES)
    for name in ("total", "pages", "has_next", "next_num", "def iter_pages(self)"):
        assert name in code
    for name in ("first", "last", "def next", "left_edge", "self.query"):
        assert name not in code


def test_a_page_has_what_a_macro_of_a_library_reads_of_it() -> None:
    template = "{% from 'bootstrap5/pagination.html' import render_pager %}{{ render_pager(page) }}"
    code = code_of(written("User.query.paginate()", template=template), OF_PAGES)
    assert "self.has_next" in code
    assert "iter_pages" not in code


def test_the_gaps_of_a_template_are_arguments() -> None:
    template = "{{ page.iter_pages(left_edge=1) }}"
    code = code_of(written("User.query.paginate()", template=template), OF_PAGES)
    assert "left_edge: int = 2" in code


def test_the_request_is_not_asked_where_each_call_says_the_page() -> None:
    code = code_of(written("User.query.paginate(page=2, per_page=20)"), OF_PAGES)
    assert "request" not in code
    assert "page < 1" not in code
    code = code_of(
        written("User.query.paginate(page=request.args.get('page', type=int))"), OF_PAGES
    )
    assert 'requested("page", 1)' in code
