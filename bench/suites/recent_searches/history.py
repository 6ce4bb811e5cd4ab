"""What each visitor had searched for before a moment, from a log: the same text once, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from baihuo.core import fold
from baihuo.engine import Source, Tables

REMEMBERED = 20  # searches
_DAY_US = 86_400_000_000
_REMEMBERED_DAYS = 90

_SEARCHES = """
SELECT visitor_id, query_text, min(received_at_us) AS at_us
FROM events
WHERE query_text IS NOT NULL AND query_id IS NOT NULL
GROUP BY visitor_id, query_id, query_text
ORDER BY visitor_id, at_us, query_text
"""


@dataclass(frozen=True, slots=True, eq=False)
class PastSearches:
    """Searches by visitor, oldest first."""

    texts: list[str]
    at_us: NDArray[np.int64]
    start: dict[str, tuple[int, int]]

    @classmethod
    def read(cls, tables: Tables, events: Source) -> PastSearches:
        """One search a page, at the time of its first event."""
        table = tables.sql(_SEARCHES, events=events)
        visitors = table.column("visitor_id").to_pylist()
        edges = [i for i in range(1, len(visitors)) if visitors[i] != visitors[i - 1]]
        bounds = pairwise([0, *edges, len(visitors)])
        start = {visitors[a]: (a, b) for a, b in bounds if a < b}
        texts = table.column("query_text").to_pylist()
        return cls(texts, table.column("at_us").to_numpy(), start)

    def before(
        self, visitor_id: str, at_us: int, *, but: str = ""
    ) -> tuple[list[str], NDArray[np.int64]]:
        """Texts and times strictly before ``at_us``, without those that say the same as ``but``."""
        first, last = self.start.get(visitor_id, (0, 0))
        times = self.at_us[first:last]
        until = first + int(np.searchsorted(times, at_us, side="left"))
        since = at_us - _REMEMBERED_DAYS * _DAY_US
        seen, at = {fold(but)}, []
        texts: list[str] = []
        for i in range(until - 1, first - 1, -1):
            if self.at_us[i] < since or len(texts) == REMEMBERED:
                break
            key = fold(self.texts[i])
            if key not in seen:
                seen.add(key)
                texts.append(self.texts[i])
                at.append(self.at_us[i])
        return texts, np.array(at, np.int64)
