"""CPU time of a page with a bundle, on the serving path, compared with a yardstick."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from baihuo.core import Progress, Query, Served, no_progress
from baihuo.release.yardstick import Yardstick


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
