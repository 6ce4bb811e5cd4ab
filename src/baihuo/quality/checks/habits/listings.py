"""Cells of a listing that are unlike the same field of the other listings, most of all of those in its category.

Nothing is known of any field beforehand: which form its values have, in which other fields they are said again, how often it is empty and what its
numbers are is learned from the catalogue. The p-value of a cell is the share of the catalogue that breaks the same habit.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from baihuo.quality.checks.habits.settings import HabitRules

TEXTS = "title_en title_zh description_en description_zh brand model category currency".split()
COLUMNS = (*TEXTS, "price_minor", "stock_units", "codes", "attributes", "import_id", "line")
_FEW = 50  # listings with a value: of fewer nothing is learned
_IN_CATEGORY = 20  # listings, to know what is usual in a category
_ITS_OWN_WAY = 0.1  # of a category that breaks a habit: there it is none
_TOLD_APART = 8.0  # nats between two categories, by all the words of a text
_NO_LETTERS = re.compile(r"[\W_]+")
_WORDS = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]{1,2}")
_NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(\S.*)?")
_FORM = ((r"[0-9]+", "9"), (r"[A-Z]+", "A"), (r"[a-z]+", "a"), (r"[\u4e00-\u9fff]+", "字"))
_MARKS = {
    "a blank at its end": r"^\s|\s$",
    "two blanks": r"\S\s{2,}\S",
    "a small first letter": r"^[a-z]",
    "capitals alone": r"^(?=.*[A-Z]{3})[^a-z]*$",
    "markup": r"<[a-zA-Z/!]|&[a-zA-Z#]+;",
    "unusual signs": r"[^\x20-\x7e\u4e00-\u9fff\u3000-\u303f\uff00-\uffef–—’‘“”…°²³×é®™µ]",
    "Chinese letters": r"[\u4e00-\u9fff]",
    "digits": r"[0-9]",
    "an address": r"https?:|www\.",
    "brackets": r"[\[\]{}<>|\\^~]",
    "three marks": r"[!?.,;:*#=/-]{3}",
    "a question mark in a word": r"\w\?\w",
    "a word twice": r"\b(\w{3,}) \1\b",
}


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that breaks a habit of its field."""

    row: int
    field: str
    signal: str
    p: float  # the share of the catalogue that breaks this habit


@dataclass(frozen=True, slots=True)
class Fields:
    """The texts of each field ``[rows]``, ``""`` where it is empty; attributes have a field each."""

    texts: dict[str, list[str]]
    category: list[str]


def find_odd(products: pa.Table, rules: HabitRules) -> list[Odd]:
    """Cells by row; a habit that more than ``max_share`` of the catalogue breaks is none."""
    fields = _fields(products)
    found: list[Odd] = []
    for look in (
        _not_said_again,
        _other_marks,
        _other_form,
        _empty_or_not,
        _rare_words,
        _far_numbers,
        _repeated,
        _other_kind,
    ):
        found += (odd for odd in look(fields) if odd.p <= rules.max_share)
    return sorted(found, key=lambda odd: (odd.row, odd.p))


def _fields(products: pa.Table) -> Fields:
    n = products.num_rows
    texts = {name: [text or "" for text in products[name].to_pylist()] for name in TEXTS}
    for name in ("price_minor", "stock_units"):
        texts[name] = [
            "" if number is None else str(number) for number in products[name].to_pylist()
        ]
    texts["codes"] = [(codes or [""])[0] or "" for codes in products["codes"].to_pylist()]
    for row, text in enumerate(products["attributes"].to_pylist()):
        for name, value in json.loads(text or "{}").items():
            texts.setdefault(f"attributes.{name}", [""] * n)[row] = str(value)
    return Fields(
        {name: held for name, held in texts.items() if sum(map(bool, held)) >= _FEW},
        texts["category"],
    )


