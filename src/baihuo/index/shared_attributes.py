"""How much of a product others have in common with it, by attributes and brand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.index.attribute_groups import by_attribute
from baihuo.index.snapshot import Snapshot
from baihuo.index.value_rows import spans


def shared_attributes(snapshot: Snapshot, row: int, others: NDArray[np.int32]) -> NDArray[np.int64]:
    """In how many attributes each of ``others`` has a value of ``row``, the brand being one: ``[others]``.

    Several values of an attribute, as a shirt has sizes, count once: one in common is enough.
    """
    brand = int(snapshot.brand_code[row])
    n_shared = ((snapshot.brand_code[others] == brand) & (brand >= 0)).astype(np.int64)
    codes, _ = _pairs_of(snapshot, np.array([row], np.int32))
    if not len(codes):
        return n_shared
    names, name_of = np.unique(
        by_attribute(snapshot.dictionaries.pairs).attribute[codes], return_inverse=True
    )
    found, of = _pairs_of(snapshot, others)
    place = np.minimum(np.searchsorted(codes, found), len(codes) - 1)
    is_shared = codes[place] == found
    has = np.zeros((len(others), len(names)), np.bool_)
    has[of[is_shared], name_of[place[is_shared]]] = True
    return np.asarray(n_shared + has.sum(axis=1))


def _pairs_of(
    snapshot: Snapshot, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The codes of all attribute pairs of ``rows``, those of a row ascending, and which of ``rows`` has each."""
    codes, owners = [], []
    segment_of, local_of = snapshot.segment_of[rows], snapshot.local_of[rows]
    for number, segment in enumerate(snapshot.segments):
        mine = np.flatnonzero(segment_of == number)
        if not len(mine):
            continue
        local = local_of[mine].astype(np.intp)
        codes.append(segment.row_pairs[spans(segment.row_pair_starts, local)])
        owners.append(np.repeat(mine, np.diff(segment.row_pair_starts)[local]))
    if not codes:
        return np.empty(0, np.int32), np.empty(0, np.int64)
    return np.concatenate(codes), np.concatenate(owners)
