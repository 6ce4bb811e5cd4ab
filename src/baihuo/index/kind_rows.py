"""The products of the kind that a text names, before the text is matched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.index.catalogue_words import KindNames
from baihuo.index.kind_match import LIKELY
from baihuo.index.known_phrases import find_phrases
from baihuo.index.snapshot import Snapshot


def names_sold(text: str, kinds: KindNames) -> bool:
    """Whether a folded text names a kind that is sold."""
    return bool(find_phrases(text, kinds.sold))


def rows_of_kind(text: str, kinds: KindNames, snapshot: Snapshot) -> NDArray[np.int64]:
    """Live rows of the categories of the last kind that a folded text names; none where it names none."""
    found = find_phrases(text, kinds.sold)
    if not found:
        return np.empty(0, np.int64)
    weights = kinds.sold[found[-1].key]
    least = min(LIKELY, max(weights.values()))
    codes = [code for code, weight in weights.items() if weight >= least]
    return np.flatnonzero(snapshot.is_live & np.isin(snapshot.category_code, codes))
