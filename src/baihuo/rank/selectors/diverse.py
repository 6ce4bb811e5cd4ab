"""A page that is not one product twenty-four times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.asked import Asked
from baihuo.rank.stages import Chosen, Selector


@dataclass(frozen=True)
class Diverse(Selector):
    """Move products down that repeat what stands just above them.

    Greedy over the first ``depth``: a product waits while its ``by`` (brand, category) already has
    ``most`` of the last ``window`` places, or while it is a near duplicate (cosine above ``twin``)
    of one of them. What waits comes as soon as it may; nothing is lost.
    """

    generation: Generation
    by: str = "brand"
    most: int = 3
    window: int = 6
    depth: int = 72
    twin: float = 0.985

    def reads(self) -> set[str]:
        return {self.by}

    def choose(self, asked: Asked, candidates: Candidates) -> Chosen:
        n = min(self.depth, len(candidates))
        codes = candidates.columns[self.by][:n].tolist()
        if self.by == "brand" and asked.query.filters.brands:
            codes = [-1] * n  # who filters by brand wants that brand
        vectors = self.generation.taste_vectors[candidates.rows[:n]]
        twins = _twins(vectors, self.twin)
        waiting, order = list(range(n)), list[int]()
        while waiting:
            last = order[-self.window :]
            shown = [codes[i] for i in last]
            full = {c for c in shown if c >= 0 and shown.count(c) >= self.most}
            near = set().union(*(twins[i] for i in last if i in twins))
            free = (i for i in waiting if codes[i] not in full and i not in near)
            chosen = next(free, waiting[0])  # where all wait for each other, the best of them comes
            waiting.remove(chosen)
            order.append(chosen)
        rest = np.arange(n, len(candidates))
        return Chosen(np.concatenate([np.array(order, dtype=np.intp), rest]).astype(np.intp))


def _twins(vectors: NDArray[np.float32], least: float) -> dict[int, set[int]]:
    """By place: the places of its near duplicates. Most products have none and are not in it."""
    twins: dict[int, set[int]] = {}
    alike = np.triu(vectors @ vectors.T > least, k=1)
    for i, j in zip(*(at.tolist() for at in np.nonzero(alike)), strict=True):
        twins.setdefault(i, set()).add(j)
        twins.setdefault(j, set()).add(i)
    return twins
