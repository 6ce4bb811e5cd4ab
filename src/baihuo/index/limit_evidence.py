"""Which products have what was read, a level for every row; and whether words are a name instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.index.limits.measures import Size, same_sizes
from baihuo.index.phrases import rows_with, titles_with
from baihuo.index.query_limits import Preference
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot
from baihuo.index.typed_models import rows_of_run

Levels = NDArray[np.int8]
Mask = NDArray[np.bool_]
NO, WIDER, EXACT = 0, 1, 2
_TITLES = ("title_en", "title_zh")


def levels(preference: Preference, snapshot: Snapshot) -> Levels:
    """How well each row has the preference, ``[n]``: 2 exactly, 1 in a wider sense, 0 not."""
    out = np.zeros(snapshot.n, np.int8)
    if preference.model:
        out[rows_of_run(snapshot, preference.model)] = WIDER
        out[rows_of_run(snapshot, preference.model, whole=True)] = EXACT
        return out
    if preference.categories:
        out[np.isin(snapshot.category_code, preference.categories)] = EXACT
        return out
    if preference.sizes:
        known = snapshot.dictionaries.measures.names
        exact = np.flatnonzero(same_sizes(preference.sizes, known))
        for level, codes in ((WIDER, _rounded(preference, known)), (EXACT, exact)):
            out[_rows_with(snapshot, codes, "rows_of_measures")] = level
        return out
    if preference.is_unwanted:
        out[:] = EXACT
        for terms in preference.terms:
            out[rows_with(snapshot, terms, (*_TITLES, "attributes", "brand"))] = NO
        for codes in (preference.exact, preference.wider):
            out[_rows_with(snapshot, codes)] = NO
        return out
    is_known = _have(snapshot, preference.known)
    for level, codes in ((WIDER, preference.wider), (EXACT, preference.exact)):
        out[_rows_with(snapshot, codes)] = level
    for terms in preference.terms:
        rows = rows_with(snapshot, terms, _TITLES)
        out[rows[~is_known[rows]]] = EXACT
    if preference.is_soft:
        out[~is_known & (out == NO)] = WIDER
    return out


def share_meeting(phrase: str, read: Preference | None, snapshot: Snapshot) -> float:
    """The share of the products with a phrase in their title that meet what was read in it; 1.0 where no title has it.
    ``read`` is None where no attribute can say whether they do: then none does."""
    rows = titles_with(snapshot, phrase)
    if not len(rows):
        return 1.0
    return 0.0 if read is None else float(np.mean(levels(read, snapshot)[rows] != NO))


def can_tell(preference: Preference, rows: NDArray[np.int32], snapshot: Snapshot) -> bool:
    """Whether any of ``rows`` has an attribute that answers a colour or gender: handbags may be for nobody by name."""
    return not len(preference.known) or bool(_have(snapshot, preference.known)[rows].any())


def _rounded(preference: Preference, known: Sequence[Size]) -> NDArray[np.int64]:
    """Codes of the measures that are rounded to the one that was typed."""
    if preference.rounded is None:
        return np.empty(0, np.int64)
    low, high = preference.rounded
    codes = [i for i, (of, amount) in enumerate(known) if of == "length" and low <= amount < high]
    return np.array(codes, np.int64)


def rows_with_pair(snapshot: Snapshot, pairs: Iterable[Pair]) -> Mask:
    """Rows that have one of the attribute values: ``[n]``."""
    found = [snapshot.dictionaries.pairs.find(pair) for pair in pairs]
    return _have(snapshot, np.array([code for code in found if code >= 0], np.int64))


def _have(snapshot: Snapshot, codes: NDArray[np.int64]) -> Mask:
    """The rows that have one of the attribute pairs: ``[n]``."""
    return snapshot.mask(_rows_with(snapshot, codes))


def _rows_with(
    snapshot: Snapshot, codes: NDArray[np.int64], values: str = "rows_of_pairs"
) -> NDArray[np.intp]:
    """Rows that have any of the attribute pairs, or of other ``values`` of a segment."""
    return snapshot.rows_where(lambda segment: getattr(segment, values).with_any(codes))
