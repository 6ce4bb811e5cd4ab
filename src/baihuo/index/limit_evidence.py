"""Which products have what was read: a level for every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.index.limits.measures import Size, same_sizes
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import Preference
from baihuo.index.segment import Pair, Segment
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
            for number, segment in enumerate(snapshot.segments):
                _set(out, segment.rows_of_measures.with_any(codes), level, number, snapshot)
        return out
    if preference.is_unwanted:
        out[:] = EXACT
        for terms in preference.terms:
            out[rows_with(snapshot, terms, (*_TITLES, "attributes", "brand"))] = NO
        for number, segment in enumerate(snapshot.segments):
            for codes in (preference.exact, preference.wider):
                _set(out, _has_pairs(segment, codes), NO, number, snapshot)
        return out
    is_known = np.zeros(snapshot.n, np.bool_)
    for number, segment in enumerate(snapshot.segments):
        _set(out, _has_pairs(segment, preference.wider), WIDER, number, snapshot)
        _set(out, _has_pairs(segment, preference.exact), EXACT, number, snapshot)
        _set(is_known, _has_pairs(segment, preference.known), True, number, snapshot)
    for terms in preference.terms:
        rows = rows_with(snapshot, terms, _TITLES)
        out[rows[~is_known[rows]]] = EXACT
    if preference.is_soft:
        out[~is_known & (out == NO)] = WIDER
    return out


def can_tell(preference: Preference, rows: NDArray[np.int32], snapshot: Snapshot) -> bool:
    """Whether any of ``rows`` has an attribute that answers a colour or gender: handbags may be for nobody by name."""
    if not len(preference.known):
        return True
    known = np.zeros(snapshot.n, np.bool_)
    for number, segment in enumerate(snapshot.segments):
        _set(known, _has_pairs(segment, preference.known), True, number, snapshot)
    return bool(known[rows].any())


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
    codes = np.array([code for code in found if code >= 0], np.int64)
    has = np.zeros(snapshot.n, np.bool_)
    for number, segment in enumerate(snapshot.segments):
        _set(has, _has_pairs(segment, codes), True, number, snapshot)
    return has


def has_pairs(snapshot: Snapshot, rows: NDArray[np.int64], codes: NDArray[np.int64] | None) -> Mask:
    """Which of ``rows`` have one of the attribute pairs: ``[rows]``."""
    if codes is None or not len(codes):
        return np.zeros(len(rows), np.bool_)
    has = np.zeros(snapshot.n, np.bool_)
    for number, segment in enumerate(snapshot.segments):
        _set(has, _has_pairs(segment, codes), True, number, snapshot)
    return has[rows]


def _has_pairs(segment: Segment, codes: NDArray[np.int64]) -> NDArray[np.int32]:
    return segment.rows_of_pairs.with_any(codes)


def _set(
    out: NDArray[np.int8] | Mask,
    local: NDArray[np.int32],
    value: int,
    number: int,
    snapshot: Snapshot,
) -> None:
    """Set some rows of a segment, where they are current."""
    out[snapshot.rows_of(number, local)] = value
