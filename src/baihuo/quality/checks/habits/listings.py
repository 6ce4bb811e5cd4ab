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
from scipy.special import softmax

from baihuo.quality.checks.habits.settings import HabitRules
from baihuo.quality.checks.history.signals import Codes, Numbers

TEXTS = "title_en title_zh description_en description_zh brand model category currency".split()
COLUMNS = (*TEXTS, "price_minor", "stock_units", "codes", "attributes", "import_id", "line")
_FEW = 50  # listings with a value: of fewer nothing is learned
_IN_CATEGORY = 20  # listings, to know what is usual in a category
_RARER = 0.05  # times as often as the value of a listing drawn by chance: rare
_ITS_OWN_WAY = 0.1  # of a category that breaks a habit: there it is none
_TOLD_APART = 8.0  # nats between two categories, by all the words of a text
_ENOUGH = 5_000  # texts, to learn a temperature
_TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
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
        _against_its_group,
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
        odd: dict[str, list[int]] = {"empty": [], "only this of its category has one": []}
        n_known = 0
        for rows in (rows for rows in of.values() if len(rows) >= _IN_CATEGORY):
            n_known += len(rows)
            n_filled = sum(bool(held[row]) for row in rows)
            if n_filled >= 0.9 * len(rows):
                odd["empty"] += (row for row in rows if not held[row])
            elif n_filled <= 0.1 * len(rows):
                odd["only this of its category has one"] += (row for row in rows if held[row])
        for words, rows in odd.items():
            yield from (Odd(row, name, words, len(rows) / n_known) for row in rows)


def _rare_words(fields: Fields) -> Iterator[Odd]:
    """Values that few others have, of fields whose values are a small list in which each has many."""
    for name, held in fields.texts.items():
        n = Counter(text for text in held if text)
        total = sum(n.values())
        usual = sum(one * one for one in n.values()) / total  # of a listing drawn by chance
        few = {text for text, one in n.items() if one <= max(2, usual * _RARER)}
        is_list = sum(one for one in n.values() if one >= max(10, 0.01 * total)) > 0.9 * total
        p = sum(n[text] for text in few) / total
        if is_list:
            yield from (
                Odd(row, name, "a value that nearly no other has", p)
                for row, text in enumerate(held)
                if text in few
            )


def _against_its_group(fields: Fields) -> Iterator[Odd]:
    """Values other than nearly all with the same value of another field have (approximate functional dependencies, TANE 1999)."""
    lists = {
        name: held
        for name, held in fields.texts.items()
        if len(set(held)) <= 0.05 * len(held) and name != "price_minor"
    }
    for name, held in lists.items():
        most_by_chance = Counter(text for text in held if text).most_common(1)[0][1]
        for other in (one for one in lists if one != name):
            by: dict[str, list[int]] = defaultdict(list)
            for row, text in enumerate(held):
                if text and lists[other][row]:
                    by[lists[other][row]].append(row)
            groups = [rows for rows in by.values() if len(rows) >= _IN_CATEGORY]
            n_known, broken = sum(map(len, groups)), list[int]()
            for rows in groups:
                most = Counter(held[row] for row in rows).most_common(1)[0][0]
                broken += (row for row in rows if held[row] != most)
            # it must hold better than the most frequent value of all does
            if n_known > 0.5 * len(held) and len(broken) < 0.2 * (len(held) - most_by_chance):
                for row in broken:
                    yield Odd(
                        row, name, f"others with its {other} have another", len(broken) / n_known
                    )


