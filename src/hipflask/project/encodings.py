"""The text of a file, and back to its bytes: encoding, byte order mark and newlines are kept."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# PowerShell's `pip freeze > requirements.txt` writes UTF-16, which pip reads.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
NOT_CODE = re.compile(rb"^[ \t\f]*(?:#.*)?\r?$")


class EncodingError(ValueError):
    """The bytes cannot be read as text, or not be written again as they were."""


class Encoding(NamedTuple):
    """How a file is written: the mark at its beginning, and the codec of the rest."""

    mark: bytes
    codec: str


def encoding(data: bytes) -> Encoding:
    """Tell the encoding of a file, as PEP 263 has it.

    :raises EncodingError: it names an encoding that Python does not know.
    """
    for mark, codec in MARKS.items():
        if data.startswith(mark):
            return Encoding(mark, codec)
    for line in data.split(b"\n", 2)[:2]:
        if named := COOKIE.match(line):
            name = named[1].decode("ascii")
            try:
                return Encoding(b"", codecs.lookup(name).name)
            except LookupError:
                raise EncodingError(f"It names an encoding unknown to Python: {name}.") from None
        if not NOT_CODE.match(line):  # a cookie in the second line counts only under a comment
            break
    return Encoding(b"", "utf-8")


def decode(data: bytes) -> str:
    """Return the text of a file, its newlines as they are.

    :raises EncodingError: it is not in the encoding that it says, or cannot be written back.
    """
    mark, codec = encoding(data)
    body = data[len(mark) :]
    try:
        text = body.decode(codec)
        again = text.encode(codec)
    except (UnicodeError, LookupError):  # a LookupError: a codec such as hex, which is not text
        raise EncodingError(
            f"It is not {codec}. Did you mean to save it as UTF-8, or to name its encoding "
            "in the first line?"
        ) from None
    if again != body:
        raise EncodingError(f"Its {codec} cannot be written back byte for byte; save it as UTF-8.")
    return text


def encode(text: str, like: bytes) -> bytes:
    """Return the bytes of a text in the encoding, mark and newlines of an earlier file.

    :param text: newlines may be of any kind.
    :param like: the file that it takes the place of.
    :raises EncodingError: a character is not in the encoding of the file.
    """
    mark, codec = encoding(like)
    old = decode(like)
    # Where the file mixes both, who wrote the text knows better.
    if "\r\n" in old and old.count("\n") == old.count("\r\n"):
        text = re.sub(r"(?<!\r)\n", "\r\n", text)
    try:
        return mark + text.encode(codec)
    except UnicodeEncodeError as error:
        raise EncodingError(
            f"{error.object[error.start]!r} cannot be written in {codec}."
        ) from None
