"""The Chinese name of a brand that is stored in another script, where the shop has it: in its translations, or at the start of titles."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.known_phrases import folded, han_runs
from baihuo.index.phrases import rows_with, some_of
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams

_MOST_READ = 40  # titles of a brand
_LEAST_READ = 3
_LONGEST = 4  # characters of a name
_MOST = 0.8  # share of the brand's titles that start with its name
_OWN = 0.9  # share of the titles with a name that are of the brand


def chinese_brand(code: int, snapshot: Snapshot) -> str:
    """The Chinese name of a brand; its stored name where that is Chinese, empty where the shop has none.

    Args:
        code: of the brand.
        snapshot: the index now. A name must start 80% of the brand's Chinese titles, and 90% of the titles with it must be
            of the brand: no word for what a thing is, which others have too.
    """
    stored = snapshot.dictionaries.brands.names[code]
    if has_han(stored):
        return stored
    translated = snapshot.dictionaries.shop_words.names.get(stored, ())
    if named := next((name for name in translated if has_han(name)), ""):
        return named
    starts = _starts(np.flatnonzero((snapshot.brand_code == code) & snapshot.is_live), snapshot)
    if len(starts) < _LEAST_READ:
        return ""
    name = _common(starts)
    is_name = 1 < len(name) <= _LONGEST  # a longer one has a word for the thing in it
    return name if is_name and _is_own(name, code, snapshot) else ""


def _common(starts: list[str]) -> str:
    """What most of some texts start with, as long as that is the same."""
    name = ""
    for size in range(1, _LONGEST + 2):
        counts = Counter(s[:size] for s in starts if len(s) >= size)
        best, n = max(counts.items(), key=lambda one: one[1], default=("", 0))
        if n < _MOST * len(starts):
            break
        name = best
    return name


def _starts(rows: NDArray[np.intp], snapshot: Snapshot) -> list[str]:
    """The Chinese characters that the titles of some rows start with."""
    starts = []
    for row in some_of(rows, _MOST_READ).tolist():
        texts, local = snapshot.stored(row)
        title = texts.fields(local)["title_zh"]
        runs = han_runs(folded(title)) if title else []
        if runs and folded(title).startswith(runs[0]):
            starts.append(runs[0])
    return starts


def _is_own(name: str, code: int, snapshot: Snapshot) -> bool:
    rows = rows_with(snapshot, bigrams(name), ("title_zh",))
    return len(rows) > 0 and float(np.mean(snapshot.brand_code[rows] == code)) >= _OWN
