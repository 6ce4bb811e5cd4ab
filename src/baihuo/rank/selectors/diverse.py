"""A page that is not one product twenty-four times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Diverse(Selector):
    """Move products down that repeat what stands just above them.

    Greedy over the first ``depth``: a product waits while its ``by`` (brand, category) already has
    ``max_per_window`` of the last ``window`` places, or while it is a near duplicate (cosine above ``twin``)
    of one of them. What waits comes as soon as it may; nothing is lost.
    """

    generation: Generation
    by: str = "brand"
    max_per_window: int = 3
    window: int = 6
    depth: int = 72
    twin: float = 0.985

    def reads(self) -> set[str]:
        return {self.by}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n = min(self.depth, len(candidates))
        codes = candidates.columns[self.by][:n].tolist()
        if self.by == "brand" and context.query.filters.brands:
            codes = [-1] * n  # who filters by brand wants that brand
        twins = _twins(self.generation.taste_vectors.among(candidates.rows[:n]), self.twin)
        order = spread(codes, twins, max_per_window=self.max_per_window, window=self.window)
        rest = np.arange(n, len(candidates))
        return Selection(np.concatenate([np.array(order, dtype=np.intp), rest]).astype(np.intp))


def spread(
    codes: Sequence[int], twins: Mapping[int, set[int]], *, max_per_window: int, window: int
) -> list[int]:
    """The greedy order of :class:`Diverse` over places ``0 … n - 1``.

    Args:
        codes: of each place; -1 is never too many.
        twins: places that must not follow each other within ``window``.
        most: places of one code within ``window``.
        window: how many places back count.
    """
    waiting, order = list(range(len(codes))), list[int]()
    n_shown: dict[int, int] = {}  # by code, in the window
    full: set[int] = set()
    while waiting:
        at = 0  # where all wait for each other, the best of them comes
        if full or twins:
            near = set().union(*(twins[i] for i in order[-window:] if i in twins))
            for at_free, i in enumerate(waiting):
                if codes[i] not in full and i not in near:
                    at = at_free
                    break
        order.append(chosen := waiting.pop(at))
        code = codes[chosen]
        if code >= 0:
            n_shown[code] = n_shown.get(code, 0) + 1
            if n_shown[code] >= max_per_window:
                full.add(code)
        if len(order) > window and (leaving := codes[order[-window - 1]]) >= 0:
            n_shown[leaving] -= 1
            if n_shown[leaving] < max_per_window:
                full.discard(leaving)
    return order


def _twins(cosines: NDArray[np.float32], least: float) -> dict[int, set[int]]:
    """By place: the places of its near duplicates. Most products have none and are not in it."""
    twins: dict[int, set[int]] = {}
    is_alike = cosines > least
    np.fill_diagonal(is_alike, False)
    for i, j in zip(*(at.tolist() for at in np.nonzero(is_alike)), strict=True):
        twins.setdefault(i, set()).add(j)
    return twins
