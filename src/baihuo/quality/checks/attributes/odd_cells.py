"""Cells that hold what belongs elsewhere: values of attributes and variants that say nothing.

Each is a note. What a cell may not hold is a pattern; what it should hold, the shop's own catalogue says.
"""

from __future__ import annotations

from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.attributes.measure_units import UNIT_ROWS
from baihuo.quality.checks.attributes.odd_measures import odd_measures, pattern
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.attributes.synonyms import key_sql
from baihuo.quality.findings import FindingsStore

_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATE = (
    rf"(?i)^(?:[0-9]{{1,2}}[- ]{_MONTH}(?:[- ][0-9]{{2,4}})?|{_MONTH}[- ][0-9]{{1,4}}|"
    r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]00:00:00(?:\.0+)?)$"
)
_ANY_DATE = _DATE.removesuffix("$") + r"|[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NAMED_DATE = r"(?i)date|year|birth|launch|release|expir|valid|日期|年|期"
_DATED = r"(?i)date|day|time|birth|launch|release|expir|best before|use by|season|month|year|valid|since|日期|时间|期|月|年|日|季"
_FORMULA = r"^\s*[=+@]\s*[A-Za-z][A-Za-z0-9.]{1,30}\(|^\s*=\s*\$?[A-Z]{1,3}\$?[0-9]+|^#(?:REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC|FIELD|BUSY|ERROR|N/A)[!?]?$|^#{3,}$|^Err:[0-9]{3}$"
_WORDS = (
    r"(?i)^(?:true|false|yes|no|y|是|否|有|对|ditto|idem|〃|″|\"|''|see (?:above|below|title|picture|image|photo|description)|"
    r"(?:same )?as (?:above|before|shown|pictured|per (?:picture|photo))|same as (?:above|title|previous|last)|"
    r"同上|见上|如上|同左|同前|见(?:图|标题|描述|详情)|如图|todo|tbd|tba|xxx+|test|\?+|check)$"
)
_UNIT = r"(?:kg|g|mg|lbs?|oz|t|mm|cm|m|km|inch(?:es)?|in|ft|ml|cl|l|[kmgt]b|k?w|k?wh|m?ah|pcs|pieces?|months?|years?|days?|weeks?|hours?|h|个月|月|年|天|小时|件|片|个|克|千克|公斤|斤|毫米|厘米|米|毫升|升|瓦)"
_NEGATIVE = rf"(?i)^[-−–] ?[0-9]+(?:[.,][0-9]+)? ?{_UNIT}\.?$"
_ZERO = r"(?i)^0+(?:[.,]0+)? ?(?:kg|g|mg|lbs?|mm|cm|m|inch(?:es)?|ml|cl|l|[kmgt]b|mah|ah|k?w|克|千克|公斤|斤|毫米|厘米|米|毫升|升|瓦)\.?$"
_SIGNED = (
    r"(?i)temp|depth|altitude|elevation|offset|differen|tolerance|gain|loss|delay|skew|温|深|海拔|误差|minimum|min\b|bezel|gap|stand-?by|off\b|sleep|idle|待机|"
    r"fat|sugar|salt|sodium|carb|fib(?:re|er)|protein|cholesterol|satur|alcohol|caffein|heel|脂|糖|钠|盐|碳水|蛋白|纤维|胆固醇|咖啡因|酒精|跟高"
)
_MAX_SHARE = 0.03  # of listings with an attribute, that write something odd
_ODD_VALUES = sql_file(__file__, "odd_values").bind(
    words=_WORDS.replace("'", "''"),
    formula=_FORMULA,
    negative=_NEGATIVE,
    zero=_ZERO,
    signed=_SIGNED,
    date=_DATE,
    dated=_DATED,
    any_date=_ANY_DATE,
    named_date=_NAMED_DATE,
    max_share=_MAX_SHARE,
)
_ODD_VARIANTS = sql_file(__file__, "odd_variants").bind(max_share=0.2, min_named=0.9)

_DENIED_FEATURES = sql_file(__file__, "denied_features").bind(
    min_share=0.9,
    yes=", ".join(map(sql_text, ("true", "yes", "y", "是", "有", "支持"))),
    no=", ".join(map(sql_text, ("false", "no", "n", "否", "无", "不支持"))),
    of_others=r"\b(?:compatible|for|fits?|equivalent|suitable|replaces?|replacement|works? with|instead of|to)\b",
    not_it=r"\b(?:non|not|no|without|instead of)[- ]?",
    of_other=r"[- ](?:charg(?:ing|er)|ready|compatible|case|bag|cover|pouch|adapt[eo]r|dongle|optional|receiver)\b",
)
_IMPOSSIBLE_TOGETHER = sql_file(__file__, "impossible_together").bind(units=UNIT_ROWS, times=3)


def odd_values(findings: FindingsStore, settings: AttributesRules) -> list[str]:
    """SQL of notes on values of attributes, read from ``attribute_values``."""
    return [
        _ODD_VALUES(min_rows=settings.min_rows, never_below=pattern("never_below")),
        _DENIED_FEATURES(
            rows=findings.rows("title_en", "title_zh", "description_en", "description_zh"),
            min_rows=settings.min_rows,
        ),
        _IMPOSSIBLE_TOGETHER(rows=findings.rows("title_en", "title_zh")),
        *odd_measures(settings),
    ]


def odd_variants(findings: FindingsStore, settings: AttributesRules) -> str:
    """SQL of notes on variants that do not say what they are."""
    return _ODD_VARIANTS(
        rows=findings.rows("product_id", "codes", "variants"),
        key=key_sql("entry.key"),
        min_rows=settings.min_rows,
    )
