"""Keyset pages: a cursor says after which row a page begins, so that no page costs more."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

FIRST = -(2**63)  # before every 64-bit key
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


class ParameterError(ValueError):
    """A parameter of the query string that cannot be used.

    :param parameter: its name; the text of the error says what is wrong with it.
    """

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


def read_page(args: Mapping[str, str], listing: str) -> tuple[int, int]:
    """Return the page that a query string asks for: how many rows, and after which key.

    :param args: the parameters of the query string, of which ``limit`` and ``after`` are read.
    :param listing: what is listed; a cursor of another listing is refused.
    :raises ParameterError: the limit is out of range, or the cursor is not one of this listing.
    """
    asked = args.get("limit", str(DEFAULT_LIMIT))
    limit = int(asked) if re.fullmatch("[0-9]{1,4}", asked) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise ParameterError("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    if (after := args.get("after")) is None:
        return limit, FIRST
    try:
        key = int(urlsafe_b64decode(f"{after}==").decode().removeprefix(f"{listing}:"))
        if FIRST <= key < -FIRST and cursor(key, listing) == after:
            return limit, key
    except ValueError:
        pass
    raise ParameterError("after", "is not a cursor of this listing. Take it from a Link header.")


def cursor(key: int, listing: str) -> str:
    """Return the opaque cursor of the page that begins after a key."""
    return urlsafe_b64encode(f"{listing}:{key}".encode()).decode().rstrip("=")