def _far_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers far from those of the category (six deviations in logarithms), and units that few of it have."""
    for name, held in fields.texts.items():
        filled = [text for text in held if text]
        if sum(_NUMBER.fullmatch(text) is not None for text in filled) < 0.8 * len(filled):
            continue
        by_category: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
        zeros: list[int] = []
        for row, text in enumerate(held):
            found = _NUMBER.fullmatch(text)
            if found and not float(found[1]):
                zeros.append(row)
            elif found:
                by_category[fields.category[row]].append(
                    (row, float(np.log(float(found[1]))), found[2] or "")
                )
        yield from (Odd(row, name, "zero", len(zeros) / len(filled)) for row in zeros)
        known = [numbers for numbers in by_category.values() if len(numbers) >= _IN_CATEGORY]
        far: list[int] = []
        other_units: list[tuple[int, str]] = []
        for numbers in known:
            values = np.array([value for _, value, _ in numbers])
            middle = float(np.median(values))
            deviation = max(float(np.median(abs(values - middle))) / 0.6745, 0.05)
            units = Counter(unit for _, _, unit in numbers)
            for row, value, unit in numbers:
                if abs(value - middle) > max(6 * deviation, 1.0):
                    far.append(row)
                if units[unit] <= 0.03 * len(numbers):
                    other_units.append((row, unit))
        n_known = sum(map(len, known))
        yield from (Odd(row, name, "far from its category", len(far) / n_known) for row in far)
        for row, unit in other_units:
            words = f"few of its category have the unit {unit!r}"
            yield Odd(row, name, words, len(other_units) / n_known)


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
    """Texts whose words are those of another category."""
    kinds = [kind for kind, n in Counter(fields.category).items() if kind and n >= _IN_CATEGORY]
    place = {kind: n for n, kind in enumerate(kinds)}
    for name, held in fields.texts.items():
        rows = [row for row, t in enumerate(held) if len(t) > 8 and fields.category[row] in place]
        if name == "category" or len(rows) < 4 * _FEW or len(kinds) < 2:
            continue
        own = np.array([place[fields.category[row]] for row in rows])
        words = _Words.counted([held[row] for row in rows], own, len(kinds))
        temperature, odd = words.temperature(), []
        for n, row in enumerate(rows):
            logs = words.likelihood(n) / temperature
            if logs.max() - logs[own[n]] > _TOLD_APART:
                odd.append((row, kinds[int(logs.argmax())]))
        for row, other in odd:
            yield Odd(row, name, f"its words are those of {other}", len(odd) / len(rows))


@dataclass(frozen=True, slots=True)
class _Words:
    """Naive Bayes of texts by their categories; each text is left out of the counts that it is judged by."""

    of: list[Codes]  # the numbers of each text's words
    own: Codes  # the category of each text
    counts: Numbers  # texts with a word [words, categories]
    sizes: Numbers  # texts [categories]

    @classmethod
    def counted(cls, texts: Sequence[str], own: Codes, n_kinds: int) -> _Words:
        words = [set(_WORDS.findall(text.lower())) for text in texts]
        n = Counter(word for held in words for word in held)
        number = {word: at for at, word in enumerate(w for w in n if n[w] >= 3)}
        of = [
            np.array([number[word] for word in held if word in number], np.int64) for held in words
        ]
        counts = np.zeros((len(number), n_kinds))
        for at, kind in zip(of, own, strict=True):
            counts[at, kind] += 1
        return cls(of, own, counts, np.bincount(own, minlength=n_kinds).astype(float))

    def likelihood(self, n: int) -> Numbers:
        """log P(the words of a text) in each category."""
        left = np.zeros(len(self.sizes))
        left[self.own[n]] = 1
        logs: Numbers = np.log((self.counts[self.of[n]] - left + 0.1) / (self.sizes - left + 1))
        return logs.sum(0)

    def temperature(self) -> float:
        """What log-likelihoods are divided by to be as sure as they are right: words of a text depend on each other, so naive Bayes is too sure.

        A text in fifty may be in a wrong category, which keeps those from deciding.
        """
        drawn = range(0, len(self.of), 1 + len(self.of) // _ENOUGH)
        logs, own = np.array([self.likelihood(n) for n in drawn]), self.own[list(drawn)]

        def loss(temperature: float) -> float:
            p = softmax(logs / temperature, axis=1)[np.arange(len(own)), own]
            return float(-np.log(0.98 * p + 0.02 / logs.shape[1]).mean())

        return min(_TEMPERATURES, key=loss)
