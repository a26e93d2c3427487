"""Decodes and encodes files; keeps encoding, byte order mark and newlines."""

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
    """The bytes cannot be decoded, or the text cannot be encoded."""


class Encoding(NamedTuple):
    """The byte order mark of a file, and the codec of the rest."""

    mark: bytes
    codec: str


def encoding(data: bytes) -> Encoding:
    """Return the encoding of a file as PEP 263 defines it.

    :raises EncodingError: it declares an encoding that Python does not know.
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
                raise EncodingError(
                    f"It declares an encoding that Python does not know: {name}."
                ) from None
        if not NOT_CODE.match(line):  # a cookie in the second line counts only under a comment
            break
    return Encoding(b"", "utf-8")


def decode(data: bytes) -> str:
    """Decode a file, with its newlines unchanged.

    :raises EncodingError: it does not have its declared encoding, or would change when encoded.
    """
    mark, codec = encoding(data)
    body = data[len(mark) :]
    try:
        text = body.decode(codec)
        again = text.encode(codec)
    except (UnicodeError, LookupError):  # a LookupError: a codec such as hex, which is not text
        raise EncodingError(
            f"It is not valid {codec}. Save it as UTF-8, or declare its encoding in the first line."
        ) from None
    if again != body:
        raise EncodingError(f"Its {codec} cannot be written back byte for byte; save it as UTF-8.")
    return text


def encode(text: str, like: bytes) -> bytes:
    """Encode a text with the encoding, byte order mark and newlines of another file.

    :param text: with any newlines.
    :param like: the content of the file that it replaces.
    :raises EncodingError: the encoding of the file lacks a character.
    """
    mark, codec = encoding(like)
    old = decode(like)
    # If the file mixes both, the newlines of the text are kept.
    if "\r\n" in old and old.count("\n") == old.count("\r\n"):
        text = re.sub(r"(?<!\r)\n", "\r\n", text)
    try:
        return mark + text.encode(codec)
    except UnicodeEncodeError as error:
        raise EncodingError(
            f"{error.object[error.start]!r} cannot be written in {codec}."
        ) from None
