"""Cells of a listing that are unlike the same field of the other listings, most of all of those in its category.

Nothing is known of any field beforehand: which form its values have, which other fields repeat them, how often it is empty and what its
numbers are is learned from the catalogue; of a large one, whether something is a habit from a part of it. The p-value of a cell is the share of the
catalogue that breaks the same habit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csc_array, csr_array
from scipy.special import softmax

from baihuo.quality.checks.habits.fields import TEXTS, Fields, Flags, Pairs, numbers_in, signs_in
from baihuo.quality.checks.habits.settings import FEW, HabitRules
from baihuo.quality.checks.history.signals import Codes, Numbers

_WORD_ROWS = 30  # with a word, to know which words go with it
_TOGETHER = 0.9  # of the rows with a word have its partner: a rule
_EXACT = 0.8  # of the rules between two fields have no exception
_IN_CATEGORY = 20  # listings, to know what is usual in a category
_LIST = 0.9  # of a field's values are of a small list: else it has none
_RARE = 0.05  # of a field: what fewer have is rare, and where more have anything rare, nothing of it is noted
_RARER = 0.05  # times as often as the value of a listing drawn by chance: rare
_ITS_OWN_WAY = 0.1  # of a category that breaks a habit: there it is none
_TOLD_APART = 8.0  # nats between two categories, by all the words of a text
_ENOUGH = 5_000  # texts at once, and to learn a temperature
_TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
_NUMBER = r"^\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:\S.*)?$"


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that breaks a habit of its field."""

    row: int
    field: str
    signal: str
    p: float  # the share of the catalogue that breaks this habit


def find_odd(products: pa.Table, rules: HabitRules) -> list[Odd]:
    """Cells by row, each with the rarest habit that it breaks; one that more than a share of the catalogue breaks is none."""
    fields = Fields.of(products)
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
    worst_first = sorted(found, key=lambda odd: (-odd.p, odd.signal))
    rarest = {(odd.row, odd.field): odd for odd in worst_first}
    return sorted(rarest.values(), key=lambda odd: (odd.row, odd.p))


def _odd(rows: Codes, field: str, signal: str, p: float) -> Iterator[Odd]:
    return (Odd(row, field, signal, p) for row in rows.tolist())


def _unusual(
    fields: Fields, rows: Codes, is_broken: Flags, field: str, signal: str, *groups: str
) -> Iterator[Odd]:
    """The rows that break a habit; not those of a category (or another group) whose own way it is."""
    broken = rows[is_broken]
    is_usual = np.zeros(len(broken), bool)
    for name in groups if len(broken) else ():
        group = fields.by_row(name) + 1  # 0: of none
        n, n_broken = (np.bincount(group[of], minlength=group.max() + 1) for of in (rows, broken))
        own = n_broken > np.maximum(2, _ITS_OWN_WAY * n)
        is_usual |= own[group[broken]] & (group[broken] > 0)
    return _odd(broken[~is_usual], field, signal, len(broken) / max(1, len(rows)))


