"""Which goods a text names, in either language, as far as general knowledge of goods tells: 电子产品 is *electronics*, and a *laptop* is one."""

from __future__ import annotations

from functools import lru_cache

from baihuo.index.goods import general_goods
from baihuo.index.known_phrases import find_phrases, folded, phrase_key


@lru_cache(maxsize=4096)
def goods_names(name: str) -> frozenset[str]:
    """The keys of a name of goods and of its other names in both languages; only its own where it means several kinds or none.

    >>> goods_names("Electronics") & goods_names("电子产品") != frozenset(), goods_names("Electronics") & goods_names("食品")
    (True, frozenset())
    """
    return frozenset(general_goods().same(phrase_key(name)))


def names_goods_of(text: str, category: str) -> bool:
    """Whether a text names goods of a category: the same, or a narrower kind.

    >>> names_goods_of("这台电脑能退吗", "Electronics"), names_goods_of("can food be returned", "Electronics")
    (True, False)
    """
    goods = general_goods()
    named = {found.key for found in find_phrases(folded(text), goods.numbers_of)}
    of_category = {found.key for found in find_phrases(folded(category), goods.numbers_of)}
    return any(goods.is_broader(broad, narrow) for broad in of_category for narrow in named)
