"""Guesses the encoding of text that is not UTF-8."""

from __future__ import annotations

import codecs
import gzip
import zlib
from typing import IO

from baihuo.core import has_han

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 20


def bom_of(data: bytes) -> tuple[str, int] | None:
    """The encoding that a byte order mark at the start names, and the mark's length."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name, len(bom)
    return None


def guess_encoding(data: bytes) -> str | None:
    """The likely encoding of the start of a file; None where UTF-8 is at least as likely.

    UTF-16 without a mark has zero bytes at every other position. Other encodings need a majority of the lines beyond ASCII, and a
    quarter of all lines: a few lines in another encoding are damaged rows, and the others are kept.
    """
    sample = data[:_SAMPLE_BYTES]
    if len(sample) >= 4:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if max(even, odd) > 0.4 * (len(sample) // 2) and min(even, odd) < 0.05 * len(sample):
            return "utf-16-le" if odd > even else "utf-16-be"
    if sample.isascii():
        return None
    end = sample.rfind(b"\n") + 1 if len(data) > len(sample) else 0
    lines = sample[: end or None].split(b"\n")
    foreign = [line for line in lines if not line.isascii()]
    wrong = [line for line in foreign if not _is_utf8(line)]
    n_lines = sum(1 for line in lines if line.strip())
    if 2 * len(wrong) <= max(len(foreign), n_lines // 2):
        return None
    guess = legacy_encoding(b"\n".join(wrong))
    few = len(wrong) < 2 or 50 * len(wrong) < len(lines)
    return None if guess == "cp1252" and few else guess


def legacy_encoding(data: bytes) -> str:
    """``gb18030``, ``big5``, ``shift_jis`` or ``cp1252``: whichever gives the most plausible text.

    >>> legacy_encoding("手机壳，红色".encode("gbk")), legacy_encoding("café".encode("latin-1"))
    ('gb18030', 'cp1252')
    """
    best, best_share = "cp1252", 0.5
    for name in ("gb18030", "big5", "shift_jis"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        foreign = [c for c in text if ord(c) > 127]
        share = sum(_is_common(c, name) for c in foreign) / max(1, len(foreign))
        if share > best_share and len(foreign) >= 2:
            best, best_share = name, share
    return best


def _is_common(char: str, name: str) -> bool:
    """Whether the character is frequent in that encoding: level 1 of GB 2312 or Big5, kana, punctuation."""
    if "\u3040" <= char <= "\u30ff":
        return name == "shift_jis"
    if not has_han(char):
        return char in "，。！？、：；“”‘’（）《》【】…—·￥％～　"
    if name == "shift_jis":
        return False  # Han characters decode in the others too; kana decide
    try:
        lead = char.encode("gb2312" if name == "gb18030" else "big5")[0]
    except UnicodeEncodeError:
        return False
    return lead <= (0xD7 if name == "gb18030" else 0xC6)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_utf8(file: IO[bytes]) -> bool:
    """Whether a whole file is text in UTF-8 that no other encoding gives by chance: it has characters beyond ASCII, and no zero bytes."""
    decoder, is_beyond_ascii = codecs.getincrementaldecoder("utf-8")("strict"), False
    try:
        while chunk := file.read(_SAMPLE_BYTES * 16):
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
            is_beyond_ascii = is_beyond_ascii or not chunk.isascii()
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile):
        return False
    return is_beyond_ascii
