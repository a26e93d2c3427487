"""Keyset pages: a cursor holds the last key, so that no page costs more than the first."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b

from werkzeug.exceptions import HTTPException

from .errors import problem

FIRST = -(2**63)  # before every 64-bit key
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


def read_page(args: Mapping[str, str], listing: str) -> tuple[int, int]:
    """Return how many rows a query string asks for, and the key that they come after.

    :param args: the parameters ``limit`` and ``after`` are read.
    :param listing: the name of the list; a cursor of another list is refused.
    :raises HTTPException: 422, if the limit is out of range or the cursor is invalid.
    """
    limit = DEFAULT_LIMIT
    if (asked := args.get("limit")) is not None:
        limit = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 5 else 0
        if not 1 <= limit <= MAX_LIMIT:
            raise refusal("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    after = args.get("after")
    return limit, FIRST if after is None else key_of(after, listing)


def cursor(key: int, listing: str) -> str:
    """Return the cursor of the page that comes after a key."""
    packed = key.to_bytes(8, signed=True)
    # Detects a truncated or misplaced cursor. It protects nothing, so it needs no secret.
    check = blake2b(packed, digest_size=7, person=listing.encode()[:16]).digest()
    return urlsafe_b64encode(packed + check).decode().rstrip("=")


def key_of(after: str, listing: str) -> int:
    try:
        packed = urlsafe_b64decode(f"{after}==")[:8]
        key = int.from_bytes(packed, signed=True)
        if cursor(key, listing) == after:
            return key
    except (ValueError, OverflowError):
        pass
    raise refusal("after", "is not a cursor of this list. Use the URL in the Link header.")


def refusal(parameter: str, detail: str) -> HTTPException:
    wrong = {"parameter": parameter, "detail": detail}
    return HTTPException(response=problem(422, f"{parameter}: {detail}", wrong))
