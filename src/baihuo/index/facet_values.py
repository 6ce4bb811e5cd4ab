"""The values of a facet: which are listed, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet, FacetValue

MAX_VALUES = 30  # values of a facet; selected ones are always listed


def first_values(counts: NDArray[np.int64], alphabetical: NDArray[np.int64]) -> NDArray[np.intp]:
    """Indexes of the values that a facet lists: most products first, then by name."""
    return np.asarray(np.lexsort((alphabetical, -counts))[:MAX_VALUES])


def facet_in_order(name: str, values: list[str], counts: NDArray[np.int64]) -> Facet:
    """A facet with the values in the given order, none selected."""
    return Facet(name=name, values=tuple(map(FacetValue, values, counts.tolist())))


def facet(name: str, counts: dict[str, int], chosen: tuple[str, ...]) -> Facet:
    """A facet with most products first; selected values are always listed."""
    listed = {**dict.fromkeys(chosen, 0), **counts} if chosen else counts
    order = sorted(listed, key=lambda v: (v not in chosen, -listed[v], v))[
        : max(MAX_VALUES, len(chosen))
    ]
    if chosen:
        order.sort(key=lambda v: (-listed[v], v))
    return Facet(
        name=name,
        values=tuple([FacetValue(v, listed[v], v in chosen) for v in order]),
    )


def spans(starts: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[Any]:
    """All positions of the spans ``at`` of a compressed (CSR) array, concatenated; in 32 bits where they fit."""
    first = starts[at]
    lengths = starts[at + 1] - first
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    number = np.int32 if starts[-1] < 1 << 31 else np.int64
    positions = np.repeat((first - ends + lengths).astype(number), lengths)
    positions += np.arange(total, dtype=number)
    return positions
