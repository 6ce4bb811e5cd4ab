"""CPU time of a page with a bundle, on the serving path, compared with a yardstick."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Served, Surface, no_progress
from baihuo.engine import Source, Tables, sql_file
from baihuo.index import Generation, Int8Vectors

# Sample queries like the shop's traffic, to time pages.


_FREQUENT_QUERIES = sql_file(__file__, "frequent_queries")


def sample_queries(
    tables: Tables, generation: Generation, *, events: Source, at_us: int, n: int = 240
) -> list[Query]:
    """Return ``n`` queries: frequent searches (or title words), home and similar pages, 2 to 1, about the mix of a shop that is mostly
    searched. All differ, because caches would make pages look faster.
    """
    typed = tables.sql(_FREQUENT_QUERIES(n_queries=n), events=events).to_pylist()
    step = max(1, generation.n // n)
    ids = [str(p) for p in generation.product_ids[::step][:n]]
    texts = [row["query_text"] for row in typed] or [_words(generation, i) for i in ids]
    visitors = [row["visitor_id"] for row in typed] or ["sample"]
    return [_query(i, texts, ids, visitors, at_us) for i in range(n)]


def _query(
    i: int, texts: Sequence[str], ids: Sequence[str], visitors: Sequence[str], at_us: int
) -> Query:
    surface = (Surface.SEARCH, Surface.HOME, Surface.SEARCH, Surface.SIMILAR)[i % 4]
    return Query(
        query_id=f"sample-{i}",
        surface=surface,
        visitor_id=visitors[i % len(visitors)],
        at_us=at_us,
        query_text=texts[i % len(texts)] if surface is Surface.SEARCH else "",
        product_id=ids[i % len(ids)] if surface is Surface.SIMILAR else None,
    )


def _words(generation: Generation, product_id: str) -> str:
    title = generation.product(generation.row_of[product_id]).title
    return " ".join(title.split()[:3])


class PageMaker(Protocol):
    """Anything that makes pages, such as :class:`baihuo.rank.Ranker`."""

    def page(self, query: Query) -> Served: ...


@dataclass(frozen=True, slots=True)
class Latency:
    """CPU time of a page on its thread, without HTTP, and of the yardstick, measured alternately."""

    p50_ms: float
    p99_ms: float
    yardstick_ms: float  # median of the fixed work on this machine
    n_pages: int

    @property
    def p50_ratio(self) -> float:
        """CPU time of the median page, in yardsticks: comparable between fast and slow machines."""
        return self.p50_ms / self.yardstick_ms

    @property
    def p99_ratio(self) -> float:
        """The same at the 99th percentile."""
        return self.p99_ms / self.yardstick_ms


def measure_latency(
    ranker: PageMaker,
    queries: Sequence[Query],
    *,
    n_warm: int = 10,
    yardstick: Callable[[], None] | None = None,
    clock_ns: Callable[[], int] = time.thread_time_ns,
    progress: Progress = no_progress,
) -> Latency:
    """Make pages one after the other, each followed by the yardstick; the first ``n_warm`` warm up the
    caches and do not count.

    CPU time, alternating with fixed work, so that neither other load nor the machine's speed decides. ``bench/serve.py`` measures the
    response time.

    Args:
        queries: Real queries in the mix of the shop, all distinct: caches would flatter the bundle.
        yardstick: The fixed work; None: :class:`Yardstick`.
        clock_ns: CPU time of this thread so far, ns.

    Raises:
        ValueError: no query is left to time after the warm-up.
    """
    if len(queries) <= n_warm:
        raise ValueError(f"{len(queries)} queries leave none to time after {n_warm} to warm up")
    work = Yardstick() if yardstick is None else yardstick
    pages_ms, work_ms = [], []
    for i, query in enumerate(queries):
        progress("gate: pages timed", i, len(queries))
        start = clock_ns()
        ranker.page(query)
        between = clock_ns()
        work()
        pages_ms.append((between - start) / 1e6)
        work_ms.append((clock_ns() - between) / 1e6)
    progress("gate: pages timed", len(queries), len(queries))
    p50, p99 = np.quantile(pages_ms[n_warm:], [0.5, 0.99])
    return Latency(
        float(p50), float(p99), float(np.median(work_ms[n_warm:])), len(pages_ms) - n_warm
    )


# A fixed workload like that of a page, to measure the machine's speed.
#
# Machines differ by a factor of five, so the gate measures pages in multiples of this work. It does not depend on bundle, index or shop: a
# slower encoder makes pages slower, not the yardstick.


_N_TOKENS, _WIDTH, _N_LAYERS = 8, 384, 3  # half of MiniLM's layers over a short query
_N_VECTORS = 20_000
_N_ROWS, _N_COLUMNS = 200, 64
_N_TITLES = 240


class Yardstick:
    """A call encodes a query, scans vectors, scores rows and builds an answer."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)

        def weights(*shape: int) -> NDArray[np.float32]:
            return (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)

        self._tokens = weights(_N_TOKENS, _WIDTH)
        self._layers = [
            (weights(_WIDTH, 4 * _WIDTH), weights(4 * _WIDTH, _WIDTH)) for _ in range(_N_LAYERS)
        ]
        self._vectors = Int8Vectors.of(weights(_N_VECTORS, _WIDTH))
        self._rows = weights(_N_ROWS, _N_COLUMNS)
        self._net = [weights(_N_COLUMNS, 128), weights(128, 64), weights(64, 1)]
        self._titles = [
            f"product {i} of brand {i % 17} in colour {i % 5}" for i in range(_N_TITLES)
        ]

    def __call__(self) -> None:
        """Run the workload once."""
        hidden = self._tokens
        for wide, narrow in self._layers:
            hidden = hidden + np.maximum(hidden @ wide, 0) @ narrow
            hidden /= np.linalg.norm(hidden, axis=1, keepdims=True)
        scores = self._vectors.dot(hidden.mean(axis=0))
        best = np.argpartition(-scores, 1_000)[:1_000]
        best = best[np.argsort(-scores[best], kind="stable")]
        values = self._rows
        for layer in self._net:
            values = np.tanh(values @ layer)
        order = np.argsort(-values[:, 0], kind="stable").tolist()
        self._answer(order, best.tolist())

    def _answer(self, order: list[int], best: list[int]) -> str:
        """Do the interpreter's share: most of a page is small steps over terms and rows."""
        counts: dict[str, int] = {}
        for title in self._titles:
            for word in title.split():
                counts[word] = counts.get(word, 0) + 1
        shown = [
            {"product_id": str(row), "title": self._titles[row % _N_TITLES], "position": p + 1}
            for p, row in enumerate(order)
        ]
        return json.dumps({"results": shown, "facets": counts, "n": len(best)}, ensure_ascii=False)