class _Sets:
    """The numbers in a field: keys (listing × size + number), where those of a listing begin, and which have any."""

    def __init__(self, pairs: Pairs, size: int, n: int) -> None:
        rows, numbers = pairs
        self.size = size
        self.keys = rows * size + numbers
        self.starts = np.flatnonzero(np.diff(rows, prepend=-1))
        self.rows = rows[self.starts]
        self.has = np.zeros(n, bool)
        self.has[rows] = True

    def drawn(self, is_drawn: Flags) -> _Sets:
        rows = self.keys // self.size
        some = is_drawn[rows]
        return _Sets((rows[some], self.keys[some] % self.size), self.size, len(is_drawn))

    def shares(self, other: _Sets) -> Flags:
        """Of each of ``rows``, whether the other field has any number, too."""
        return other.has[self.rows]

    def lacks(self, other: _Sets, keys: Codes | None = None) -> Flags:
        """Of each of ``rows``, whether a number of it (or of ``keys`` in its place) is not in the other field."""
        keys = self.keys if keys is None else keys
        at = np.minimum(np.searchsorted(other.keys, keys), len(other.keys) - 1)
        lacks: Flags = np.logical_or.reduceat(other.keys[at] != keys, self.starts)
        return lacks

    def is_repeated_by(self, other: _Sets) -> bool:
        """Whether nearly all rows have their numbers in the other field, and fewer would in that of another row."""
        both = self.shares(other)
        if both.sum() < FEW or self.lacks(other)[both].mean() >= 0.1:
            return False
        elsewhere = np.zeros(len(self.has), np.int64)
        elsewhere[self.rows[both]] = np.roll(self.rows[both], 7)
        keys = elsewhere[self.keys // self.size] * self.size + self.keys % self.size
        return bool(self.lacks(other, keys)[both].mean() > 0.5)


def _other_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers that another field nearly always repeats: those of a title in the other language, a measure in the title."""
    pairs, size = numbers_in(fields.columns)
    numbers = {name: _Sets(of, size, fields.n) for name, of in pairs.items() if len(of[0])}
    drawn = {name: held.drawn(fields.is_drawn) for name, held in numbers.items()}
    for name, other in permutations(numbers, 2):
        if other in fields.mostly_filled and drawn[name].is_repeated_by(drawn[other]):
            held, wide = numbers[name], numbers[other]
            both = held.shares(wide)
            is_missing = held.lacks(wide)[both]
            if is_missing.mean() < 0.1:
                signal = f"{other} has other numbers"
                yield from _unusual(fields, held.rows[both], is_missing, name, signal, "category")


def _words_apart(fields: Fields) -> Iterator[Odd]:
    """Words without the word that another field has with them: *purple* without 紫色 (association rules, Agrawal 1993).

    Two fields say the same where nearly all of their rules have no exception; elsewhere words often go together, and no more.
    Two rules with exceptions are added, so that a few rules say nothing.
    """
    names = [name for name in TEXTS if name in fields.columns]
    names += [name for name in fields.mostly_filled if name.startswith("attributes.")]
    words = {name: _words_by_row(fields, name) for name in names}
    is_all = bool(fields.is_drawn.all())
    drawn = words if is_all else {name: held[fields.is_drawn] for name, held in words.items()}
    for name, other in permutations(names, 2):
        rules = _rules(drawn[name], drawn[other])
        n_covered, broken = _broken(drawn[name], drawn[other], rules)
        n_of_row = np.bincount(np.concatenate([[0], *(apart for _, apart in broken)]).astype(int))
        n_of_row[0] -= 1
        # a row that breaks several rules is another product's: it says nothing of the rules
        n_exact = sum(bool((n_of_row[apart] > 1).all()) for _, apart in broken)
        n_odd = np.count_nonzero(n_of_row)
        if n_exact >= _EXACT * (len(rules) + 2) and n_odd <= _RARE * n_covered:
            if not is_all:
                n_covered, broken = _broken(words[name], words[other], rules)
            signal = f"without words that go with its {name}"
            share: dict[int, float] = {}
            for n, apart in broken:
                if len(apart) <= _RARE * n:
                    share |= dict.fromkeys(apart.tolist(), len(apart) / n_covered)
            yield from (Odd(row, other, signal, p) for row, p in share.items())


def _rules(words: csc_array, partners: csc_array) -> list[tuple[int, int]]:
    """Words with the partner that nine in ten of their rows have, where the other field has any of its words."""
    is_known = partners.sum(1) > 0
    n_known = int(is_known.sum())
    together = (words.multiply(is_known[:, None]).T @ partners).tocsr()
    n_with, share = words.T @ is_known, partners.sum(0) / max(1, n_known)
    found = []
    for word in np.flatnonzero(n_with >= _WORD_ROWS):
        part = slice(together.indptr[word], together.indptr[word + 1])
        n_together, with_it = together.data[part], together.indices[part]
        best = int(np.argmax(n_together)) if len(n_together) else -1
        is_rule = best >= 0 and n_together[best] >= _TOGETHER * n_with[word]
        if is_rule and share[with_it[best]] <= 0.5:
            found.append((int(word), int(with_it[best])))
    return found


def _broken(
    words: csc_array, partners: csc_array, rules: Sequence[tuple[int, int]]
) -> tuple[int, list[tuple[int, Codes]]]:
    """The number of rows with the word of any rule; of each rule how many rows have it, and those of them without the partner."""
    n = words.shape[0]
    is_known, is_covered, has_it = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
    is_known[partners.indices] = True
    found = []
    for word, partner in rules:
        rows = words.indices[words.indptr[word] : words.indptr[word + 1]]
        rows = rows[is_known[rows]]
        with_it = partners.indices[partners.indptr[partner] : partners.indptr[partner + 1]]
        has_it[with_it] = True
        is_covered[rows] = True
        found.append((len(rows), rows[~has_it[rows]].astype(np.int64)))
        has_it[with_it] = False
    return int(is_covered.sum()), found


def _words_by_row(fields: Fields, name: str) -> csc_array:
    """Which listing has which word of a field ``[listings, words]``; only words of many of the listings that were drawn."""
    column = fields.columns[name]
    some = column.words(least=_WORD_ROWS).tocoo()
    shape = fields.n, some.shape[1]
    words = csc_array((some.data, (column.rows[some.row], some.col)), shape=shape)
    return words[:, fields.is_drawn @ words >= _TOGETHER * _WORD_ROWS]


def _other_marks(fields: Fields) -> Iterator[Odd]:
    """Texts with signs that the field hardly ever has, or without those that it always has.

    Where nearly all texts are written in a small alphabet, any other sign is odd; elsewhere signs differ between suppliers.
    """
    for name in fields.broad:
        rows, texts = fields.columns[name].rows, fields.columns[name].values
        is_drawn = fields.is_drawn[rows]
        if not is_drawn.all() and _marks(texts.filter(pa.array(is_drawn))) is None:
            continue
        for signal, is_odd in _marks(texts) or ():
            yield from _unusual(fields, rows, is_odd, name, signal, "category", "brand")


def _marks(texts: pa.Array) -> list[tuple[str, Flags]] | None:
    """The signs that few texts have, or that few lack, with these texts; None where many texts have something rare."""
    (at, signs), names = signs_in(texts)
    n, few = np.bincount(signs, minlength=len(names)), _RARE * len(texts)
    if len(np.unique(at[n[signs] < few])) > few:
        return None
    found = []
    for sign in np.flatnonzero((n > 0) & (np.minimum(n, len(texts) - n) < few)):
        is_usual = bool(n[sign] > 0.5 * len(texts))
        is_odd = np.full(len(texts), is_usual)
        is_odd[at[signs == sign]] = not is_usual
        found.append((f"without {names[sign]}" if is_usual else names[sign], is_odd))
    return found


def _empty_or_not(fields: Fields) -> Iterator[Odd]:
    """Cells that are empty where nearly none of the category is, or filled where nearly none is."""
    group = fields.kind + 1  # 0: of none
    size = np.bincount(group, minlength=1)
    is_large = size >= _IN_CATEGORY
    is_large[0] = False
    is_known = is_large[group]
    for name, column in fields.columns.items():
        n = np.bincount(group[column.rows], minlength=len(size))
        has = np.zeros(fields.n, bool)
        has[column.rows] = True
        empty = np.flatnonzero(~has & (is_large & (n >= 0.9 * size))[group])
        filled = np.flatnonzero(has & (is_large & (n <= 0.1 * size))[group])
        n_known, n_filled = int(is_known.sum()), int(n[is_large].sum())
        for rows, n_same, signal in (
            (empty, n_known - n_filled, "empty"),
            (filled, n_filled, "only this of its category has one"),
        ):
            if len(rows) < 0.1 * n_same or len(rows) == n_same:  # the category decides it
                yield from _odd(rows, name, signal, len(rows) / max(1, n_known))


def _rare_words(fields: Fields) -> Iterator[Odd]:
    """Values that few others have, of fields whose values are a small list in which each has many."""
    for name, column in fields.columns.items():
        n = np.bincount(column.codes)
        usual = float((n.astype(float) ** 2).sum()) / len(column)  # of a listing drawn by chance
        is_few = n <= max(2, usual * _RARER)
        often = n[n >= max(10, 0.01 * len(column))].sum()
        p = n[is_few].sum() / len(column)
        if often >= _LIST * len(column) and p <= _RARE:
            rare = is_few[column.codes]
            for row, n_same in zip(column.rows[rare].tolist(), n[column.codes[rare]], strict=True):
                own = float(n_same / len(column) if name in fields.broad else p)
                yield Odd(row, name, "a value that nearly no other has", own)


def _far_numbers(fields: Fields) -> Iterator[Odd]:
    """Numbers far from those of the category (six deviations in logarithms), and zeros."""
    for name, column in fields.columns.items():
        read = pc.struct_field(pc.extract_regex(column.values, _NUMBER), "number")
        is_read = read.is_valid().to_numpy(zero_copy_only=False)
        if is_read.mean() < 0.8:
            continue
        rows, numbers = column.rows[is_read], read.drop_null().cast(pa.float64()).to_numpy()
        is_zero = numbers == 0
        yield from _odd(rows[is_zero], name, "zero", int(is_zero.sum()) / len(column))
        rows, logs = rows[~is_zero], np.log(numbers[~is_zero])
        order = np.argsort(fields.kind[rows], kind="stable")
        rows, logs = rows[order], logs[order]
        starts = np.flatnonzero(np.diff(fields.kind[rows], prepend=-2))
        n_known, far = 0, [np.zeros(0, np.int64)]
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            if end - start >= _IN_CATEGORY:
                n_known += int(end - start)
                away = abs(logs[start:end] - np.median(logs[start:end]))
                limit = max(6 * max(float(np.median(away)) / 0.6745, 0.05), 1.0)
                far.append(rows[start:end][away > limit])
        odd = np.concatenate(far)
        yield from _odd(odd, name, "far from its category", len(odd) / max(1, n_known))


def _repeated(fields: Fields) -> Iterator[Odd]:
    """Values that several listings have, of fields in which nearly all differ."""
    for name, column in fields.columns.items():
        n = np.bincount(column.codes)[column.codes]
        p = (n > 1).mean()
        if p < 0.1:
            for row, n_same in zip(column.rows[n > 1].tolist(), n[n > 1], strict=True):
                yield Odd(row, name, f"{n_same} listings have it", float(p))


def _other_kind(fields: Fields) -> Iterator[Odd]:
    """Texts whose words are those of another category (naive Bayes, each text left out of the counts that it is judged by)."""
    size = np.bincount(fields.kind[fields.kind >= 0], minlength=1)
    large = np.flatnonzero(size >= _IN_CATEGORY)
    place = np.full(len(size) + 1, -1)  # the last: of none
    place[large] = np.arange(len(large))
    for name in (name for name in TEXTS if name != "category" and name in fields.columns):
        column = fields.columns[name]
        own = place[fields.kind[column.rows]]
        is_judged = (own >= 0) & (pc.utf8_length(column.values).to_numpy() > 8)
        rows, own = column.rows[is_judged], own[is_judged]
        if len(rows) < 4 * FEW or len(large) < 2:
            continue
        words = column.words(is_judged, least=max(3, len(rows) // 20_000))
        # The last category may have no text that is judged.
        shape = (len(large), len(own))
        of_kind = csr_array((np.ones(len(own)), (own, np.arange(len(own)))), shape=shape)
        counts = (of_kind @ words).toarray().T
        sizes = np.bincount(own, minlength=len(large)).astype(float)
        drawn = np.arange(0, len(rows), 1 + len(rows) // _ENOUGH)
        temperature = _temperature(_likelihood(words[drawn], own[drawn], counts, sizes), own[drawn])
        odd: list[tuple[int, int]] = []
        for start in range(0, len(rows), _ENOUGH):
            part = slice(start, start + _ENOUGH)
            logs = _likelihood(words[part], own[part], counts, sizes) / temperature
            margin = logs.max(1) - logs[np.arange(len(logs)), own[part]]
            found = np.flatnonzero(margin > _TOLD_APART)
            odd += zip(rows[start + found].tolist(), logs[found].argmax(1), strict=True)
        for row, other in odd:
            signal = f"its words are those of {fields.kinds[large[other]]}"
            yield Odd(row, name, signal, len(odd) / len(rows))


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
