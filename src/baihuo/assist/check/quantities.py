"""Quantities of a text: prices, percentages, durations, times, measures and counts, in comparable units."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?(?!\d)|\d{1,15}(?:\.\d{1,6})?(?!\d)"
_RANGE = r"\s?(?:-|–|—|~|〜|to|and|or|至|到)\s?"
_CURRENCIES = {
    "USD": r"us\$|us dollars?|usd|dollars?|\$|美元|美金|bucks?",
    "EUR": r"eur|euros?|€|欧元",
    "GBP": r"gbp|£|英镑|pounds sterling",
    "HKD": r"hk\$|hkd|港币|港元",
    "JPY": r"jpy|yen|日元",
    "CNY": r"cny|rmb|yuan|¥|元|块钱|块|人民币",
}
_BEFORE = {
    "USD": r"us\$|usd|\$",
    "EUR": "€|eur",
    "GBP": "£|gbp",
    "HKD": r"hk\$|hkd",
    "JPY": "jpy",
    "CNY": "¥|cny|rmb",
}
_MEASURES: tuple[tuple[str, str, str], ...] = (
    # dimension, size of one in its smallest unit, spelling
    ("hours", "1/3600", r"seconds?|secs?|秒钟?"),
    ("hours", "1/60", r"minutes?|mins?|分钟"),
    ("hours", "1", r"hours?|hrs?|个?小时|个?钟头"),
    ("work days", "1", r"(?:business|working|work)[ -]days?|个?工作日|个?工作天"),
    ("hours", "24", r"days?|天|日(?!元)"),
    ("work days", "5", r"(?:business|working) weeks?"),
    ("hours", "168", r"weeks?|个?星期|个?礼拜|周"),
    ("months", "1", r"months?|个?月"),
    ("months", "12", r"years?|yrs?|年"),
    ("metres", "1/1000", r"mm|毫米|millimet(?:er|re)s?"),
    ("metres", "1/100", r"cm|厘米|公分|centimet(?:er|re)s?"),
    ("metres", "127/5000", r"inch(?:es)?|in\b(?=[.,]|$)|\"|英寸|寸"),
    ("metres", "381/1250", r"feet|foot|ft|英尺"),
    ("metres", "1000", r"km|公里|千米|kilomet(?:er|re)s?"),
    ("metres", "1", r"m|米|met(?:er|re)s?"),
    ("grams", "1/1000", r"mg|毫克"),
    ("grams", "1000", r"kg|kilos?|kilograms?|千克|公斤"),
    ("grams", "500", r"斤"),
    ("grams", "1", r"g|克|grams?"),
    ("grams", "45359237/100000", r"lbs?|磅"),
    ("pounds", "1", r"pounds?"),  # of money or weight
    ("grams", "45359237/1600000", r"oz|ounces?|盎司"),
    ("litres", "1/1000", r"ml|毫升|millilit(?:er|re)s?"),
    ("litres", "1", r"l|升|公升|lit(?:er|re)s?"),
    ("bytes", "1", r"gb|g内存"),
    ("bytes", "1024", r"tb"),
    ("bytes", "1/1024", r"mb"),
    ("mah", "1", r"mah|毫安时?"),
    ("watts", "1", r"w|watts?|瓦"),
    ("watts", "1000", r"kw|千瓦"),
    ("volts", "1", r"v|volts?|伏"),
    ("degrees c", "1", r"°c|℃|摄氏度|度|degrees?(?: c(?:elsius)?)?"),
    ("degrees f", "1", r"°f|℉"),
    ("times", "1", r"times|次|倍"),
    ("points", "1", r"points?|个?积分|分(?!钟)"),
)
_POUND = Fraction(45359237, 100_000)  # grams
_UNITS = "|".join(f"(?P<u{n}>{spelling})" for n, (_, _, spelling) in enumerate(_MEASURES))
_MONEY = "|".join(f"(?P<c{code}>{spelling})" for code, spelling in _CURRENCIES.items())
_LEADING = "|".join(f"(?P<b{code}>{spelling})" for code, spelling in _BEFORE.items())
_END = r"(?:(?<=[\u4e00-\u9fff])|(?![a-z0-9]))"
_QUANTITY = re.compile(
    rf"(?:(?:(?<![a-z])(?:{_LEADING}))\s?)?(?<![a-z0-9])(?<!\d[.,])(?P<low>{_NUMBER})(?P<wan>万)?"
    rf"(?:{_RANGE}(?:[$€£¥]\s?)?(?P<high>{_NUMBER})(?![\d]))?"
    rf"(?:[\s-]?(?:(?P<percent>%|percent\b|per cent\b|个百分点)|(?P<zhe>折)|(?:{_MONEY}){_END}|(?:{_UNITS}){_END}))?"
)
_TIME = re.compile(
    r"(?P<part>凌晨|早上|上午|中午|下午|傍晚|晚上|夜里)?\s?(?<![\d.:])(?P<h>\d{1,2})"
    r"(?:(?:[:：](?P<min>\d\d)(?::\d\d)?)?\s?(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])|[:：](?P<min2>\d\d)(?!\d)|\s?(?:点钟?|时)(?!间|候)(?:(?P<min3>\d{1,2})分|(?P<b>半))?)"
)
_SHARED_TIME = re.compile(
    r"(?<![\d.:])(\d{1,2})(\s?(?:-|–|to|and)\s?\d{1,2}(?::\d\d)?\s?([ap])\.?m)"
)
_MOST = re.compile(
    r"(?:up to|at most|no more than|within|as early as|as little as|at least|maximum|latest|最多|不超过|最快|最慢|最迟|至少|以内)[^,.;，。；\d]*$"
)
_LISTED = re.compile(r"\s?(?:,(?:\s?(?:and|or))?|、|and|or|和|或|与|/)\s?")
_LATER = ("下午", "傍晚", "晚上", "中午")
_FREE = re.compile(
    r"\bfree of charge\b|\bfor free\b|\b(?:is|are|ships?|shipping|be|delivered) free\b|\bfree(?= (?:shipping|delivery|returns?|exchanges?|replacements?|repairs?|for|if|when|with|from|once|within)\b)|"
    r"\bnot (?:cost|charge|pay)(?: you)? anything\b|\b(?:costs?|pay|charge) (?:you )?nothing\b|\bnothing (?:from|over|above|if|for|at|more)\b|\b(?:or|is) nothing\b|"
    r"\bno (?:extra )?(?:charge|cost|fee)s?\b|\bwithout (?:charge|cost)\b|\b(?:don't|do not|needn't|need not) (?:have to )?pay\b|\bat no cost\b|"
    r"免费|包邮|免运费|免邮|不收(?:取)?(?:运|邮)?费|无需(?:支付|付)(?:运|邮)?费"
)
_WORDS = (
    (_FREE, "free", 0),
    (
        re.compile(r"\b(?:the )?next (?:business |working )?day\b|次日达?|第2天|第二天|隔[天日]"),
        "hours",
        24,
    ),
    (re.compile(r"\b(?:the )?same day\b|当[天日](?!地)|同[一1]?[天日]"), "hours", 0),
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or range with its dimension. Equal values and dimensions are the same fact."""

    dimension: str  # "money CNY", "percent", "hours", "time", …; "" for a bare count
    low: Fraction
    high: Fraction
    start: int
    end: int
    is_bound: bool = False  # "up to", "within": an end of a range may stand alone
    is_word: bool = False  # said without a number: "free", "the next day"

    def same(self, source: Quantity) -> bool:
        """Whether the source holds it."""
        if "pounds" in (self.dimension, source.dimension):
            return self._same_pounds(source)
        if self.dimension != source.dimension and not self._counts(source):
            return False
        if (self.low, self.high) == (source.low, source.high):
            return True
        is_end = self.low == self.high and self.low in (source.low, source.high)
        return is_end and self.is_bound

    def _same_pounds(self, source: Quantity) -> bool:
        """A pound is money or a weight, by what the other one is."""
        mine, theirs = (
            (q.low * _POUND, q.high * _POUND) if q.dimension == "pounds" else (q.low, q.high)
            for q in (self, source)
        )
        if {self.dimension, source.dimension} <= {"pounds", "grams"}:
            return mine == theirs
        is_money = {self.dimension, source.dimension} == {"pounds", "money GBP"}
        return is_money and (self.low, self.high) == (source.low, source.high)

    def _counts(self, source: Quantity) -> bool:
        """A count without a unit may be that of a source, whatever its unit: "… and express 1 to 2"."""
        return not self.dimension or (
            source.dimension in ("", "times") and self.dimension in ("", "times")
        )


