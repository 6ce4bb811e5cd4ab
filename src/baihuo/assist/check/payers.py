"""Who bears a cost, as far as a text says it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHOP = re.compile(
    r"由?(?:我们|本店|商家|卖家|店铺|商城)(?:来|全额|会)?(?:承担|负担|负责|支付|[出付](?!货|具|示|库|款))|\bat our (?:own )?(?:expense|cost)\b|\bwe (?:will |also |'ll )?(?:pay|bear|cover)\b(?! (?:you|back|it back))|\b(?:is|are) on us\b|\bpaid by (?:us|the (?:shop|store|seller))\b"
)
_BUYER = re.compile(
    r"由?(?:您|买家|顾客|客户|用户)(?:自行|自己|来)?(?:承担|负担|支付(?=运|邮|快递)|[出付](?=运费|邮费|快递费|。|$))|\bat your (?:own )?(?:expense|cost)\b|\byou (?:pay|bear|cover)\b(?! (?:by|with|nothing|no ))|"
    r"\bpaid by (?:you|the (?:buyer|customer))\b|\b(?:buyer|customer|shopper)s? (?:pays?|bears?)\b|\byou (?:have to |must |will )?pay\b[^.;]{0,40}\byourself\b"
)


def payers_of(text: str) -> Iterator[tuple[str, int, int]]:
    """ "shop" or "buyer", with the place.

    >>> list(payers_of("运费由买家承担"))
    [('buyer', 2, 7)]
    """
    for name, pattern in (("shop", _SHOP), ("buyer", _BUYER)):
        for match in pattern.finditer(text):
            yield name, match.start(), match.end()
