"""A file keeps its encoding, its byte order mark and its newlines."""

import codecs

import pytest

from hipflask.project import EncodingError, decode, encode

FILES = {
    "utf-8": "name = 'é'\n".encode(),
    "a byte order mark": codecs.BOM_UTF8 + "name = 'é'\n".encode(),
    "latin-1": "# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"),
    "a cookie in the second line": "#!/bin/python\n# vim: fileencoding=cp1252 :\n€\n".encode(
        "cp1252"
    ),
    "CRLF": b"a = 1\r\nb = 2\r\n",
    "both newlines": b"a = 1\r\nb = 2\n",
    "old Macintosh": b"a = 1\rb = 2\r",
    "tabs and a form feed": b"if a:\n\tb\n\x0c\n",
    "no newline at the end": b"a = 1",
    "PowerShell": codecs.BOM_UTF16_LE + "flask==3.0\r\n".encode("utf-16-le"),
    "empty": b"",
    "shift-jis": "# coding: shift_jis\n日本\n".encode("shift_jis"),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_text_that_is_not_changed_is_written_to_the_byte(data: bytes) -> None:
    assert encode(decode(data), data) == data


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_the_text_has_no_byte_order_mark(data: bytes) -> None:
    assert not decode(data).startswith("\ufeff")


def test_lines_that_are_added_end_as_the_others_do() -> None:
    assert encode("a\r\nb\nc\r\n", b"a\r\nc\r\n") == b"a\r\nb\r\nc\r\n"
    assert encode("a\nb\r\n", b"a\nb\r\nc\n") == b"a\nb\r\n"


def test_a_character_that_the_encoding_lacks_is_refused_in_words() -> None:
    with pytest.raises(EncodingError, match="'€' cannot be written in iso8859-1"):
        encode("€", b"# coding: latin-1\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"name = '\xe9'\n", "Save it as UTF-8"),
        (b"# coding: klingon\n", "Python does not know: klingon"),
        (b"# coding: hex\n", "Save it as UTF-8"),
        (b"# coding: utf-7\n+AGE-\n", "byte for byte"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(EncodingError, match=words):
        decode(data)


def test_a_cookie_counts_where_python_counts_it() -> None:
    assert decode("x = 1\n# coding: latin-1\né\n".encode()).endswith("é\n")
    assert decode("# a\n# b\n# coding: latin-1\né\n".encode()).endswith("é\n")
