"""Pages of results: each case prints the same before and after the conversion."""

import pytest

from ..versions import THREE
from .cases import OF_2, OF_3, USER, Printed

# Asks for a page in requests for several query strings, and prints all that a page has.
ASK = """
    from flask import request
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name=str(number)) for number in range(55)])
    db.session.commit()
    for asked in (
        "", "page=2&per_page=7", "page=0", "page=-1&per_page=3", "page=x", "page=99", "per_page=0",
        "per_page=-1", "per_page=x", "page=2&per_page=50", "page=3&per_page=1", "page=15&per_page=2",
    ):
        with app.test_request_context("/?" + asked):
            try:
                page = {call}
            except NotFound:
                print(asked, 404)
                continue
            ids = [user.id for user in page.items]
            print(asked, page.page, page.per_page, ids, page.total, page.pages)
            print(page.has_prev, page.prev_num, page.has_next, page.next_num)
            print(*page.iter_pages())
            {more}
    try:
        print(len({call}.items))
    except (NotFound, RuntimeError) as error:
        print(type(error).__name__)
"""
MORE_OF_3 = (
    "print(page.first, page.last, *page.iter_pages(left_edge=1, right_current=1), len(list(page)))"
)
CALLS = [
    "User.query.order_by(User.id).paginate()",
    "User.query.paginate(page=request.args.get('page', 1, type=int), per_page=10)",
    "User.query.paginate(page=request.args.get('page', type=int), per_page=9, error_out=False)",
    "User.query.paginate(page=None, per_page=60, max_per_page=30, error_out=len(asked) > 8)",
]
CALLS_OF_3 = [
    "db.paginate(db.select(User).order_by(User.id), max_per_page=4)",
    "db.paginate(db.select(User), page=request.args.get('page', 1, int), count=False)",
]
CALLS_OF_2 = [
    "User.query.paginate(request.args.get('page', 1, int), 10, False)",
    "User.query.paginate(None, 0, True, 5)",
]


@pytest.mark.parametrize("versions", [THREE])
@pytest.mark.parametrize("call", [*CALLS, *CALLS_OF_3])
def test_a_page_is_what_it_was(printed: Printed, call: str) -> None:
    assert printed(USER, ASK.format(call=call, more=MORE_OF_3))


@OF_2
@pytest.mark.parametrize("call", [*CALLS, *CALLS_OF_2])
def test_with_2_a_page_is_what_it_was(printed: Printed, call: str) -> None:
    more = "print(*page.iter_pages(1, 0, 1, 1))" if "None" in call else ""
    assert printed(USER, ASK.format(call=call, more=more))


@OF_3
def test_pages_are_what_they_were(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name=str(number)) for number in range(55)])
    db.session.commit()
    page = db.paginate(db.select(User).order_by(User.id), page=3, per_page=10)
    print(page.total, page.pages, page.first, page.last, page.prev_num, page.next_num)
    print(list(page.iter_pages(left_edge=1, right_edge=1, left_current=0, right_current=1)))
    print([user.id for user in page.next()][:2], [user.id for user in page.prev()][:2])
    with app.test_request_context("/?page=2&per_page=7"):
        print(len(db.paginate(db.select(User)).items))
    with app.test_request_context("/?page=99"):
        try:
            db.paginate(db.select(User))
        except NotFound:
            print("404")
    print(db.paginate(db.select(User), per_page=500, max_per_page=20, count=False).total)
    print(db.paginate(db.select(User), page=-1, error_out=False).page)
    print(User.query.paginate(page=2, per_page=50).items)
    assert str(User.query.first()) == "<User 1>"
