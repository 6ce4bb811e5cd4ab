"""Cells of a listing that are unlike the same field of the other listings, most of all of those in its category.

Nothing is known of any field beforehand: which form its values have, which other fields repeat them, how often it is empty and what its
numbers are is learned from the catalogue. The p-value of a cell is the share of the catalogue that breaks the same habit.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, permutations

import numpy as np
import pyarrow as pa
from scipy.sparse import csc_array, csr_array
from scipy.special import softmax

from baihuo.quality.checks.habits.settings import FEW, HabitRules
from baihuo.quality.checks.history.signals import Codes, Numbers

TEXTS = "title_en title_zh description_en description_zh brand model category currency".split()
COLUMNS = (*TEXTS, "price_minor", "stock_units", "codes", "attributes", "import_id", "line")
_FEW_ATTRIBUTES = 200  # hundreds of them are compared: one exception in fifty is chance
_WORD_ROWS = 30  # with a word, to know which words go with it
_TOGETHER = 0.9  # of the rows with a word have its partner: a rule
_EXACT = 0.8  # of the rules between two fields have no exception
_IN_CATEGORY = 20  # listings, to know what is usual in a category
_LIST = 0.9  # of a field's values are of a small list: else it has none
_BROAD = 500  # listings with a value, to tell damage of several kinds from what differs
_RARE = 0.05  # of a field: what fewer have is rare, and where more have anything rare, nothing of it is noted
_RARER = 0.05  # times as often as the value of a listing drawn by chance: rare
_ITS_OWN_WAY = 0.1  # of a category that breaks a habit: there it is none
_TOLD_APART = 8.0  # nats between two categories, by all the words of a text
_ENOUGH = 5_000  # texts at once, and to learn a temperature
_TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_WORDS = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]+")
_NUMBERS = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:\S.*)?")
_TWICE = re.compile(r"([^\w])\1")


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that breaks a habit of its field."""

    row: int
    field: str
    signal: str
    p: float  # the share of the catalogue that breaks this habit


@dataclass(frozen=True, slots=True)
class Fields:
    """The filled cells of each field, by row; attributes have a field each."""

    texts: dict[str, dict[int, str]]
    category: list[str]  # of each row, "" where it has none
    mostly_filled: list[str]  # fields that half of the listings or more have

    @property
    def broad(self) -> list[str]:
        """Fields of so many listings that each of their rare values and signs is a habit of its own."""
        return [name for name in self.mostly_filled if len(self.texts[name]) >= _BROAD]

    def groups(self, *names: str) -> list[Mapping[int, str]]:
        """The values of some fields by row: groups that may each have a way of their own."""
        return [self.texts.get(name, {}) for name in names]


def find_odd(products: pa.Table, rules: HabitRules) -> list[Odd]:
    """Cells by row, each with the rarest habit that it breaks; one that more than a share of the catalogue breaks is none."""
    fields = _fields(products)
    found: list[Odd] = []
    for look in (
        _other_numbers,
        _words_apart,
        _other_marks,
        _empty_or_not,
        _rare_words,
        _far_numbers,
        _repeated,
        _other_kind,
    ):
        found += (odd for odd in look(fields) if odd.p <= rules.max_share)
    rarest = {(odd.row, odd.field): odd for odd in sorted(found, key=lambda odd: (-odd.p, odd.signal))}
    return sorted(rarest.values(), key=lambda odd: (odd.row, odd.p))


def _fields(products: pa.Table) -> Fields:
    columns = {name: products[name].to_pylist() for name in (*TEXTS, "price_minor", "stock_units")}
    columns["codes"] = [(codes or [None])[0] for codes in products["codes"].to_pylist()]
    texts = {
        name: {row: str(value) for row, value in enumerate(held) if value not in (None, "")}
        for name, held in columns.items()
    }
    for row, text in enumerate(products["attributes"].to_pylist()):
        for name, value in json.loads(text).items() if text else ():
            if value not in (None, ""):
                texts.setdefault(f"attributes.{name}", {})[row] = str(value)
    few = {name: _FEW_ATTRIBUTES if name.startswith("attributes.") else FEW for name in texts}
    return Fields(
        {name: held for name, held in texts.items() if len(held) >= few[name]},
        [text or "" for text in columns["category"]],
        [n for n, held in texts.items() if len(held) >= max(few[n], products.num_rows / 2)],
    )


