"""The categories of a Chinese text that is nearly the name of a kind: a wrong character, or the same last one."""

from __future__ import annotations

from baihuo.core import has_han
from baihuo.index.kind_match import LIKELY
from baihuo.index.kinds import Kinds, Weights, highest

_SHORTEST_MISSPELT = 3  # Chinese characters
_LONGEST_NAME = 6  # the last character of a longer text names no thing


def misspelt(text: str, kinds: Kinds) -> Weights:
    """The categories of a Chinese name of which one character is another one: 行礼箱 is 行李箱. The last character, the
    thing itself, is not changed; nothing where names of several kinds are so near."""
    if not has_han(text[-1:]) or len(text) < _SHORTEST_MISSPELT:
        return {}
    near = [
        weights
        for key, weights in kinds.named.items()
        if len(key) == len(text)
        and key[-1] == text[-1]
        and sum(a != b for a, b in zip(key, text, strict=True)) == 1
    ]
    sure = [{code for code, weight in w.items() if weight >= LIKELY} for w in near if w]
    return highest(near) if sure and all(s == sure[0] for s in sure) else {}


def by_last_character(text: str, kinds: Kinds) -> Weights:
    """The categories of all names that end as a Chinese text does: 养生壶 is some 壶, as 电热水壶 is.

    Nothing where these are several things (many machines end in 机), or where it ends one name alone.
    """
    if not has_han(text[-1:]) or len(text) > _LONGEST_NAME:
        return {}
    found = [w for key, w in kinds.named.items() if len(key) > 1 and key.endswith(text[-1]) and w]
    sure = {code for weights in found for code, weight in weights.items() if weight >= LIKELY}
    return dict.fromkeys(sure, LIKELY) if len(found) > 1 and len(sure) == 1 else {}
