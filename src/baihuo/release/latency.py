"""How long a page takes with a bundle, on the path that serves it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from baihuo.core import Query, Served


class Pages(Protocol):
    """Anything that makes pages, such as :class:`baihuo.rank.Ranker`."""

    def page(self, query: Query) -> Served: ...


@dataclass(frozen=True, slots=True)
class Latency:
    """CPU of a page on the thread that makes it, without HTTP."""

    p50_ms: float
    p99_ms: float
    n_pages: int


def measure_latency(ranker: Pages, queries: Sequence[Query], *, n_warm: int = 10) -> Latency:
    """Make the pages one after the other; the first ``n_warm`` fill caches and do not count.

    CPU and not the clock on the wall: what else the machine does at that moment must not close the
    gate. ``bench/serve.py`` measures what a shopper waits.

    Args:
        queries: Real ones, in the mix of the shop: distinct, or caches flatter the bundle.

    Raises:
        ValueError: no query is left to time.
    """
    if len(queries) <= n_warm:
        raise ValueError(f"{len(queries)} queries leave none to time after {n_warm} to warm up")
    taken_ms = []
    for query in queries:
        start = time.thread_time_ns()
        ranker.page(query)
        taken_ms.append((time.thread_time_ns() - start) / 1e6)
    p50, p99 = np.quantile(taken_ms[n_warm:], [0.5, 0.99])
    return Latency(float(p50), float(p99), len(taken_ms) - n_warm)
