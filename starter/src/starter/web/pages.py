"""Keyset pages: a cursor says after which row a page begins, so that no page costs more."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b

FIRST = -(2**63)  # before every 64-bit key
LIMIT, MOST = 100, 1000


class ParameterError(ValueError):
    """A parameter of the query string that cannot be used.

    :param parameter: its name; the text of the error says what is wrong with it.
    """

    def __init__(self, parameter: str, wrong: str) -> None:
        super().__init__(wrong)
        self.parameter = parameter


def page(args: Mapping[str, str], listing: str) -> tuple[int, int]:
    """Return the page that a query string asks for: how many rows, and after which key.

    :param args: the query string's parameters, of which ``limit`` and ``after`` are read.
    :param listing: what is listed; a cursor of another listing is refused.
    :raises ParameterError: the limit is out of range, or the cursor is not one of ours.
    """
    limit = LIMIT
    if (asked := args.get("limit")) is not None:
        limit = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 5 else 0
        if not 1 <= limit <= MOST:
            raise ParameterError("limit", f"must be a whole number from 1 to {MOST}.")
    after = args.get("after")
    return limit, FIRST if after is None else _key(after, listing)


def cursor(key: int, listing: str) -> str:
    """Return the opaque cursor of the page that begins after a key."""
    packed = key.to_bytes(8, signed=True)
    return urlsafe_b64encode(packed + _check(packed, listing)).decode().rstrip("=")


def _key(after: str, listing: str) -> int:
    try:
        packed = urlsafe_b64decode(f"{after}==")[:8]
        key = int.from_bytes(packed, signed=True)
        if cursor(key, listing) == after:
            return key
    except (ValueError, OverflowError):
        pass
    raise ParameterError("after", "is not a cursor of this listing. Take it from a Link header.")


def _check(packed: bytes, listing: str) -> bytes:
    # Tells a mangled, truncated or misplaced cursor; it hides nothing and needs no secret.
    return blake2b(packed, digest_size=7, person=listing.encode()[:16]).digest()
