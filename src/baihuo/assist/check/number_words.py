"""Numbers written as words, in English and Chinese, to digits: "thirty days" → "30 days", 三十天 → 30天."""

from __future__ import annotations

import re

_SMALL = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"hundred": 100, "thousand": 1_000}
_WORD = "|".join((*_SMALL, *_TENS, *_SCALES))
_ENGLISH = re.compile(
    rf"\b(?:{_WORD})(?:(?:[\s-]{{1,3}}|\s{{1,3}}and\s{{1,3}})(?:{_WORD})){{0,8}}\b"
)
_UNIT_EN = r"(?:second|minute|hour|day|week|month|year|business|working|percent|dollar|euro|dozen|kilo|kilogram|gram|litre|liter|metre|meter|pound|inch)s?"
_SET_PHRASES = (
    (re.compile(r"\bhalf an hour\b"), "30 minutes"),
    (re.compile(r"\bhalf a day\b"), "12 hours"),
    (re.compile(r"\b(?:half a year|half year)\b"), "6 months"),
    (re.compile(r"\b(?:half off|half price)\b"), "50% off"),
    (re.compile(r"\ba (?:couple of|couple)\b"), "2"),
    (re.compile(r"\ba dozen\b"), "12"),
    (re.compile(r"\ba fortnight\b"), "14 days"),
    (re.compile(r"\bonce(?= \w+(?:ed)?\b|[.,]|$)(?= a\b)"), "1 times"),
    (re.compile(r"\btwice\b"), "2 times"),
    (re.compile(r"\b(?:a single time|just once|only once|fails once)\b"), "1 times"),
    (re.compile(r"\bdoubled?\b"), "2 times"),
    (re.compile(r"\b(?:triple|tripled)\b"), "3 times"),
    (re.compile(r"\ba single\b"), "1"),
    (re.compile(rf"\ban? (?=(?:full |whole )?{_UNIT_EN}\b)"), "1 "),
    (re.compile(r"半年"), "6个月"),
    (re.compile(r"半个?小时"), "30分钟"),
    (re.compile(r"半天"), "12小时"),
    (re.compile(r"半个月"), "15天"),
    (re.compile(r"半价|(?<![一二三四五六七八九\d.])[五对]折(?!叠)"), "优惠50%"),
    (re.compile(r"双倍"), "2倍"),
    (re.compile(r"百分之百"), "100%"),
)
_ZH_DIGITS = dict(
    zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_ZH_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_ZH_UNITS = (
    "个?工作日|个?小时|个?钟头|分钟|秒|天|日|号|个?月|年|周|个?星期|个?礼拜|元|块|角|美元|欧元|折|倍|积分|分|次|件|只|个|条|瓶|台|张|盒|"
    "双|套|本|枚|把|支|包|袋|种|款|位|名|点|时|升|毫升|克|千克|公斤|斤|米|厘米|毫米|寸|英寸|%|期|层|片|人|码|份"
)
_ZH_DIGIT = "零〇一二两三四五六七八九十百千万"
# A numeral alone is one only before a unit: 一般, 统一 and 十分 hold none.
_ZH_NUMBER = re.compile(
    rf"(?<!周)(?<!星期)(?<!礼拜)(?<![第统之唯\d.{_ZH_DIGIT}])[{_ZH_DIGIT}]{{1,12}}(?={_ZH_UNITS}|[至到\-~][{_ZH_DIGIT}\d]|$)|(?<!周)(?<!星期)(?<!礼拜)(?<![\d.])[{_ZH_DIGIT}]{{2,12}}(?={_ZH_UNITS})"
)
_ZH_PERCENT = re.compile(rf"百分之([{_ZH_DIGIT}]{{1,12}}|\d{{1,9}}(?:\.\d{{1,6}})?)")
_ZH_NONE = re.compile(
    r"一(?:个(?:人工|客服)|下|些|点(?!前|后|钟|到|至)|分为)|万一|一次性|三角|十分(?!钟)|四件套|双十一|一天内?到晚"
)


def with_digits(text: str) -> str:
    """``text`` (folded) with numbers in digits.

    >>> with_digits("two weeks, thirty-five euros"), with_digits("三十天内，九五折")
    ('2 weeks, 35 euros', '30天内，95折')
    """
    for phrase, digits in _SET_PHRASES:
        text = phrase.sub(digits, text)
    text = _ENGLISH.sub(lambda m: _english(m.group()), text)
    text = _ZH_PERCENT.sub(lambda m: f"{_chinese(m.group(1))}%", text)
    kept = {m.start() for m in _ZH_NONE.finditer(text)}
    return _ZH_NUMBER.sub(lambda m: m.group() if m.start() in kept else _chinese(m.group()), text)


def _english(words: str) -> str:
    total, group, is_open = 0, 0, False
    numbers: list[int] = []
    for word in re.split(r"[\s-]+", words):
        if word == "and":
            continue
        value = _SMALL.get(word, _TENS.get(word))
        if value is None:
            scale = _SCALES[word]
            group = max(group, 1) * scale
            is_open = True
            continue
        fits = (is_open and (group % 100 == 0 if value < 100 else False)) or (
            is_open and group % 10 == 0 and 0 < value < 10 and group % 100 >= 20
        )
        if is_open and not fits:
            numbers.append(total + group)
            total, group = 0, 0
        group += value
        is_open = True
    numbers.append(total + group)
    joined = " and " if " and " in words and len(numbers) > 1 else " "
    return joined.join(map(str, numbers))


def _chinese(numeral: str) -> str:
    if not numeral or numeral[0].isdigit():
        return numeral
    if not any(c in _ZH_SCALES for c in numeral):  # 九五 is 95
        return str(int("".join(str(_ZH_DIGITS[c]) for c in numeral)))
    total, section, digit = 0, 0, 0
    for char in numeral:
        if char in _ZH_DIGITS:
            digit = _ZH_DIGITS[char]
        elif char == "万":
            total += (section + digit) * 10_000
            section, digit = 0, 0
        else:
            section += (digit or (1 if section == 0 else 0)) * _ZH_SCALES[char]
            digit = 0
    return str(total + section + digit)
