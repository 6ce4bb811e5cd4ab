"""When two texts are the same search."""

from __future__ import annotations

from functools import lru_cache

from baihuo.index.words import query_words


@lru_cache(maxsize=65_536)
def search_key(text: str) -> str:
    """Equal keys are the same search: width, case, order, plural and traditional characters make no other one.

    >>> search_key("Phone Cases") == search_key("case phone"), search_key("手機殼") == search_key("手机壳")
    (True, True)
    """
    return " ".join(sorted(query_words(text)))