def _unusual(
    fields: Fields, rows: Sequence[int], is_broken: Sequence[bool]
) -> Iterator[tuple[int, float]]:
    """The rows that break a habit, each with the share that does; not those of a category whose own way it is."""
    n_broken = sum(is_broken)
    if not n_broken:
        return
    of = Counter(fields.category[row] for row in rows)
    broken = Counter(
        fields.category[row] for row, is_odd in zip(rows, is_broken, strict=True) if is_odd
    )
    for row, is_odd in zip(rows, is_broken, strict=True):
        kind = fields.category[row]
        if is_odd and broken[kind] <= max(2, _ITS_OWN_WAY * of[kind]):
            yield row, n_broken / len(rows)


def _not_said_again(fields: Fields) -> Iterator[Odd]:
    """Values that another field nearly always repeats: a brand in the title, a colour in the description."""
    plain = {
        name: [_NO_LETTERS.sub("", text.lower()) for text in held]
        for name, held in fields.texts.items()
    }
    for name, held in plain.items():
        short = [row for row, text in enumerate(held) if len(text) >= 2]
        if len(short) < _FEW or np.median([len(held[row]) for row in short]) > 40:
            continue
        for other, wide in plain.items():
            rows = [row for row in short if len(wide[row]) >= len(held[row])]
            if other == name or len(rows) < _FEW:
                continue
            chance = np.mean(
                [held[a] in wide[b] for a, b in zip(rows, np.roll(rows, 7), strict=True)]
            )
            if chance > 0.5:
                continue
            is_missing = [held[row] not in wide[row] for row in rows]
            if np.mean(is_missing) < 0.1:
                for row, p in _unusual(fields, rows, is_missing):
                    yield Odd(row, name, f"{other} does not say it", p)


def _other_marks(fields: Fields) -> Iterator[Odd]:
    """Texts with signs that the field never has elsewhere, or without those that it always has."""
    for name, held in fields.texts.items():
        rows = [row for row, text in enumerate(held) if text]
        for words, pattern in _MARKS.items():
            seek = re.compile(pattern).search
            has = [seek(held[row]) is not None for row in rows]
            if np.mean(has) > 0.5:
                has, words = [not one for one in has], f"without {words}"
            for row, p in _unusual(fields, rows, has):
                yield Odd(row, name, words, p)


def _other_form(fields: Fields) -> Iterator[Odd]:
    """Short values of a form (letters, digits, signs) that few others of the field have."""
    for name, held in fields.texts.items():
        rows = [row for row, text in enumerate(held) if text]
        if np.median([len(held[row]) for row in rows]) > 16:
            continue
        forms = [_form(held[row]) for row in rows]
        n = Counter(forms)
        if sum(one for one in n.values() if one > 0.02 * len(rows)) > 0.9 * len(rows):
            is_rare = [n[form] <= 0.01 * len(rows) for form in forms]
            for row, p in _unusual(fields, rows, is_rare):
                yield Odd(row, name, f"its form is {_form(held[row])}", p)


@lru_cache(maxsize=65_536)
def _form(text: str) -> str:
    for part, sign in _FORM:
        text = re.sub(part, sign, text)
    return text[:24]


def _empty_or_not(fields: Fields) -> Iterator[Odd]:
    """Cells that are empty where nearly none of the category is, or filled where nearly none is."""
    of: dict[str, list[int]] = defaultdict(list)
    for row, kind in enumerate(fields.category):
        of[kind].append(row)
    for name, held in fields.texts.items():
        for rows in (rows for rows in of.values() if len(rows) >= _IN_CATEGORY):
            n_filled = sum(bool(held[row]) for row in rows)
            for is_odd, n, words in (
                (True, n_filled, "only this of its category has one"),
                (False, len(rows) - n_filled, "empty"),
            ):
                if n <= 0.1 * len(rows):
                    yield from (
                        Odd(row, name, words, n / len(rows))
                        for row in rows
                        if bool(held[row]) == is_odd
                    )


