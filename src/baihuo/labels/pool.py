"""The pairs to judge: results of two rankings for frequent queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Surface, no_progress
from baihuo.engine import Tables, sql_file
from baihuo.index import Generation, Thresholds, answer_set
from baihuo.labels.ratings import query_key

Rows = NDArray[np.int64]
DEPTH = 20  # of each ranking: twice the depth of nDCG@10
N_QUERIES = 100

_FREQUENT_QUERIES = sql_file(__file__, "frequent_queries")


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Pairs of a query and a product in the results of a ranking; rows of a query are consecutive."""

    queries: NDArray[np.object_]  # [pairs]
    products: NDArray[np.object_]  # [pairs]
    ours: Rows  # [pairs], 1-based position in our ranking; 0: below :data:`DEPTH`
    theirs: Rows  # [pairs], the same in BM25 alone

    def __len__(self) -> int:
        return len(self.queries)


def frequent_queries(tables: Tables, events: Path, *, n: int = N_QUERIES) -> list[str]:
    """The most frequent queries, by number of pages; empty without a log.

    ``events`` is a Parquet file, or a folder of them.
    """
    if not (events.is_file() or any(events.glob("*.parquet"))):
        return []
    # More than needed: "Phone" and "phone " are one query.
    rows = tables.sql(_FREQUENT_QUERIES(n_queries=4 * n), events=events).to_pylist()
    counts: dict[str, int] = {}
    for row in rows:
        key = query_key(row["query_text"])
        counts[key] = counts.get(key, 0) + int(row["n"])
    return sorted(counts, key=lambda q: (-counts[q], q))[:n]


def make_pool(
    generation: Generation,
    queries: Iterable[str],
    thresholds: Thresholds | None = None,
    *,
    depth: int = DEPTH,
    progress: Progress = no_progress,
) -> Pool:
    """The first ``depth`` products of our answer set and of plain BM25, for each query."""
    wanted = list(dict.fromkeys(key for q in queries if (key := query_key(q))))
    pairs: list[tuple[str, str, int, int]] = []
    for n_done, text in enumerate(wanted, start=1):
        ours, theirs = _orders(generation, text, thresholds or Thresholds(), depth)
        positions: dict[int, list[int]] = {}
        for side, order in enumerate((ours, theirs)):
            for position, row in enumerate(order, start=1):
                positions.setdefault(int(row), [0, 0])[side] = position
        pairs += [(text, str(generation.product_ids[r]), a, b) for r, (a, b) in positions.items()]
        progress("answer queries", n_done, len(wanted))
    names = np.empty((2, len(pairs)), object)
    for at, pair in enumerate(pairs):
        names[:, at] = pair[:2]
    numbers = np.array([pair[2:] for pair in pairs], np.int64).reshape(-1, 2)
    return Pool(names[0], names[1], numbers[:, 0], numbers[:, 1])


def _orders(
    generation: Generation, text: str, thresholds: Thresholds, depth: int
) -> Sequence[NDArray[np.int32]]:
    query = Query(query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text=text)
    ours = answer_set(generation, query, thresholds).rows[:depth]
    matches = generation.match(text)
    if matches is None:
        return ours, ours[:0]
    scores = np.where(generation.is_live, matches.bm25, 0.0)
    best = np.argsort(-scores, kind="stable")[:depth].astype(np.int32)
    return ours, best[scores[best] > 0]
