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
    "邮费|运费|快递费|邮资|差价|价差|补款|[定订]金|尾款|押金|(?:包装|打包|安装|服务|手续|加急|改装|保价)费|运费险|"
    r"(?i:\b(?:gift[- ]?wrap(?:ping)?|packing|installation|assembly|set-?up|express|rush|handling|priority) (?:service|fee|charge|surcharge|option)s?\b|"
    r"\b(?:return|shipping|delivery|parcel|purchase|damage) (?:insurance|protection)\b|\b(?:deposit|balance|remaining) (?:payment|due|link)\b)|"
    r"(?i:\b(?:postage|shipping|freight|delivery|price)\b.*\b(?:fees?|costs?|charges?|difference|links?|balance|surcharge)\b)"
)
_PAYMENT_ZH = (
    "邮费|运费|快递费|邮资|差价|价差|补|专用|专拍|专属|链接|连接|请|勿拍|勿|不要|单拍|单独|客户|买家|顾客|拍下|无效|不发货|不退|补款|"
    "多少|元|一元|的|和|及|或|用|[定订]金|尾款|押金|另付|付款?|改价|联系客服|拍前|下单前|拍|件|礼品|礼盒|包装费|打包费|安装费|服务费|手续费|加急费?|改装费|保价费?|运费险|退货|上门"
)
_PAYMENT_EN = (
    "extra|additional|pay|payment|make|up|the|for|a|of|your|order|link|links|only|special|to|add|shipping|postage|freight|delivery|price|"
    "costs?|fees?|charges?|difference|surcharge|balance|please|do|not|buy|usd|gift|wrap|wrapping|service|services|extended|return|returns|insurance|protection|"
    "deposit|remaining|due|express|rush|handling|priority|packing|installation|assembly|set-?up|option|one|per|orders|items?|parcel|damage|purchase|here|first|later"
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
