"""Reads a gift and whom it is for: *gift for a 5 year old boy*, 送女朋友的礼物, 爸爸生日礼物.

A person is no word of a product. Their gender and age become preferences that put suitable products first and leave nothing out, and
so do the words for a gift. Of what else was typed products must have the words, as always.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np

from baihuo.core import Reading, has_han
from baihuo.index.attribute_readers import title_terms
from baihuo.index.catalogue_words import Codes, KindNames
from baihuo.index.kind_match import LIKELY
from baihuo.index.known_phrases import phrase_key
from baihuo.index.lattice import Candidate, Text
from baihuo.index.limits.words import limit_words
from baihuo.index.query_limits import Preference
from baihuo.index.segment import Pair
from baihuo.index.vocabulary import Vocabulary
from baihuo.index.words import bigrams, is_han, query_words, stem

KIND = "gift"
"""Of the reading."""
_CHILDREN = ("boys", "girls", "kids")
_GROWN = {"boys": "men", "girls": "women", "kids": ""}  # from 18 on
_ADULT = 18  # years
_BABY = (0, 24)  # months
_BABIES = frozenset("baby babies newborn infant toddler 宝宝 婴儿 新生儿 满月".split())
_MONTHS = 12
_EVER = 1_200  # months

_AGE = r"(?:aged? )?(?P<age>\d{1,3})(?:[ -]?(?P<unit>years?|yrs?|yo?|months?|mths?|岁|周岁|个月|月)?(?:[ -]?olds?)?)"
_RANGE = re.compile(
    r"(?P<low>\d{1,3})\s*(?:(?P<end>[-–~至到]|to)\s*(?P<high>\d{1,3})|(?P<more>\+|岁?(?:以上|及以上)| ?years? and (?:up|over)))?"
    r"\s*(?P<months>months?|mths?|m\b|个月|月)?",
)
_MAY_BE_ONE = re.compile(r"gift|present|[送给礼]")
_AGE_NAMES = ("age", "ages", "年龄", "月龄")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a gift is for, and where that stands in the folded text."""

    start: int
    end: int
    gender: str  # of ``genders``, or empty
    months: tuple[int, int] | None  # their age, from and up to; None: not said


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """The ways in which a gift and a person stand together, each with the groups ``gift``, ``person`` and ``age``."""
    words = limit_words()
    persons = sorted({*words.persons, *words.genders}, key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in persons if not has_han(w))
    han = "|".join(re.escape(w) for w in persons if has_han(w) and len(w) > 1)
    person = rf"(?P<person>{latin})(?:['’]?s)?(?![a-z0-9])"
    gift = r"(?P<gift>(?:birthday |christmas |xmas |wedding |anniversary |valentines? )?(?:gifts?|presents?)(?: ideas?| sets?)?)"
    small = r"(?:(?:an?|my|the|your|his|her|our) )?"
    gift_zh = "(?P<gift>(?:生日|节日|新年|圣诞|结婚)?(?:礼物|礼品|礼盒|送礼))"
    person_zh = f"(?P<person>{han})"
    return (
        re.compile(
            rf"(?<![a-z0-9]){gift} for {small}(?:{_AGE} )?{small}{person}(?: {_AGE.replace('?P<age>', '?P<age2>').replace('?P<unit>', '?P<unit2>')}(?![a-z0-9]))?"
        ),
        re.compile(rf"(?<![a-z0-9]){gift} for {small}{_AGE}(?![a-z0-9])"),
        re.compile(rf"(?<![a-z0-9]){small}(?:{_AGE} )?{person} {gift}(?![a-z0-9])"),
        re.compile(rf"(?:送给?|给)(?:{_AGE}的?)?{person_zh}(?:的|买|买个)?{gift_zh}?"),
        re.compile(rf"(?:送给?|给)?(?:{_AGE}的?){person_zh}?的?{gift_zh}"),
        re.compile(rf"(?:送给?|给)?{person_zh}(?:{_AGE})?的?{gift_zh}"),
    )


def recipients_in(folded: str) -> list[Recipient]:
    """Whom a gift is for in a folded text, in one or two readings; none where no gift, or nobody, is named.

    >>> recipients_in("birthday gift for a 5 year old boy")
    [Recipient(start=0, end=34, gender='boys', months=(60, 72))]
    >>> [r.gender for r in recipients_in("送女朋友的礼物")]
    ['women']
    >>> recipients_in("gift box"), recipients_in("5 year old boy shoes")
    ([], [])

    A bare number at the end is an age, or of what follows:

    >>> [(r.end, r.months) for r in recipients_in("gift for boys 8 x 2gb")]
    [(15, (96, 108)), (13, None)]
    """
    if not _MAY_BE_ONE.search(folded):
        return []
    for pattern in _patterns():
        for match in pattern.finditer(folded):
            groups = match.groupdict()
            is_sent = match.group().startswith("送")
            if not groups.get("gift") and not is_sent:
                continue  # 给爸爸的鞋: shoes
            last, person = groups.get("age2"), groups.get("person") or ""
            age, unit = groups.get("age") or last, groups.get("unit") or groups.get("unit2")
            if age and not unit and not person:
                continue  # "gift for 20": money, or nobody knows
            found = [_recipient(match.start(), match.end(), person, age, unit or "")]
            if last and not unit:
                found.append(_recipient(match.start(), match.start("age2") - 1, person, None, ""))
            return found
    return []