def quantities_of(text: str) -> list[Quantity]:
    """Quantities of a folded text with numbers in digits and days blanked out.

    >>> [(q.dimension, float(q.low)) for q in quantities_of("¥1,299.00 或 1299元, 7 days")]
    [('money CNY', 1299.0), ('money CNY', 1299.0), ('hours', 168.0)]
    """
    found: list[Quantity] = []
    text = _SHARED_TIME.sub(r"\1\3m\2", text)
    for match in _TIME.finditer(text):
        minutes = _minutes(match)
        if minutes is not None:
            found.append(Quantity("time", minutes, minutes, match.start(), match.end()))
            text = (
                f"{text[: match.start()]}{' ' * (match.end() - match.start())}{text[match.end() :]}"
            )
    for pattern, dimension, value in _WORDS:
        found += [
            Quantity(dimension, Fraction(value), Fraction(value), m.start(), m.end(), is_word=True)
            for m in pattern.finditer(text)
        ]
    return found + _with_shared_units([_quantity(m, text) for m in _QUANTITY.finditer(text)], text)


def _with_shared_units(found: list[Quantity], text: str) -> list[Quantity]:
    """Of "100, 200 and 500 CNY" all are prices."""
    shared = list(found)
    for at in range(len(shared) - 2, -1, -1):
        one, after = shared[at], shared[at + 1]
        if (
            not one.dimension
            and after.dimension.startswith("money")
            and _LISTED.fullmatch(text, one.end, after.start)
        ):
            shared[at] = replace(one, dimension=after.dimension)
    return shared


