"""Converts traditional Chinese characters to simplified ones, character by character."""

from __future__ import annotations

from functools import cache
from itertools import chain

_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2FA20))


def to_simplified(text: str) -> str:
    """The text with every traditional character replaced; everything else is unchanged.

    One character at a time, so that places in the text stay: good enough for search, not for publishing. The table is
    OpenCC's.

    >>> to_simplified("手機殼 USB")
    '手机壳 USB'
    """
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, int]:
    import opencc

    codes = list(chain.from_iterable(range(*block) for block in _HAN))
    simplified = opencc.OpenCC("t2s").convert("\n".join(map(chr, codes))).split("\n")
    return {code: ord(one) for code, one in zip(codes, simplified, strict=True) if one != chr(code)}