def _unusual(
    rows: Sequence[int], is_broken: Sequence[bool], groups: Sequence[Mapping[int, str]]
) -> Iterator[tuple[int, float]]:
    """The rows that break a habit, each with the share that does; not those of a group (by row: a category, a brand) whose own way it is."""
    broken = [row for row, is_odd in zip(rows, is_broken, strict=True) if is_odd]
    is_usual = set[int]()
    for group in groups if broken else ():
        of = Counter(group[row] for row in rows if row in group)
        n_broken = Counter(group[row] for row in broken if row in group)
        own = {kind for kind, n in n_broken.items() if n > max(2, _ITS_OWN_WAY * of[kind])}
        is_usual.update(row for row in broken if group.get(row) in own)
    return ((row, len(broken) / len(rows)) for row in broken if row not in is_usual)


def _other_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers that another field nearly always repeats: those of a title in the other language, a measure in the title."""
    numbers = {
        name: {row: found for row, text in held.items() if (found := set(_NUMBERS.findall(text)))}
        for name, held in fields.texts.items()
    }
    for name, held in numbers.items():
        for other in (one for one in fields.mostly_filled if one != name):
            wide = numbers[other]
            rows = [row for row in held if row in wide]
            if len(rows) < FEW:
                continue
            pairs = zip(rows, np.roll(rows, 7), strict=True)
            chance = np.mean([held[a] <= wide[b] for a, b in pairs])
            is_missing = [not held[row] <= wide[row] for row in rows]
            if chance < 0.5 and np.mean(is_missing) < 0.1:
                for row, p in _unusual(rows, is_missing, fields.groups("category")):
                    yield Odd(row, name, f"{other} has other numbers", p)


def _words_apart(fields: Fields) -> Iterator[Odd]:
    """Words without the word that another field has with them: *purple* without 紫色 (association rules, Agrawal 1993).

    Two fields say the same where nearly all of their rules have no exception; elsewhere words often go together, and no more.
    Two rules with exceptions are added, so that a few rules say nothing.
    """
    names = [name for name in TEXTS if name in fields.texts]
    names += [name for name in fields.mostly_filled if name.startswith("attributes.")]
    words = {name: _words_by_row(fields, name) for name in names}
    for name, other in permutations(names, 2):
        n_covered, rules = _rules_broken(words[name], words[other])
        n_of_row = Counter(row for _, apart in rules for row in apart)
        # a row that breaks several rules is another product's: it says nothing of the rules
        exact = [all(n_of_row[row] > 1 for row in apart) for _, apart in rules]
        if sum(exact) >= _EXACT * (len(exact) + 2) and len(n_of_row) <= _RARE * n_covered:
            signal = f"without words that go with its {name}"
            few = [apart for n, apart in rules if len(apart) <= _RARE * n]
            share = {row: len(apart) / n_covered for apart in few for row in apart}
            yield from (Odd(row, other, signal, p) for row, p in share.items())


def _rules_broken(words: csc_array, partners: csc_array) -> tuple[int, list[tuple[int, list[int]]]]:
    """The number of rows with any word that has a partner; for each such word how many rows have it, and those of them without the partner."""
    is_known = partners.sum(1) > 0  # rows in which the other field has any of its words
    n_known = int(is_known.sum())
    together = (words.multiply(is_known[:, None]).T @ partners).tocsr()
    n_with, share = words.T @ is_known, partners.sum(0) / max(1, n_known)
    covered, rules = np.zeros(len(is_known), bool), list[tuple[int, list[int]]]()
    for word in np.flatnonzero(n_with >= _WORD_ROWS):
        part = slice(together.indptr[word], together.indptr[word + 1])
        n_together, with_it = together.data[part], together.indices[part]
        best = int(np.argmax(n_together)) if len(n_together) else -1
        if best < 0 or n_together[best] < _TOGETHER * n_with[word] or share[with_it[best]] > 0.5:
            continue
        rows = words.indices[words.indptr[word] : words.indptr[word + 1]]
        rows = rows[is_known[rows]]
        of_partner = partners.indptr[with_it[best]], partners.indptr[with_it[best] + 1]
        has_it = np.isin(rows, partners.indices[slice(*of_partner)], assume_unique=True)
        covered[rows] = True
        rules.append((len(rows), rows[~has_it].tolist()))
    return int(covered.sum()), rules


def _words_by_row(fields: Fields, name: str) -> csc_array:
    """Which listing has which word of a field ``[rows, words]``; only words of many listings."""
    held = fields.texts[name]
    some = _words_of(list(held.values()), least=_WORD_ROWS).tocoo()
    at = np.array(list(held))[some.row], some.col
    return csc_array((some.data, at), (len(fields.category), some.shape[1]))


def _other_marks(fields: Fields) -> Iterator[Odd]:
    """Texts with signs that the field hardly ever has, or without those that it always has.

    Where nearly all texts are written in a small alphabet, any other sign is odd; elsewhere signs differ between suppliers.
    """
    for name in fields.broad:
        held = fields.texts[name]
        signs = [_signs(text) for text in held.values()]
        n_with = Counter(chain.from_iterable(signs))
        few = _RARE * len(held)
        common = {sign for sign, n in n_with.items() if n >= few}
        if sum(not one <= common for one in signs) > few:
            continue
        for sign, n in n_with.items():
            is_usual = n > 0.5 * len(held)
            if min(n, len(held) - n) < few:
                is_odd = [(sign in one) != is_usual for one in signs]
                words = f"without {sign}" if is_usual else sign
                for row, p in _unusual(list(held), is_odd, fields.groups("category", "brand")):
                    yield Odd(row, name, words, p)


def _signs(text: str) -> set[str]:
    """What a text is written with: scripts, small and capital letters, digits, and each other sign; also which signs it repeats.

    >>> sorted(_signs("Tent  2!"))
    ['!', 'capitals', 'digits', 'small letters', 'two blanks']
    """
    signs = {_sign(letter) for letter in set(text)} - {"blank"}
    return signs | {
        f"two {_sign(found)}s" if found.isspace() else found * 2 for found in _TWICE.findall(text)
    }


@lru_cache(maxsize=100_000)
def _sign(letter: str) -> str:
    if letter.isspace():
        return "blank"
    if letter.isdigit():
        return "digits"
    if letter.isascii() and letter.isalpha():
        return "capitals" if letter.isupper() else "small letters"
    if letter.isalpha():
        return f"{unicodedata.name(letter, 'unknown').split()[0].split('-')[0]} letters"
    return letter


def _empty_or_not(fields: Fields) -> Iterator[Odd]:
    """Cells that are empty where nearly none of the category is, or filled where nearly none is."""
    of: dict[str, list[int]] = defaultdict(list)
    for row, kind in enumerate(fields.category):
        of[kind].append(row)
    large = {kind: rows for kind, rows in of.items() if kind and len(rows) >= _IN_CATEGORY}
    n_known = sum(map(len, large.values()))
    for name, held in fields.texts.items():
        by_kind: dict[str, list[int]] = defaultdict(list)
        for row in held:
            by_kind[fields.category[row]].append(row)
        filled, empty = list[int](), list[int]()
        for kind, rows in large.items():
            there = by_kind.get(kind, [])
            if len(there) >= 0.9 * len(rows):
                empty += (row for row in rows if row not in held)
            elif len(there) <= 0.1 * len(rows):
                filled += there
        n_filled = sum(len(by_kind[kind]) for kind in large if kind in by_kind)
        for rows, n_same, words in (
            (empty, n_known - n_filled, "empty"),
            (filled, n_filled, "only this of its category has one"),
        ):
            if len(rows) < 0.1 * n_same or len(rows) == n_same:  # the category decides it
                yield from (Odd(row, name, words, len(rows) / n_known) for row in rows)


def _rare_words(fields: Fields) -> Iterator[Odd]:
    """Values that few others have, of fields whose values are a small list in which each has many."""
    for name, held in fields.texts.items():
        n = Counter(held.values())
        usual = sum(one * one for one in n.values()) / len(held)  # of a listing drawn by chance
        few = {text for text, one in n.items() if one <= max(2, usual * _RARER)}
        often = sum(one for one in n.values() if one >= max(10, 0.01 * len(held)))
        p = sum(n[text] for text in few) / len(held)
        if often >= _LIST * len(held) and p <= _RARE:
            for row, text in held.items():
                if text in few:
                    own = n[text] / len(held) if name in fields.broad else p
                    yield Odd(row, name, "a value that nearly no other has", own)


def _far_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers far from those of the category (six deviations in logarithms), and zeros."""
    for name, held in fields.texts.items():
        parts = {row: _NUMBER.fullmatch(text) for row, text in held.items()}
        read = {row: float(found[1]) for row, found in parts.items() if found}
        if len(read) < 0.8 * len(held):
            continue
        by_category: dict[str, list[int]] = defaultdict(list)
        for row, number in read.items():
            if number:
                by_category[fields.category[row]].append(row)
        zeros = [row for row, number in read.items() if not number]
        yield from (Odd(row, name, "zero", len(zeros) / len(held)) for row in zeros)
        known = [rows for rows in by_category.values() if len(rows) >= _IN_CATEGORY]
        n_known, far = sum(map(len, known)), list[int]()
        for rows in known:
            logs = np.log([read[row] for row in rows])
            away = abs(logs - np.median(logs))
            limit = max(6 * max(float(np.median(away)) / 0.6745, 0.05), 1.0)
            far += (rows[n] for n in np.flatnonzero(away > limit))
        yield from (Odd(row, name, "far from its category", len(far) / n_known) for row in far)


