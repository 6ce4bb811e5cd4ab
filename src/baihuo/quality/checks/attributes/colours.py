"""Titles that name another colour than the product has, or another number with the attribute's own unit."""

from __future__ import annotations

import re

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.units.unit_definitions import CASELESS_SPELLINGS
from baihuo.quality.findings import FindingsStore

_FAMILIES = {
    "black": "black|黑色|黑",
    "white": "white|白色",
    "silver": "silver|银色|银白色",
    "grey": "grey|gray|dark grey|dark gray|light grey|light gray|灰色|深灰色|浅灰色|深灰|浅灰",
    "red": "red|wine red|dark red|burgundy|红色|大红色|酒红色|酒红|暗红色",
    "pink": "pink|粉色|粉红色|粉红",
    "orange": "orange|橙色|橘色|橙红色",
    "yellow": "yellow|黄色",
    "gold": "gold|golden|金色",
    "green": "green|dark green|light green|army green|olive green|绿色|墨绿色|墨绿|军绿色|深绿色|浅绿色",
    "blue": "blue|navy|navy blue|sky blue|dark blue|light blue|royal blue|蓝色|藏青色|藏青|藏蓝色|藏蓝|天蓝色|天蓝|深蓝色|浅蓝色|宝蓝色",
    "purple": "purple|violet|紫色|深紫色|浅紫色",
    "brown": "brown|dark brown|light brown|棕色|咖啡色|咖色|褐色|深棕色|浅棕色",
    "beige": "beige|米色",
    # of two families, of none, or of several: "Hue White and colour ambience"
    "": "colour|color|coloured|colored|colours|colors|multicolour|multicolor|彩色|双色|拼色|混色|撞色|rose gold|off white|off-white|ivory|cream|khaki|teal|turquoise|玫瑰金|玫瑰金色|米白色|米白|卡其色|青色|杏色|红棕色|蓝绿色|蓝灰色|灰蓝色|灰粉色",
}
_ALIKE = (("grey", "silver"), ("gold", "yellow"), ("beige", "white"), ("beige", "brown"))
_WORDS = {word: family for family, words in _FAMILIES.items() for word in words.split("|")}
_IN_TITLE = {w: f for w, f in _WORDS.items() if len(w) > 1}  # 黑 alone is in many words
_LONGEST_FIRST = sorted(_IN_TITLE, key=lambda word: (-len(word), word))
_ENGLISH = "|".join(re.escape(w) for w in _LONGEST_FIRST if w.isascii())
# of a part, or no colour at all: with this word behind it, it is none of ours
_PART = "dial|strap|lens|lenses|frame|sole|soles|trim|lining|logo|print|stripes?|tea|noise|light"
COLOUR_PATTERN = rf"\b(?:{_ENGLISH})\b(?: (?:{_PART})\b)?|" + "|".join(
    w for w in _LONGEST_FIRST if not w.isascii()
)
COLOUR_ROWS = ", ".join(f"('{w}', nullif('{f}', ''))" for w, f in sorted(_WORDS.items()))
"""SQL rows of a word and its family of colours; NULL: of none, or of two."""
ALIKE_ROWS = ", ".join(f"('{a}', '{b}'), ('{b}', '{a}')" for a, b in _ALIKE)
"""SQL rows of two families that people take for each other."""
_KEYS = "'color', 'productcolour', 'productcolor', 'colourofproduct', 'colorofproduct', 'colourname', 'colorname', '产品颜色', '商品颜色'"
_MIN_AGREEMENT = 0.9
_MIN_WORD, _MIN_WORD_AGREEMENT = 3, 0.7  # a word with few titles: one slip is a quarter of them
# 6+ is a number and a unit, too: an age
_VALUE = r"^\s*([0-9]+(?:[.,][0-9]+)?)\s*([A-Za-z][A-Za-z/²³]{0,15}|\+)\s*$"
_NUMBER_IN_TITLE = (
    r"(?:^|[^A-Za-z0-9.,/-])([0-9]+(?:[.,][0-9]+)? ?[A-Za-z][A-Za-z/²³]{0,15}|[0-9]{1,3}\+)"
)
_DEPARTMENT = f"coalesce(split_part(category, '{CATEGORY_SEPARATOR}', 1), '')"
_COLOUR_CONTRADICTIONS = sql_file(__file__, "colour_contradictions").bind(
    department=_DEPARTMENT,
    keys=_KEYS,
    colours=COLOUR_ROWS,
    pattern=COLOUR_PATTERN,
    alike=ALIKE_ROWS,
    min_agreement=_MIN_AGREEMENT,
    min_word=_MIN_WORD,
    min_word_agreement=_MIN_WORD_AGREEMENT,
)
_NUMBER_CONTRADICTIONS = sql_file(__file__, "number_contradictions").bind(
    value=_VALUE,
    in_title=_NUMBER_IN_TITLE,
    known_units=", ".join(map(sql_text, sorted(CASELESS_SPELLINGS))),
    min_agreement=_MIN_AGREEMENT,
)


def colour_contradictions(findings: FindingsStore, settings: AttributesRules) -> str:
    """SQL of findings that ``contradictions`` does not have; reads ``attribute_values``."""
    rows = findings.rows("brand", "model", "title_en", "title_zh")
    return _COLOUR_CONTRADICTIONS(rows=rows, min_rows=settings.min_rows)


def number_contradictions(findings: FindingsStore, settings: AttributesRules) -> str:
    """SQL of findings; reads ``attribute_values``."""
    rows = findings.rows("title_en", "title_zh")
    return _NUMBER_CONTRADICTIONS(rows=rows, min_rows=max(2, settings.min_rows // 2))
