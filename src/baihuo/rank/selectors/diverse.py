"""Diversity: limits repeated brands, categories and near duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class Diverse(Selector):
    """Move down products that repeat those just above them.

    Greedy for the first ``depth`` places: a product is delayed while its ``by`` (brand, category) already has
    ``max_per_window`` of the last ``window`` positions, or while it is a near duplicate (cosine above ``twin``)
    of one of them. It is placed as soon as possible; no product is dropped.

    Whatever ranks further down may be taken for them. With ``score_step``, products of the first ``depth`` move only among those whose
    score is in the same step: diversity must not cost relevance, and a typed brand comes first.
    """

    generation: Generation
    by: str = "brand"
    max_per_window: int = 3
    window: int = 6
    depth: int = 72
    twin: float = 0.985
    score_step: float | None = None  # None: scores only order

    def reads(self) -> set[str]:
        return {self.by} if self.score_step is None else {self.by, "score"}

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        n = min(self.depth, len(candidates))
        codes = candidates.columns[self.by].tolist()
        filters = context.query.filters if context.answer is None else context.answer.filters
        if self.by == "brand" and filters.brands:
            codes = [-1] * len(codes)  # a visitor who filters by brand wants that brand
        twins = _twins(self.generation.taste_vectors.among(candidates.rows[:n]), self.twin)
        order: list[int] = []
        for start, stop in self._steps(candidates, n):
            among = {i - start: {j - start for j in twins[i]} for i in twins if start <= i < stop}
            block = spread(
                codes[start:stop],
                among,
                max_per_window=self.max_per_window,
                window=self.window,
                depth=self.depth,
            )
            order += [start + i for i in block]
        rest = np.arange(len(order), len(candidates))
        return Selection(np.concatenate([np.array(order, dtype=np.intp), rest]).astype(np.intp))

    def _steps(self, candidates: Candidates, n: int) -> list[tuple[int, int]]:
        """Yield ``[start, stop)`` of candidates that may be reordered."""
        if self.score_step is None or not n:
            return [(0, len(candidates))]
        step = np.floor(candidates.columns["score"][:n] / self.score_step)
        return list(pairwise([0, *(np.flatnonzero(np.diff(step)) + 1).tolist(), n]))


def spread(
    codes: Sequence[int],
    twins: Mapping[int, set[int]],
    *,
    max_per_window: int,
    window: int,
    depth: int,
) -> list[int]:
    """Return the greedy order of :class:`Diverse` over indexes ``0 … n - 1``.

    Args:
        codes: of each index; -1 is never limited.
        twins: indexes that must not follow each other within ``window``.
        max_per_window: how many of one code may be within ``window``.
        window: how many earlier positions count.
        depth: after so many positions the rest follows as it was.
    """
    if not twins and (
        len(set(codes)) < 2 or not _is_crowded(codes[:depth], max_per_window, window)
    ):
        return list(range(len(codes)))
    waiting, order = list(range(len(codes))), list[int]()
    n_shown: dict[int, int] = {}  # by code, in the window
    full: set[int] = set()
    while waiting and len(order) < depth:
        at = 0  # if all are delayed, the best is placed
        if full or twins:
            near = set().union(*(twins[i] for i in order[-window:] if i in twins))
            for free, i in enumerate(waiting):
                if codes[i] not in full and i not in near:
                    at = free
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
    return order + waiting


def _is_crowded(codes: Sequence[int], max_per_window: int, window: int) -> bool:
    """Return whether any code occurs when the ``window`` before it is full of it."""
    places: dict[int, list[int]] = {}
    for place, code in enumerate(codes):
        if code >= 0:
            before = places.setdefault(code, [])
            if len(before) >= max_per_window and place - before[-max_per_window] <= window:
                return True
            before.append(place)
    return False


def _twins(cosines: NDArray[np.float32], threshold: float) -> dict[int, set[int]]:
    """Map indexes to those of their near duplicates, if any."""
    twins: dict[int, set[int]] = {}
    is_alike = cosines > threshold
    np.fill_diagonal(is_alike, False)
    for i, j in zip(*(at.tolist() for at in np.nonzero(is_alike)), strict=True):
        twins.setdefault(i, set()).add(j)
    return twins
