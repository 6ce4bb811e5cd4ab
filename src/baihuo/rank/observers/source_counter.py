"""Counts how many products on pages come from each source."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np

from baihuo.core import Candidates
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Observer


class SourceCounter(Observer):
    """Counts, over all requests, the products of first pages that each source found."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def observe(self, context: RequestContext, candidates: Candidates) -> None:
        first = context.query.page_size
        surface = str(context.query.surface)
        found = {
            (surface, name.removeprefix("from_")): int((~np.isnan(column[:first])).sum())
            for name, column in candidates.columns.items()
            if name.startswith("from_")
        }
        with self._lock:
            self._counts.update(found)

    def counts(self) -> dict[tuple[str, str], int]:
        """Counts by (surface, source) since the start."""
        with self._lock:
            return dict(self._counts)