def _repeated(fields: Fields) -> Iterator[Odd]:
    """Values that several listings have, of fields in which nearly all differ."""
    for name, held in fields.texts.items():
        n = Counter(held.values())
        p = sum(one for one in n.values() if one > 1) / len(held)
        if p < 0.1:
            for row, text in held.items():
                if n[text] > 1:
                    yield Odd(row, name, f"{n[text]} listings have it", p)


def _other_kind(fields: Fields) -> Iterator[Odd]:
    """Texts whose words are those of another category (naive Bayes, each text left out of the counts that it is judged by)."""
    kinds = [kind for kind, n in Counter(fields.category).items() if kind and n >= _IN_CATEGORY]
    place = {kind: n for n, kind in enumerate(kinds)}
    for name in (name for name in TEXTS if name != "category" and name in fields.texts):
        held = fields.texts[name]
        rows = [row for row, t in held.items() if len(t) > 8 and fields.category[row] in place]
        if len(rows) < 4 * FEW or len(kinds) < 2:
            continue
        own = np.array([place[fields.category[row]] for row in rows])
        words = _words_of([held[row] for row in rows], least=max(3, len(rows) // 20_000))
        drawn = np.arange(0, len(rows), 1 + len(rows) // _ENOUGH)
        counts = np.stack([words[own == kind].sum(0) for kind in range(len(kinds))], axis=1)
        sizes = np.bincount(own, minlength=len(kinds)).astype(float)
        temperature = _temperature(_likelihood(words[drawn], own[drawn], counts, sizes), own[drawn])
        odd: list[tuple[int, str]] = []
        for start in range(0, len(rows), _ENOUGH):
            part = slice(start, start + _ENOUGH)
            logs = _likelihood(words[part], own[part], counts, sizes) / temperature
            margin = logs.max(1) - logs[np.arange(len(logs)), own[part]]
            for n in np.flatnonzero(margin > _TOLD_APART):
                odd.append((rows[start + n], kinds[int(logs[n].argmax())]))
        for row, other in odd:
            yield Odd(row, name, f"its words are those of {other}", len(odd) / len(rows))


def _words(text: str) -> list[str]:
    """Words of letters and digits, and each two Chinese letters that follow each other."""
    found: list[str] = []
    for word in _WORDS.findall(text.lower()):
        han = word[0] >= "\u4e00"
        found += [word[n : n + 2] for n in range(max(1, len(word) - 1))] if han else [word]
    return found


def _words_of(texts: Sequence[str], least: int) -> csr_array:
    """Which text has which word ``[texts, words]``, of the words that at least so many texts have."""
    words = [dict.fromkeys(_words(text)) for text in texts]
    n = Counter(word for held in words for word in held)
    number = {word: at for at, word in enumerate(w for w in n if n[w] >= least)}
    of = [[number[word] for word in held if word in number] for held in words]
    starts = np.cumsum([0, *map(len, of)])
    columns = np.fromiter(chain.from_iterable(of), np.int64, starts[-1])
    return csr_array((np.ones(len(columns)), columns, starts), (len(texts), len(number)))


def _likelihood(words: csr_array, own: Codes, counts: Numbers, sizes: Numbers) -> Numbers:
    """log P(the words of a text) in each category ``[texts, categories]``; of its own one without the text itself.

    Args:
        counts: texts with a word ``[words, categories]``.
        sizes: texts ``[categories]``.
    """
    n_words = np.diff(words.indptr)
    logs: Numbers = words @ np.log(counts + 0.1) - np.outer(n_words, np.log(sizes + 1))
    texts = np.repeat(np.arange(len(own)), n_words)
    left = np.log(counts[words.indices, own[texts]] - 1 + 0.1)
    of_own = np.bincount(texts, left, len(own)) - n_words * np.log(sizes[own])
    logs[np.arange(len(own)), own] = of_own
    return logs


def _temperature(logs: Numbers, own: Codes) -> float:
    """What log-likelihoods are divided by to be as sure as they are right: words of a text depend on each other, so naive Bayes is too sure.

    A text in fifty may be in a wrong category, which keeps those from deciding.
    """

    def loss(temperature: float) -> float:
        p = softmax(logs / temperature, axis=1)[np.arange(len(own)), own]
        return float(-np.log(0.98 * p + 0.02 / logs.shape[1]).mean())

    return min(_TEMPERATURES, key=loss)
