"""Model and part numbers as the catalogue writes them, found again however somebody types them.

*iPhone 15 Pro*, *006R90321* and *HX6730/02* are runs of letters and digits. A run is stored in its joined form, without what
separates its parts (``iphone15pro``), so that *iphone15pro*, *iphone 15pro* and *006 r 90321* meet it there. Stored are 64-bit
hashes in one sorted array, so a large catalogue costs 12 bytes a run; the text itself is read from the product.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product, fold
from baihuo.index.limits.measures import measures_in
from baihuo.index.value_rows import mapped

RUN = re.compile(r"[a-z0-9]+(?:[ \-_/.·]{1,3}[a-z0-9]+)*")
"""Parts of letters and digits with little between them, in a folded text."""
PART = re.compile(r"[a-z0-9]+")
_DIGIT = re.compile(r"[0-9]")
_MOST_PARTS = 5  # of a run inside a title
_MOST_TYPED = 8  # of one that somebody types, each of its parts apart
_LONGEST = 32  # characters of a joined run
_SHORTEST = 4
_MOST_NAMES = 2  # parts without digits that a run starts with: "galaxy tab s7"
_LONGEST_END = 5  # letters of a part without digits that a run ends with: "ultra", not "toner"
_WORD = 3  # letters of a part that may be a word
_LONG_NUMBER = 5  # digits of a number without letters that may be a model
_WHOLE = "="  # before the joined form of a whole model number or code
_NO_ROWS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class ModelRuns:
    """Joined runs of the products of a segment, by hash."""

    hashes: NDArray[np.uint64]  # [entries], ascending
    rows: NDArray[np.int32]  # [entries], local

    def whole(self, joined: str) -> NDArray[np.int32]:
        """Local rows whose model number or code is a run, whole."""
        return self._of(_WHOLE + joined)

    def inside(self, joined: str) -> NDArray[np.int32]:
        """Local rows that have a run in their title, or as a part of their model number; the whole ones are among them."""
        return self._of(joined)

    def _of(self, key: str) -> NDArray[np.int32]:
        key_hash = np.uint64(_hash(key))
        start = int(np.searchsorted(self.hashes, key_hash, side="left"))
        if start == len(self.hashes) or self.hashes[start] != key_hash:
            return _NO_ROWS
        return np.asarray(self.rows[start : np.searchsorted(self.hashes, key_hash, side="right")])

    def save(self, folder: Path) -> None:
        """Write ``model_runs.hashes.npy`` and ``model_runs.rows.npy``."""
        np.save(folder / "model_runs.hashes.npy", self.hashes)
        np.save(folder / "model_runs.rows.npy", self.rows)

    @staticmethod
    def load(folder: Path) -> ModelRuns:
        """Load what :meth:`save` wrote, memory-mapped; an earlier version wrote nothing."""
        if not (folder / "model_runs.hashes.npy").exists():
            return NO_RUNS
        return ModelRuns(*(mapped(folder / f"model_runs.{x}.npy") for x in ("hashes", "rows")))


NO_RUNS = ModelRuns(np.empty(0, np.uint64), _NO_ROWS)


def runs_of(products: Iterable[Product]) -> ModelRuns:
    """The runs of some products, whose rows are their places."""
    hashes, rows = array("Q"), array("i")
    for row, product in enumerate(products):
        found = {_WHOLE + joined for joined in map(joined_form, _numbers(product)) if joined}
        for text in (product.title_en, product.title_zh, *_numbers(product)):
            if text and _DIGIT.search(text):
                found.update(joined for joined, _ in runs_in(fold(text)))
        hashes.extend(map(_hash, found))
        rows.extend(repeat(row, len(found)))
    keys, of = np.array(hashes, np.uint64), np.array(rows, np.int32)
    order = np.lexsort((of, keys))
    return ModelRuns(keys[order], of[order])


def runs_in(
    folded: str, *, is_typed: bool = False, like: str = ""
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every joined run of a folded text that may be a model number, with its place; each place once. Of titles those that
    start with many words or end in a long one are left out; people may type each letter apart (``is_typed``). Of one run
    that is looked for (``like``), what it cannot be is not read: a title has a dozen others.

    >>> [joined for joined, _ in runs_in("acme tn 2110 cartridge")]
    ['acmetn2110', 'tn2110']
    """
    most_parts, most_names = (_MOST_TYPED, _MOST_TYPED) if is_typed else (_MOST_PARTS, _MOST_NAMES)
    for run in RUN.finditer(folded):
        if not _DIGIT.search(run.group()):
            continue
        spans = [
            (run.start() + m.start(), run.start() + m.end()) for m in PART.finditer(run.group())
        ]
        parts = [folded[a:b] for a, b in spans]
        if like and like not in "".join(parts):
            continue
        has_digit = [_DIGIT.search(part) is not None for part in parts]
        for first in range(len(parts)):
            joined, n_names = "", 0
            for last in range(first, min(first + most_parts, len(parts))):
                joined += parts[last]
                if like and not like.startswith(joined):
                    break
                n_names += n_names == last - first and not has_digit[last]
                if len(joined) > _LONGEST or n_names > most_names:
                    break
                is_end = is_typed or has_digit[last] or len(parts[last]) <= _LONGEST_END
                if is_end and may_be_model(joined):
                    yield joined, (spans[first][0], spans[last][1])