"""
    assert printed(USER, script) == [
        "55 6 21 30 2 4",
        "[1, None, 3, 4, None, 6]",
        "[31, 32] [11, 12]",
        "7",
        "404",
        "None",
        "1",
        "[<User 51>, <User 52>, <User 53>, <User 54>, <User 55>]",
    ]


@OF_3
def test_pages_have_their_edges(printed: Printed) -> None:
    script = """
    db.session.add_all([User(name=str(number)) for number in range(300)])
    db.session.commit()
    everybody = db.select(User).order_by(User.id)
    page = db.paginate(everybody, page=2, per_page=120, max_per_page=120)
    print(page.per_page, len(page.next().items), len(page.prev().items), page.prev().max_per_page)
    print(page.has_next, page.has_prev, page.prev().has_prev, page.prev().prev_num)
    unknown = db.paginate(everybody, page=2, per_page=10, count=False)
    print(unknown.total, unknown.pages, unknown.has_next, unknown.next_num)
    print(unknown.first, unknown.last, list(unknown.iter_pages()))
    for page in (1, 7, 15, 30, 99):
        page = User.query.paginate(page=page, per_page=10, error_out=False)
        print(page.first, page.last, list(page.iter_pages()))
        print(list(page.iter_pages(right_edge=0)), list(page.iter_pages(left_edge=0)))
        print(list(page.iter_pages(left_edge=9, left_current=0, right_current=0, right_edge=9)))
    nobody = User.query.filter_by(name="x").paginate()
    print(nobody.first, nobody.last, nobody.pages, list(nobody.iter_pages()), list(nobody))
    for query in ("page=0", "per_page=0", "page=x", "per_page=x", "page=2&per_page=290"):
        with app.test_request_context("/?" + query):
            page = db.paginate(everybody, error_out=False, max_per_page=150)
            print(page.page, page.per_page, len(page.items))
            try:
                print(len(User.query.paginate().items))
            except Exception as error:
                print(type(error).__name__)
"""
    assert printed(USER, script)[:4] == [
        "120 60 100 100",
        "True True False None",
        "None 0 False None",
        "11 20 []",
    ]


@OF_3
def test_a_page_of_ones_own_is_kept(printed: Printed) -> None:
    services = """\
    from flask_sqlalchemy.pagination import Pagination
    from flask_sqlalchemy.record_queries import get_recorded_queries

    from app.models import User


    class Numbers(Pagination):
        def _query_items(self):
            numbers = self._query_args["numbers"]
            return numbers[self._query_offset:self._query_offset + self.per_page]

        def _query_count(self):
            return len(self._query_args["numbers"])


    def asked():
        User.query.all()
        return get_recorded_queries()[-1].location.rpartition(" ")[2]
    """
    script = """
    from app.services import Numbers, asked
    page = Numbers(page=2, per_page=3, numbers=list(range(8)))
    print(list(page), page.total, list(page.next()), list(page.prev()), page.max_per_page)
with create_app(SQLALCHEMY_RECORD_QUERIES=True).app_context():
    db.create_all()
    print(asked())
"""
    assert printed(USER, script, services=services) == [
        "[3, 4, 5] 8 [6, 7] [0, 1, 2] 100",
        "(asked)",
    ]


@OF_2
def test_pages_are_asked_for_by_position(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name=str(number)) for number in range(55)])
    db.session.commit()
    page = User.query.order_by(User.id).paginate(3, 10, False)
    print(page.total, page.pages, page.has_prev, page.has_next, page.prev_num, page.next_num)
    print(list(page.iter_pages()), list(page.iter_pages(1, 0, 1, 1)))
    print(list(User.query.paginate(9, 2).iter_pages(left_current=1, right_current=2)))
    print([user.id for user in page.next().items][:2], [user.id for user in page.prev().items][:2])
    print(page.query.count(), User.query.paginate(1, 0).pages, User.query.paginate(1, 0).items)
    print(User.query.paginate(-1, -1, False).per_page)
    print(User.query.paginate(per_page=50, max_per_page=7).per_page)
    for arguments in ((0, 10), (9, 10), (1, -1)):
        try:
            User.query.paginate(*arguments)
        except NotFound:
            print("404")
    with app.test_request_context("/?page=2&per_page=7"):
        print(len(User.query.paginate().items), User.query.paginate().page)
    with app.test_request_context("/?page=x"):
        print(User.query.paginate(error_out=False).page)
        try:
            User.query.paginate()
        except NotFound:
            print("404")
"""
    assert printed(USER, script) == [
        "55 6 True True 2 4",
        "[1, 2, 3, 4, 5, 6] [1, None, 3, None, 6]",
        "[1, 2, None, 8, 9, 10, None, 27, 28]",
        "[31, 32] [11, 12]",
        "55 0 []",
        "20",
        "7",
        "404",
        "404",
        "404",
        "7 2",
        "1",
        "404",
    ]


@OF_2
def test_a_page_made_by_hand_has_none_beside_it(printed: Printed) -> None:
    script = """
    from flask_sqlalchemy import Pagination
    page = Pagination(None, 2, 3, 10, ["a"])
    print(page.pages, page.has_next, list(page.iter_pages()), page.items)
    try:
        page.next()
    except (AssertionError, AttributeError):
        print("no query")
"""
    assert printed(USER, script) == ["4 True [1, 2, 3, 4] ['a']", "no query"]
