"""Recognises product numbers (style, model, article, SKU, ISBN, EAN), which look like phones and cards."""

from __future__ import annotations

import re

_ALONE = r"style|model|article|sku|mpn|isbn(?:-1[03])?|ean(?:-?(?:8|13))?|gtin|upc|bar ?code|asin|oem|p/n|s/n"
_WITH_NUMBER = (  # words of daily speech: only as "item no.", not in "thanks a lot 07700 900123"
    r"item|part|product|ref(?:erence)?|art|cat(?:alog(?:ue)?)?|design|pattern|serial|lot|batch|drawing"
)
_NUMBER = r"(?:numbers?|num|nos?|nr|codes?|id)\b\.?|#|№"
_CHINESE = "款号|货号|型号|款式|商品编?号|商品编?码|商品代码|产品编?号|产品编?码|条码|条形码|规格|批号|批次|料号|图号|序列号|书号|款式编号"
_LABEL = re.compile(
    rf"(?:(?<![A-Za-z])(?:(?:{_ALONE})[ ._-]?(?:{_NUMBER})?|(?:{_WITH_NUMBER})[ ._-]?(?:{_NUMBER}|:))"
    rf"|(?:{_CHINESE})[号码]?)[ :#=.是为-]{{0,3}}(?:\+|00)?\(?$",
    re.IGNORECASE,
)
_MAX_LABEL = 28  # characters before the number that a label can take


def is_product_number(text: str, start: int) -> bool:
    """Return whether the number at ``start`` of a narrowed text follows a word for a product number.

    >>> is_product_number("款号:13812345678", 3), is_product_number("thanks a lot 07700 900123", 13)
    (True, False)
    """
    return _LABEL.search(text, max(0, start - _MAX_LABEL), start) is not None


def is_product_label(name: str) -> bool:
    """Return whether an attribute's name means a product number.

    >>> is_product_label("Style No."), is_product_label("货号"), is_product_label("Contact")
    (True, True, False)
    """
    return _LABEL.search(name.strip() + ":") is not None