def _rare_words(fields: Fields) -> Iterator[Odd]:
    """Values that nearly nobody else has, of fields whose values are a small list."""
    for name, held in fields.texts.items():
        n = Counter(text for text in held if text)
        total = sum(n.values())
        if sum(one for one in n.values() if one >= max(10, 0.01 * total)) > 0.9 * total:
            few = {text: one / total for text, one in n.items() if one <= max(2, 0.002 * total)}
            p = sum(few.values())
            yield from (
                Odd(row, name, "a value that nearly no other has", p)
                for row, text in enumerate(held)
                if text in few
            )


def _far_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers far from those of the category (six deviations in logarithms), and units that few of it have."""
    for name, held in fields.texts.items():
        filled = [text for text in held if text]
        if sum(_NUMBER.fullmatch(text) is not None for text in filled) < 0.8 * len(filled):
            continue
        by_category: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
        for row, text in enumerate(held):
            found = _NUMBER.fullmatch(text)
            if found and float(found[1]) > 0:
                by_category[fields.category[row]].append(
                    (row, float(np.log(float(found[1]))), found[2] or "")
                )
        for numbers in (one for one in by_category.values() if len(one) >= _IN_CATEGORY):
            values = np.array([value for _, value, _ in numbers])
            middle = float(np.median(values))
            deviation = max(float(np.median(abs(values - middle))) / 0.6745, 0.05)
            units = Counter(unit for _, _, unit in numbers)
            n_rare = sum(n for n in units.values() if n <= 0.03 * len(numbers))
            for row, value, unit in numbers:
                if abs(value - middle) > max(6 * deviation, 1.0):
                    yield Odd(row, name, "far from its category", 1 / len(values))
                if units[unit] <= 0.03 * len(numbers):
                    yield Odd(
                        row,
                        name,
                        f"few of its category have the unit {unit!r}",
                        n_rare / len(numbers),
                    )


def _repeated(fields: Fields) -> Iterator[Odd]:
    """Values that several listings have, of fields in which nearly all differ."""
    for name, held in fields.texts.items():
        n = Counter(text for text in held if text)
        total = sum(n.values())
        p = sum(one for one in n.values() if one > 1) / total
        yield from (
            Odd(row, name, f"{n[text]} listings have it", p)
            for row, text in enumerate(held)
            if n[text] > 1 and p < 0.1
        )


def _other_kind(fields: Fields) -> Iterator[Odd]:
    """Texts whose words are those of another category (naive Bayes, each listing left out of its own counts)."""
    kinds = [kind for kind, n in Counter(fields.category).items() if kind and n >= _IN_CATEGORY]
    place = {kind: n for n, kind in enumerate(kinds)}
    for name, held in fields.texts.items():
        rows = [
            row for row, text in enumerate(held) if len(text) > 8 and fields.category[row] in place
        ]
        if name == "category" or len(rows) < 4 * _FEW or len(kinds) < 2:
            continue
        words = {row: set(_WORDS.findall(held[row].lower())) for row in rows}
        often = [
            word
            for word, n in Counter(w for held_by in words.values() for w in held_by).items()
            if n >= 3
        ]
        number = {word: n for n, word in enumerate(often)}
        counts = np.zeros((len(often), len(kinds)))
        own = {row: place[fields.category[row]] for row in rows}
        for row in rows:
            counts[[number[word] for word in words[row] if word in number], own[row]] += 1
        sizes = np.bincount(list(own.values()), minlength=len(kinds)).astype(float)
        for row in rows:
            known = [number[word] for word in words[row] if word in number]
            if not known:
                continue
            seen, of = counts[known], sizes.copy()
            seen[:, own[row]] -= 1
            of[own[row]] -= 1
            likelihood = np.log((seen + 0.1) / (of + 1)).sum(0)
            best = int(likelihood.argmax())
            if likelihood[best] - likelihood[own[row]] > _TOLD_APART:
                yield Odd(row, name, f"its words are those of {kinds[best]}", 1 / len(rows))
