"""How much somebody wants to spend, by the words of their message."""

from __future__ import annotations

import re
from typing import Final

from baihuo.core import fold

_AMOUNT = r"[¥￥$€£]?\s*+(\d{1,6}(?:\.\d{1,2})?)"
_UNIT = r"(?:\s*+(?:元|块钱?|rmb|cny|yuan|eur|usd|euros?|dollars?|pounds?))"
_AT_MOST: Final = re.compile(
    rf"\b(?:under|below|less than|cheaper than|up to|at most|max(?:imum)?(?: of)?|no more than|not more than|within|budget(?: is| of)?)\s++{_AMOUNT}{_UNIT}?(?![\d%]|\s*+(?:days?|kg|g|ml|l|cm|inch|hours?|h|w)\b)"
    rf"|(?:不超过|不高于|低于|少于|最多|预算)\s*+{_AMOUNT}{_UNIT}?"
    rf"|(?:(?<!\s)|(?=[¥￥$€£])){_AMOUNT}{_UNIT}?\s*+(?:以内|以下|之内|内的?|封顶)"
)


def at_most(text: str) -> tuple[float | None, str]:
    """The largest price that is wanted, in the shop's currency, and the text without it. None: no limit is said.

    >>> at_most("a waterproof backpack under 200"), at_most("有没有500块以内的降噪耳机"), at_most("ships within 3 days")
    ((200.0, 'a waterproof backpack '), (500.0, '有没有的降噪耳机'), (None, 'ships within 3 days'))
    """
    folded = fold(text)
    found = _AT_MOST.search(folded)
    if found is None:
        return None, folded
    amount = next(g for g in found.groups() if g is not None)
    return float(amount), folded[: found.start()] + folded[found.end() :]