def _recipient(start: int, end: int, person: str, age: str | None, unit: str) -> Recipient:
    words = limit_words()
    gender = words.persons.get(person) or words.genders.get(person) or ""
    gender = "" if gender in ("anybody", "unisex") else gender
    months = None
    if age:
        n = int(age)
        is_months = unit.startswith("m") or unit.endswith("月")
        months = (n, n + 1) if is_months else (n * _MONTHS, (n + 1) * _MONTHS)
    elif person in _BABIES:
        months = _BABY
    if months is not None and months[0] >= _ADULT * _MONTHS:
        gender = _GROWN.get(gender, gender)
    elif months is not None and not gender:
        gender = "kids"
    elif months is not None and gender in ("men", "women"):
        gender = "boys" if gender == "men" else "girls"
    return Recipient(start, end, gender, months)


def gifts(text: Text) -> Iterator[Candidate]:
    """Whom a gift is for. What suits them: products that titles call a gift, of their gender, for their age, and toys for children.
    The text of the person is taken out of what must match."""
    if KIND in text.as_typed:
        return
    for found in recipients_in(text.folded):
        preferences = tuple(_preferences(found, text))
        yield Candidate(KIND, found.start, found.end, preferences=preferences)


def _preferences(found: Recipient, text: Text) -> list[Preference]:
    values = [found.gender] if found.gender else []
    if found.months is not None:
        values.append(_age_text(found.months))
    words = text.folded[found.start : found.end].strip()
    reading = Reading(kind=KIND, text=words, values=(*values, "gift"))
    named, kinds = text.words.genders, text.words.kinds
    preferences = [Preference(reading=reading, terms=tuple(_gift_terms()), is_soft=True)]
    if found.gender:
        names = (found.gender, *limit_words().suits.get(found.gender, ()))
        preferences.append(
            Preference(
                reading=reading,
                exact=_codes(named.exact.get(found.gender)),
                wider=np.concatenate(
                    [_codes(named.exact.get(name)) for name in names[1:]] or [_codes(None)]
                ),
                known=named.codes,
                terms=title_terms(found.gender, named),
                is_soft=True,
            )
        )
    if found.months is not None:
        known, suitable = _of_age(text.snapshot.dictionaries.pairs, found.months)
        preferences.append(Preference(reading=reading, exact=suitable, known=known, is_soft=True))
    if found.gender in _CHILDREN and (codes := _given(kinds)):
        preferences.append(Preference(reading=reading, categories=codes))
    return preferences


def _codes(codes: Codes | None) -> Codes:
    return np.empty(0, np.int64) if codes is None else codes


def _gift_terms() -> Iterator[tuple[str, ...]]:
    for word in limit_words().gifts:
        yield tuple(bigrams(word)) if is_han(word) else (stem(word),)


def _given(kinds: KindNames) -> tuple[int, ...]:
    found = set()
    for name in limit_words().given_to_children:
        weights = kinds.sold.get(phrase_key(name), {})
        found |= {code for code, weight in weights.items() if weight >= LIKELY}
    return tuple(sorted(found))


def _age_text(months: tuple[int, int]) -> str:
    low, high = months
    if high - low == _MONTHS:
        return f"{low // _MONTHS} years"
    return f"{low} months" if high - low == 1 else f"{low}-{high} months"


# The ages that attribute values have, read again when the dictionary has grown.
_AGES: WeakKeyDictionary[Vocabulary[Pair], tuple[int, list[tuple[int, int, int]]]] = (
    WeakKeyDictionary()
)


def _of_age(pairs: Vocabulary[Pair], months: tuple[int, int]) -> tuple[Codes, Codes]:
    """The pairs of attributes that say for which age a product is, and those of them that suit an age."""
    cached = _AGES.get(pairs)
    if cached is None or cached[0] != len(pairs):
        ages = [(code, *age) for code, pair in enumerate(pairs.names) if (age := age_of(*pair))]
        cached = _AGES[pairs] = len(pairs), ages
    low, high = months
    known = np.array([code for code, *_ in cached[1]], np.int64)
    suits = [code for code, first, last in cached[1] if first < high and low < last]
    return known, np.array(suits, np.int64)


def age_of(name: str, value: str) -> tuple[int, int] | None:
    """From which month of a life, up to which one, a product is meant for, by an attribute; None: it says no age.

    >>> age_of("Recommended age", "3-6 years"), age_of("适用年龄", "3岁以上"), age_of("Age", "6-12 months")
    ((36, 84), (36, 1200), (6, 13))
    >>> age_of("Storage", "16"), age_of("Age", "any")
    (None, None)
    """
    words = {*query_words(name.casefold()), *name.casefold().split()}
    if not any(n in words or (has_han(n) and n in name) for n in _AGE_NAMES):
        return None
    match = _RANGE.search(value.casefold())
    if match is None:
        return None
    unit = 1 if match["months"] else _MONTHS
    low = int(match["low"]) * unit
    if match["high"]:
        return low, max((int(match["high"]) + 1) * unit, low + 1)
    return low, _EVER if match["more"] else low + unit
