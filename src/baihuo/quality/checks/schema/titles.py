"""Titles that are titles and name no product: a number, a supplier's code, a link for postage, its category. Noted, never taken out."""

from __future__ import annotations

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.engine import sql_file
from baihuo.quality.findings import FindingsStore

_MAX_SHARE = 0.03  # of the listings: more, and the shop calls its goods by numbers
_NUMBER = r"^[\s\pP\pS]*[0-9](?:[\s._/-]{0,2}[0-9]){4,}[\s\pP\pS]*$"
_LABEL = r"(?i:sku|id|no|nr|art(?:icle)?(?:[ .]*(?:nr|no))?|item|part|ean|upc|货号|编号|款号|型号|编码|商品编码|商品编号)[\s.:：#_-]{1,3}"
_CODE = rf"^\s*(?:{_LABEL})?[A-Za-z0-9]+(?:[-_./#][A-Za-z0-9]+)*\s*$"
_FOR_WHAT = (
    "邮费|运费|快递费|邮资|差价|价差|补款|"
    r"(?i:\b(?:postage|shipping|freight|delivery|price)\b.*\b(?:fees?|costs?|charges?|difference|links?|balance|surcharge)\b)"
)
_PAYMENT_ZH = (
    "邮费|运费|快递费|邮资|差价|价差|补|专用|专拍|专属|链接|连接|请|勿拍|勿|不要|单拍|单独|客户|买家|顾客|拍下|无效|不发货|不退|补款|"
    "多少|元|一元|的|和|及|或|用|定金|尾款|改价|联系客服|拍|件"
)
_PAYMENT_EN = (
    "extra|additional|pay|payment|make|up|the|for|a|of|your|order|link|links|only|special|to|add|shipping|postage|freight|delivery|price|"
    "costs?|fees?|charges?|difference|surcharge|balance|please|do|not|buy|usd"
)
_PAYMENT = (
    rf"^(?:(?:{_PAYMENT_ZH}|[\s\pP\pS0-9])+|(?i:(?:(?:{_PAYMENT_EN}|[0-9.]+)(?:[\s\pP\pS]+|$))+))$"
)
_TITLES_OF_NOTHING = sql_file(__file__, "titles_of_nothing").bind(
    number=_NUMBER,
    code=_CODE,
    payment=_PAYMENT,
    for_what=_FOR_WHAT,
    max_share=_MAX_SHARE,
    separator=CATEGORY_SEPARATOR,
    words=r"[\p{L}\p{N}]+",
)


def titles_of_nothing(findings: FindingsStore) -> str:
    """SQL of findings."""
    return _TITLES_OF_NOTHING(rows=findings.rows("title_en", "title_zh", "category"))
