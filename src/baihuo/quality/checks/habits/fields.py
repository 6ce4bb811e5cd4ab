"""The columns of a catalogue as arrays: which listings have a value, its words, numbers and signs.

Text is read once, many texts at a time: a million listings take a minute or two.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from baihuo.quality.checks.habits.settings import FEW
from baihuo.quality.checks.history.signals import Codes
from baihuo.quality.checks.runs import numbers_by_text

TEXTS = "title_en title_zh description_en description_zh brand model category currency".split()
COLUMNS = (*TEXTS, "price_minor", "stock_units", "codes", "attributes", "import_id", "line")
_FEW_ATTRIBUTES = 200  # hundreds of them are compared: one exception in fifty is chance
_BROAD = 500  # listings with a value, to tell damage of several kinds from what differs
_DRAWN = 20_000  # listings that say what is a habit
_AT_ONCE = 50_000  # texts that are cut into words or signs at once
_CELLS = 1 << 25  # of a table of texts by signs
_WORDS = re.compile(r"\n|[a-z0-9]+|[\u4e00-\u9fff]+")
_NUMBERS = re.compile(r"\n|(?<![0-9.])[0-9]+(?:\.[0-9]+)?")
Flags: TypeAlias = NDArray[np.bool_]
Pairs: TypeAlias = tuple[Codes, Codes]
"""Which text has what: two arrays, sorted by text, none twice."""


class Column:
    """The filled cells of a field: ``rows`` (listings, ascending) and their ``values`` as text."""

    def __init__(self, rows: Codes, values: pa.Array) -> None:
        self.rows, self.values = rows, values

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def codes(self) -> Codes:
        """Of each filled cell the number of its value."""
        codes: Codes = pc.dictionary_encode(self.values).indices.to_numpy().astype(np.int64)
        return codes

    @cached_property
    def _words(self) -> Pairs:
        number_of: dict[str, int] = {}
        return _pairs(
            self.values,
            _WORDS,
            lambda run: [number_of.setdefault(word, len(number_of)) for word in _words_of(run)],
        )

    def words(self, cells: Flags | None = None, *, least: int) -> csr_array:
        """Which filled cell (or which of some) has which word ``[cells, words]``, of the words that at least so many have."""
        at, words = self._words
        n_cells = len(self)
        if cells is not None:
            place = np.cumsum(cells) - 1
            at, words, n_cells = place[at[cells[at]]], words[cells[at]], int(cells.sum())
        n = np.bincount(words)
        is_kept = n >= least
        number = np.cumsum(is_kept) - 1
        at, words = at[is_kept[words]], number[words[is_kept[words]]]
        starts = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=n_cells))])
        shape = n_cells, int(is_kept.sum())
        return csr_array((np.ones(len(at), np.float32), words, starts), shape=shape)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a catalogue; attributes have a field each."""

    n: int
    columns: dict[str, Column]
    kind: Codes  # of each listing the number of its category, -1: none
    kinds: list[str]
    mostly_filled: list[str]  # fields that half of the listings or more have
    is_drawn: Flags = field(repr=False)  # listings that say what is a habit

    @classmethod
    def of(cls, products: pa.Table) -> Fields:
        """The fields with enough values to learn from; ``products`` has :data:`COLUMNS`."""
        n = products.num_rows
        columns = {name: _column(products[name]) for name in (*TEXTS, "price_minor", "stock_units")}
        first = pc.list_slice(products["codes"].combine_chunks(), 0, 1, return_fixed_size_list=True)
        columns["codes"] = _column(pc.list_element(first, 0))
        columns |= _attributes(products["attributes"])
        few = {name: _FEW_ATTRIBUTES if name.startswith("attributes.") else FEW for name in columns}
        columns = {name: held for name, held in columns.items() if len(held) >= few[name]}
        category = pc.dictionary_encode(pc.fill_null(products["category"].combine_chunks(), ""))
        kinds = category.dictionary.to_pylist()
        kind = category.indices.to_numpy().astype(np.int64)
        if "" in kinds:
            kind[kind == kinds.index("")] = -1
        mostly = [name for name, held in columns.items() if len(held) >= max(few[name], n / 2)]
        is_drawn = np.arange(n) % (1 + (n - 1) // _DRAWN) == 0
        return cls(n, columns, kind, kinds, mostly, is_drawn)

    @property
    def broad(self) -> list[str]:
        """Fields of so many listings that each of their rare values and signs is a habit of its own."""
        return [name for name in self.mostly_filled if len(self.columns[name]) >= _BROAD]

    def by_row(self, name: str) -> Codes:
        """Of each listing the number of its value, -1: none."""
        if name == "category":
            return self.kind
        found = np.full(self.n, -1)
        if name in self.columns:
            found[self.columns[name].rows] = self.columns[name].codes
        return found


def _column(cells: pa.ChunkedArray | pa.Array) -> Column:
    text = cells.cast(pa.string())
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    is_filled = pc.fill_null(pc.not_equal(text, ""), False)
    return Column(np.flatnonzero(is_filled.to_numpy(zero_copy_only=False)), text.filter(is_filled))


def _attributes(cells: pa.ChunkedArray) -> dict[str, Column]:
    rows, values = defaultdict[str, list[int]](list), defaultdict[str, list[str]](list)
    for row, text in enumerate(cells.to_pylist()):
        for name, value in json.loads(text).items() if text else ():
            if value not in (None, ""):
                rows[name].append(row)
                values[name].append(str(value))
    return {
        f"attributes.{name}": Column(np.array(of), pa.array(values[name], pa.string()))
        for name, of in rows.items()
    }


def _pairs(
    texts: pa.Array, pattern: re.Pattern[str], numbers_of: Callable[[str], Iterable[int]]
) -> Pairs:
    """Which text has which numbers: ``numbers_of`` each run of letters that ``pattern`` finds; it finds line feeds, too."""

    @cache
    def known(run: str) -> list[int]:
        return [] if run == "\n" else [*numbers_of(run)]

    parts: list[Pairs] = []
    for start in range(0, len(texts), _AT_ONCE):
        some = pc.replace_substring(texts.slice(start, _AT_ONCE), "\n", " ")
        joined = "\n".join([*some.to_pylist(), ""]).lower()
        at, numbers = numbers_by_text(joined, pattern, known)
        parts.append(_distinct(at, numbers, start, len(some)))
    return _joined(parts)


def _distinct(at: Codes, numbers: Codes, start: int, n_texts: int) -> Pairs:
    """The pairs in order, none twice; texts count from ``start``."""
    size = int(numbers.max(initial=0)) + 1
    keys = at * size + numbers
    if n_texts * size <= _CELLS:
        is_there = np.zeros(n_texts * size, bool)
        is_there[keys] = True
        keys = np.flatnonzero(is_there)
    else:
        keys = np.sort(keys)  # numpy.unique takes ten times as long
        keys = keys[np.diff(keys, prepend=-1) > 0]
    return keys // size + start, keys % size


def _joined(parts: list[Pairs]) -> Pairs:
    none = np.zeros(0, np.int64)
    at, numbers = zip(*parts, strict=True) if parts else ((none,), (none,))
    return np.concatenate(at), np.concatenate(numbers)


def _words_of(run: str) -> list[str]:
    """A word of letters and digits, or of a run of Chinese each two letters that follow each other."""
    is_han = run[0] >= "\u4e00"
    return [run[n : n + 2] for n in range(max(1, len(run) - 1))] if is_han else [run]


def numbers_in(columns: dict[str, Column]) -> tuple[dict[str, Pairs], int]:
    """Which listing has which number in each field, and how many numbers there are in all fields."""
    number_of: dict[str, int] = {}
    found = {}
    for name, column in columns.items():
        at, numbers = _pairs(
            column.values, _NUMBERS, lambda run: [number_of.setdefault(run, len(number_of))]
        )
        found[name] = column.rows[at], numbers
    return found, len(number_of)


def signs_in(texts: pa.Array) -> tuple[Pairs, list[str]]:
    """What texts are written with: scripts, small and capital letters, digits, and each other sign; also which signs they repeat.

    >>> (_, signs), names = signs_in(pa.array(["Tent  2!"]))
    >>> sorted(names[n] for n in signs)
    ['!', 'capitals', 'digits', 'small letters', 'two blanks']
    """
    number_of: dict[str, int] = {}
    of_letter = np.full(0x110000, -1)  # by code point; -1: not seen, -2: no sign
    twice = np.full(0x110000, -2)
    parts: list[Pairs] = []
    for start in range(0, len(texts), _AT_ONCE):
        some = texts.slice(start, _AT_ONCE)
        text = "".join(some.to_pylist()).encode("utf-32-le", "surrogatepass")
        letters = np.frombuffer(text, np.uint32)
        at = np.repeat(np.arange(len(some)), pc.utf8_length(some).to_numpy())
        for code in np.unique(letters[of_letter[letters] == -1]).tolist():
            letter, sign = chr(code), _sign(chr(code))
            of_letter[code] = -2 if sign == "blank" else number_of.setdefault(sign, len(number_of))
            if not (letter.isalnum() or letter == "_"):
                name = f"two {sign}s" if letter.isspace() else letter * 2
                twice[code] = number_of.setdefault(name, len(number_of))
        is_twice = (letters[1:] == letters[:-1]) & (at[1:] == at[:-1])
        signs = np.concatenate([of_letter[letters], twice[letters[1:][is_twice]]])
        at = np.concatenate([at, at[1:][is_twice]])
        parts.append(_distinct(at[signs >= 0], signs[signs >= 0], start, len(some)))
    return _joined(parts), list(number_of)


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
