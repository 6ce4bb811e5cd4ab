"""Figures of a running server and the state of its shop, as the start page shows them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from baihuo.core import ShopError, ShopPaths
from baihuo.monitor import Metrics, Status
from baihuo.monitor import status as read_status
from baihuo.serve.ids import now_us
from baihuo.serve.worker.worker import Worker

_KEPT_S = 10.0  # the state of a shop is read from many files


class ShopStates:
    """The state of the shop, read again when it is older than ten seconds, by one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._status: Status | None = None

    def read(self, paths: ShopPaths) -> Status:
        """As ``baihuo status`` has it."""
        with self._lock:
            if self._status is None or time.monotonic() - self._read_at > _KEPT_S:
                self._status = read_status(paths, at_us=now_us())
                self._read_at = time.monotonic()
            return self._status


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server did since its start, all workers together, and what this worker serves."""

    not_ready: str  # why nothing is served; empty: it is
    bundle_id: str
    index_id: str
    n_products: int
    refused_release: str  # why the newest release does not serve; empty: it does
    slowest_lag_s: float  # of what this worker follows: log, catalogue, release
    n_pages: int
    n_empty_pages: int
    n_requests: int
    n_errors: int  # 5xx but 503
    n_refused: int  # 429, 503 and what was too large or too slow
    n_events: int
    n_events_rejected: int


def figures_of(worker: Worker, metrics: Metrics) -> Figures:
    """The figures of now."""
    counts = _counts(metrics)
    not_ready, bundle_id, index_id, n_products = "", "", "", 0
    try:
        state = worker.state()
        bundle_id, index_id = state.pair.bundle_id, state.pair.index_id
        n_products = len(state.generation.row_of)
    except ShopError as error:
        not_ready = f"{error.what} → {error.fix}"
    return Figures(
        not_ready=not_ready,
        bundle_id=bundle_id,
        index_id=index_id,
        n_products=n_products,
        refused_release=worker.refused() or "",
        slowest_lag_s=max(worker.lags_s().values(), default=0.0),
        n_pages=counts["pages"],
        n_empty_pages=counts["empty_pages"],
        n_requests=counts["requests"],
        n_errors=counts["errors"],
        n_refused=counts["refused"],
        n_events=counts["events"],
        n_events_rejected=counts["events_rejected"],
    )


def _counts(metrics: Metrics) -> Counter[str]:
    names = {
        "baihuo_pages_total": "pages",
        "baihuo_empty_pages_total": "empty_pages",
        "baihuo_refused_total": "refused",
    }
    counts: Counter[str] = Counter()
    for family in text_string_to_metric_families(metrics.exposed().decode()):
        for sample in family.samples:
            n = int(sample.value) if sample.name.endswith("_total") else 0
            if sample.name in names:
                counts[names[sample.name]] += n
            elif sample.name == "baihuo_http_requests_total":
                counts["requests"] += n
                status = sample.labels["status"]
                counts["errors"] += n if status.startswith("5") and status != "503" else 0
            elif sample.name == "baihuo_events_total":
                is_rejected = sample.labels["outcome"] == "rejected"
                counts["events_rejected" if is_rejected else "events"] += n
    return counts
