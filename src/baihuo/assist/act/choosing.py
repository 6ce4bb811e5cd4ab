"""Finds what a shopper means among things they can choose from, such as the items of an order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baihuo.core import fold

_ORDINALS = {
    **{w: i for i, w in enumerate("first second third fourth fifth sixth".split())},
    **{f"第{c}": i for i, c in enumerate("一二三四五六")},
    **{f"第{i + 1}": i for i in range(9)},
}
_ALL = re.compile(
    r"\b(all|everything|whole order|entire order|both)\b|全部|全都|所有|整单|都(?:要|想)?(?:退|换)|两件",
    re.I,
)
_WORD = re.compile(r"[0-9a-z]+(?:[.'-][0-9a-z]+)*|[\u4e00-\u9fff]")
_EMPTY = frozenset(
    "the a an of for my it and or with to in on item product 的 个 件 我 这 那 换 退 要 想".split()
)


def words(text: str) -> list[str]:
    """Words in lower case; Chinese characters each by itself.

    >>> words("The Blue T-Shirt, 一件蓝色")
    ['the', 'blue', 't-shirt', '一', '件', '蓝', '色']
    """
    return _WORD.findall(fold(text).lower())


def chosen(text: str, options: Sequence[str]) -> int | None:
    """The position of the one option that a text names: by its whole name, by its number, or by words that only it has.

    Returns:
        None: it names none, or fits several.

    >>> chosen("the second one", ["Lamp", "Shoe"]), chosen("red", ["Shirt (red, M)", "Shirt (blue, M)"])
    (1, 0)
    """
    said = words(text)
    if not said or not options:
        return None
    whole = [i for i, option in enumerate(options) if words(option) == said]
    if len(whole) == 1:
        return whole[0]
    if (number := _number(text, said)) is not None and number < len(options):
        return number
    scores = named(text, options)
    best = max(scores)
    return scores.index(best) if best > 0 and scores.count(best) == 1 else None


def named(text: str, options: Sequence[str]) -> list[int]:
    """How many words of each option a text says, without words that all options have in common."""
    said = set(words(text))
    option_words = [set(words(option)) - _EMPTY for option in options]
    common = set.intersection(*option_words) if len(option_words) > 1 else set()
    return [len((own - common) & said) for own in option_words]


def mentioned(text: str, options: Sequence[str]) -> list[int]:
    """Positions of all options that a text names; all of them for "everything"."""
    if _ALL.search(text):
        return list(range(len(options)))
    # A word that two options share names neither of them.
    own = [set(words(o)) - set().union(*(words(p) for p in options if p != o)) for o in options]
    said = set(words(text)) - _EMPTY
    found = [i for i, its_words in enumerate(own) if its_words & said]
    if found:
        return found
    one = chosen(text, options)
    return [] if one is None else [one]


def _number(text: str, said: Sequence[str]) -> int | None:
    for name, position in _ORDINALS.items():
        if name in said or (not name.isascii() and name in text):
            return position
    if len(said) == 1 and said[0].isdigit() and len(said[0]) == 1:
        return int(said[0]) - 1 if said[0] != "0" else None
    return None
