"""What could be judged: the shop's queries, and what two orders of the catalogue answer them with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Surface
from baihuo.core.progress import Progress, silent
from baihuo.engine import Tables
from baihuo.engine.sql_files import sql_file
from baihuo.index import Generation, Thresholds, answer_set
from baihuo.labels.ratings import query_key

Rows = NDArray[np.int64]
DEPTH = (
    20  # of each order: ten count for nDCG@10, and the next ten may be what should have been there
)
N_QUERIES = 100

_SQL = sql_file(__file__, "sql")


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Pairs of a query and a product that one of two orders shows; rows of a query lie together."""

    queries: NDArray[np.object_]  # [pairs]
    products: NDArray[np.object_]  # [pairs]
    ours: Rows  # [pairs], 1-based position in our order; 0: past :data:`DEPTH`
    theirs: Rows  # [pairs], by BM25 alone

    def __len__(self) -> int:
        return len(self.queries)


def frequent_queries(tables: Tables, events: Path, *, n: int = N_QUERIES) -> list[str]:
    """What is typed most, most often first, by pages; none without a log.

    ``events`` is a Parquet file, or a folder of them.
    """
    if not (events.is_file() or any(events.glob("*.parquet"))):
        return []
    # More than wanted: "Phone" and "phone " are one.
    found = tables.sql(_SQL(n=4 * n), events=events).to_pylist()
    counts: dict[str, int] = {}
    for row in found:
        key = query_key(row["query_text"])
        counts[key] = counts.get(key, 0) + int(row["n"])
    return sorted(counts, key=lambda q: (-counts[q], q))[:n]


def make_pool(
    generation: Generation,
    queries: Iterable[str],
    thresholds: Thresholds | None = None,
    *,
    depth: int = DEPTH,
    progress: Progress = silent,
) -> Pool:
    """The first ``depth`` products of our answer and of plain BM25, for each query."""
    wanted = list(dict.fromkeys(key for q in queries if (key := query_key(q))))
    found: list[tuple[str, str, int, int]] = []
    for n_done, text in enumerate(wanted, start=1):
        ours, theirs = _orders(generation, text, thresholds or Thresholds(), depth)
        places: dict[int, list[int]] = {}
        for side, order in enumerate((ours, theirs)):
            for position, row in enumerate(order, start=1):
                places.setdefault(int(row), [0, 0])[side] = position
        found += [(text, str(generation.product_ids[r]), a, b) for r, (a, b) in places.items()]
        progress("answer queries", n_done, len(wanted))
    names = np.empty((2, len(found)), object)
    for at, pair in enumerate(found):
        names[:, at] = pair[:2]
    numbers = np.array([pair[2:] for pair in found], np.int64).reshape(-1, 2)
    return Pool(names[0], names[1], numbers[:, 0], numbers[:, 1])


def _orders(
    generation: Generation, text: str, thresholds: Thresholds, depth: int
) -> Sequence[NDArray[np.int32]]:
    asked = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    ours = answer_set(generation, asked, thresholds).rows[:depth]
    found = generation.match(text)
    if found is None:
        return ours, ours[:0]
    words = np.where(generation.is_live, found.bm25, 0.0)
    best = np.argsort(-words, kind="stable")[:depth].astype(np.int32)
    return ours, best[words[best] > 0]
