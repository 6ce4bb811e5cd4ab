"""Damage to bytes, by a seed: bits flipped, bytes lost, doubled or put in, files cut, numbers made huge."""

from __future__ import annotations

import random
import re

_ODD = (b"\0", b"\xff", b'"', b"{", b"}", b"[", b"]", b":", b"\n", b"-", b"\xe2\x80\xa8")
_TOKENS = (b"null", b"NaN", b"-1", b"1e999", b"[]", b"{}", b'""', b"9" * 400, b"true")


def damaged(good: bytes, rng: random.Random) -> bytes:
    """One to three changes; never the same bytes as before."""
    data = bytearray(good)
    for _ in range(rng.randint(1, 3)):
        at, n = rng.randint(0, max(0, len(data) - 1)), rng.choice((1, 1, 2, 16, 256))
        how = rng.randrange(7)
        if how == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[at:]
        elif how == 2:
            del data[at : at + n]
        elif how == 3:
            data[at:at] = data[at : at + n]
        elif how == 4:
            data[at : at + n] = rng.randbytes(n)
        elif how == 5:
            data[at:at] = rng.choice(_ODD) * rng.choice((1, 1, 40))
        else:
            data = _value_replaced(data, rng)
    return bytes(data) if bytes(data) != good else good[: len(good) // 2] + b"\xfe"


def _value_replaced(data: bytearray, rng: random.Random) -> bytearray:
    """A number or a string of a text becomes something of another kind."""
    found = list(re.finditer(rb'"[^"\n]{0,40}"|-?\d+(\.\d+)?', bytes(data[:20_000])))
    if found:
        one = rng.choice(found)
        data[one.start() : one.end()] = rng.choice(_TOKENS)
    return data
