"""Converts traditional Chinese characters to simplified ones, character by character."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def to_simplified(text: str) -> str:
    """The text with every traditional character replaced; everything else is unchanged.

    One character at a time: good enough for search, not for publishing. The table is
    OpenCC's.

    >>> to_simplified("手機殼 USB")
    '手机壳 USB'
    """
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, int]:
    lines = files("baihuo.index").joinpath("traditional.txt").read_text("utf-8").splitlines()[1:]
    pairs = zip("".join(lines[0::2]), "".join(lines[1::2]), strict=True)
    return {ord(traditional): ord(simplified) for traditional, simplified in pairs}