def may_be_model(joined: str) -> bool:
    """Whether a joined run may be a model number: letters and digits, or a long number."""
    n_digits = sum(map(str.isdigit, joined))
    if n_digits == len(joined):
        return n_digits >= _LONG_NUMBER
    return n_digits > 0 and len(joined) >= _SHORTEST


def joined_form(number: str) -> str:
    """A model number without what separates its parts; empty where it is none: a name of many words, or with a measure.

    >>> joined_form("006R-90321"), joined_form("HX6730/02"), joined_form("Galaxy S23 Ultra")
    ('006r90321', 'hx673002', 'galaxys23ultra')
    >>> joined_form("Classic"), joined_form("2GB SD Card"), joined_form("Standard Capacity Toner, 2000 Pages")
    ('', '', '')
    """
    folded = fold(number)
    parts = PART.findall(folded)
    joined = "".join(parts)
    if not may_be_model(joined) or len(joined) > _LONGEST or len(parts) > _MOST_TYPED:
        return ""
    words = [part for part in parts if len(part) >= _WORD and part.isalpha()]
    is_name = len(words) > _MOST_NAMES or (words and any(True for _ in measures_in(folded)))
    return "" if is_name or is_measure(folded) else joined


def is_measure(folded: str) -> bool:
    """Whether a text is nothing but a measure that something may have: "256 mb", not "41339148lb"."""
    if sum(map(str.isdigit, folded)) > _LONG_NUMBER:
        return False
    return any(m.start == 0 and m.end == len(folded) for m in measures_in(folded))


def surface_of(fields: Mapping[str, Any], joined: str) -> str:
    """The text of a product for a joined run, folded, as its model number or title writes it; empty where it has none.

    Args:
        fields: of the product, as stored.
        joined: the run.
    """
    for text in _texts(fields):
        folded = fold(text)
        for found, (start, end) in runs_in(folded, like=joined):
            if found == joined:
                return folded[start:end]
        if joined_form(text) == joined:
            return folded
    return ""


def _texts(fields: Mapping[str, Any]) -> Iterable[str]:
    named = (fields.get(name) for name in ("title_en", "title_zh", "model"))
    return (text for text in (*named, *(fields.get("codes") or ())) if text)


def _numbers(product: Product) -> tuple[str, ...]:
    codes = (*product.codes, *(c for v in product.variants for c in v.codes))
    return (product.model, *codes) if product.model else codes


@lru_cache(maxsize=1 << 16)  # titles of one maker share most of their runs
def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little")