def _minutes(match: re.Match[str]) -> Fraction | None:
    hour = int(match["h"])
    minute = int(match["min"] or match["min2"] or match["min3"] or (30 if match["b"] else 0))
    if hour > 24 or minute > 59:
        return None
    half = (match["half"] or "").replace(".", "")
    is_later = half == "pm" or match["part"] in _LATER
    if is_later and hour < 12 and not (match["part"] == "中午" and hour > 6):
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    return Fraction(60 * hour + minute)


def _quantity(match: re.Match[str], text: str) -> Quantity:
    low = _fraction(match["low"]) * (10_000 if match["wan"] else 1)
    high = _fraction(match["high"]) if match["high"] else low
    dimension, size = _dimension(match)
    if match["zhe"]:
        low, high = (_percent_off(low), _percent_off(high))
    is_bound = _MOST.search(text[max(0, match.start() - 24) : match.start()]) is not None
    return Quantity(dimension, low * size, high * size, match.start(), match.end(), is_bound)


def _dimension(match: re.Match[str]) -> tuple[str, Fraction]:
    one = Fraction(1)
    if match["percent"] or match["zhe"]:
        return "percent", one
    for code in _CURRENCIES:
        if match[f"c{code}"] or match[f"b{code}"]:
            return f"money {code}", one
    for n, (dimension, size, _) in enumerate(_MEASURES):
        if match[f"u{n}"]:
            return dimension, Fraction(size)
    return "", one


def _percent_off(number: Fraction) -> Fraction:
    """九五折 is 5% off, 8折 20%."""
    return 100 - number * (10 if number < 10 else 1)


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", ""))
