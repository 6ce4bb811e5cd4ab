"""Detects order, invoice and tracking numbers, which identify a person in a back office."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.privacy.found import PersonalDatum

# Detects licence plates: mainland Chinese (with the eight characters of new-energy cars) and British.


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# These are also ordinary words ("black", "new", "cloud"), so they need more evidence.
_ALSO_WORDS = "黑新青云川宁吉甘贵蒙藏"
# GA 36: no I, no O; at most two letters among the last five; green plates have D or F first or last.
_CHINESE_PLATE = re.compile(
    rf"(?P<province>[{_PROVINCES}])(?P<city>[A-HJ-NP-Z])(?P<dot>[·•・. -]?)"
    r"(?P<serial>[A-HJ-NP-Z][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJ-NP-Z]|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳使领])"
    r"(?![0-9A-Za-z])"
)
_LED = re.compile(r"(?:车牌号?码?|牌照号?|牌号|车号|号牌|车主|车|是|为|开|的)[ :是为]{0,2}$")
_NAMED = re.compile(r"(?:车牌号?码?|牌照号?|车号|号牌)[ :是为]{0,2}$")
_HAN = re.compile(r"[㐀-鿿]")
_BRITISH = re.compile(
    r"(?<![0-9A-Za-z])(?:[A-HJ-PR-Y]{2}\d{2} ?[A-HJ-PR-Z]{3}|[A-HJ-NPR-TV-Y]\d{2,3} ?[A-HJ-PR-Y]{3})(?![0-9A-Za-z])"
)
_LED_ENGLISH = re.compile(
    r"\b(?:plates?|reg|regs|registration|licen[cs]e|vrm|vehicle|car|van|number plate)\b"
    r"(?: (?:number|no\.?|plate|is|was|with|of|my|the|mark)){0,3} ?[:#(]? ?$",
    re.IGNORECASE,
)


def find_plates(text: str) -> Iterator[PersonalDatum]:
    """Chinese plates, and British ones that the text calls a plate, a registration or a car's.

    >>> [f.key for f in find_plates("车牌粤B·12345，reg AB12 CDE")]
    ['粤B12345', 'AB12CDE']
    """
    for match in _CHINESE_PLATE.finditer(text):
        if _is_plate(match, text):
            yield PersonalDatum(
                match.start(), match.end(), match["province"] + match["city"] + match["serial"]
            )
    for match in _BRITISH.finditer(text):
        if _LED_ENGLISH.search(text, max(0, match.start() - 40), match.start()):
            yield PersonalDatum(match.start(), match.end(), match.group().replace(" ", ""))


def _is_plate(match: re.Match[str], text: str) -> bool:
    serial = match["serial"]
    n_digits = sum(c.isdigit() for c in serial)
    start = match.start()
    is_led = bool(_LED.search(text, max(0, start - 8), start))
    is_named = bool(_NAMED.search(text, max(0, start - 8), start))  # then people misread a digit
    if n_digits < (1 if is_named else 3) or (len(serial) == 6 and not _is_green(serial)):
        return False
    if match["province"] in _ALSO_WORDS and match["dot"] not in tuple("·•・"):
        return is_led
    return is_led or start == 0 or not _HAN.match(text, start - 1)


def _is_green(serial: str) -> bool:
    return serial[0] in "ABCDEFGHJK" or serial[5] in "ABCDEFGHJK"


# Recognises product numbers (style, model, article, SKU, ISBN, EAN), which look like phones and cards.


_ALONE = r"style|model|article|sku|mpn|isbn(?:-1[03])?|ean(?:-?(?:8|13))?|gtin|upc|bar ?code|asin|oem|p/n|s/n"
_WITH_NUMBER = (  # words of daily speech: only as "item no.", not in "thanks a lot 07700 900123"
    r"item|part|product|ref(?:erence)?|art|cat(?:alog(?:ue)?)?|design|pattern|serial|lot|batch|drawing"
)
_NUMBER_WORDS = r"(?:numbers?|num|nos?|nr|codes?|id)\b\.?|#|№"
_CHINESE_WORDS = "款号|货号|型号|款式|商品编?号|商品编?码|商品代码|产品编?号|产品编?码|条码|条形码|规格|批号|批次|料号|图号|序列号|书号|款式编号"
_LABEL = re.compile(
    rf"(?:(?<![A-Za-z])(?:(?:{_ALONE})[ ._-]?(?:{_NUMBER_WORDS})?|(?:{_WITH_NUMBER})[ ._-]?(?:{_NUMBER_WORDS}|:))"
    rf"|(?:{_CHINESE_WORDS})[号码]?)[ :#=.是为-]{{0,3}}(?:\+|00)?\(?$",
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


_NUMBER = r"(?P<number>[A-Z]{0,5}-?\d[0-9A-Z]*(?:-[0-9A-Z]+){0,4})(?![0-9A-Za-z])"
_ENGLISH_WORDS = "order purchase invoice tracking booking transaction shipment parcel waybill receipt bill".split()
_ENGLISH = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(_ENGLISH_WORDS)})s?"
    r"(?P<label>[ _-]?(?:number|num\b|no\b|nr\b|id\b|code\b)\.?)?"
    r"[ ]?(?:is|was|with|of)?[ ]?:?[ ]?(?P<hash>#)?[ ]?(?-i:" + _NUMBER + ")",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:订单|单据|运单|快递|物流|交易|流水|退货|退款|取件|发票)?(?P<label>编?号码?|单号)"
    r"[ ]?(?:是|为|:|#)?[ ]?"
    + _NUMBER
    + r"|(?P<bare>订单|运单)[ ]?[:#]?[ ]?(?P<plain>\d{8,32})(?![0-9A-Za-z])"
)
_CHINESE_LABEL = re.compile(
    r"(?:订单|单据|运单|快递|物流|交易|流水|退货|退款|发票)(?:编?号码?|单号)|单号"
)
_MARKETPLACE = re.compile(r"(?<![0-9A-Za-z-])\d{3}-\d{7}-\d{7}(?![0-9A-Za-z-])")


def find_orders(text: str) -> Iterator[PersonalDatum]:
    """Numbers after a label, of at least six digits (four after ``no.`` or ``#``), and marketplace ids.

    >>> [f.key for f in find_orders("where is order #W7678072? invoice no. 4711, order 12 pieces")]
    ['W7678072', '4711']
    """
    last_end = 0
    for match in sorted((*_labelled(text), *_bare(text)), key=lambda f: f.start):
        if match.start >= last_end:
            last_end = match.end
            yield match


def _labelled(text: str) -> Iterator[PersonalDatum]:
    low = text.lower()
    for match in _ENGLISH.finditer(text) if any(w in low for w in _ENGLISH_WORDS) else ():
        fewest = 4 if match["label"] or match["hash"] else 6
        if _digits(match["number"]) >= fewest:
            yield _find(match, "number")
    for match in _CHINESE.finditer(text) if any(w in text for w in "单号码") else ():
        if match["bare"]:
            yield _find(match, "plain")
        elif _CHINESE_LABEL.match(match.group()) and _digits(match["number"]) >= 6:
            yield _find(match, "number")


def _bare(text: str) -> Iterator[PersonalDatum]:
    for match in _MARKETPLACE.finditer(text):
        yield PersonalDatum(match.start(), match.end(), match.group())


def _digits(number: str) -> int:
    return sum(c.isdigit() for c in number)


def _find(match: re.Match[str], group: str) -> PersonalDatum:
    return PersonalDatum(match.start(group), match.end(group), match[group].replace("-", ""))
