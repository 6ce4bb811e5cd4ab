"""Metrics of a server for Prometheus, summed over its workers."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from baihuo.core import ShopPaths
from baihuo.monitor.collectors import ShopAges, SkewCollector, WatchCollector

# Seconds. The targets of a page are 15 ms (median) and 60 ms (99th percentile): fine steps around them.
_BUCKETS_S = (
    0.001,
    0.0025,
    0.005,
    0.0075,
    0.01,
    0.015,
    0.02,
    0.03,
    0.04,
    0.06,
    0.1,
    0.25,
    1.0,
    5.0,
)

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one worker, and the sum over all workers.

    With several workers each writes its counters into files of ``folder``, and any of them can return the
    sum. The library chooses this mode when it is imported, by the environment variable
    ``PROMETHEUS_MULTIPROC_DIR``, which must name the same folder.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        paths: ShopPaths | None = None,
        disk: Collector | None = None,
    ) -> None:
        """
        Args:
            paths: The shop whose skew, last watch and ages are exposed, too.
        """
        self._folder = folder
        self._of_shop: list[Collector] = []
        if paths is not None:
            self._of_shop += [
                SkewCollector(paths.skew_file),
                WatchCollector(paths.watch_file),
                ShopAges(paths),
            ]
        if disk is not None:
            self._of_shop.append(disk)
        self._registry = registry = CollectorRegistry()
        self._count_traffic(registry)
        self._count_assist(registry)
        self._count_events(registry)
        self._count_writes(registry)
        self.requests = Counter(
            "baihuo_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "baihuo_http_request_seconds",
            "Time from the request to its answer",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.pages = Counter(
            "baihuo_pages", "Pages served", ["surface", "bundle_id"], registry=registry
        )
        self.empty_pages = Counter(
            "baihuo_empty_pages", "Pages with no product", ["surface"], registry=registry
        )
        self.failures = Counter(
            "baihuo_background_failures",
            "Failures of a follower of the log, the catalogue or the release",
            ["follower"],
            registry=registry,
        )
        self.swaps = Counter(
            "baihuo_swaps", "Bundles and indexes taken into service", registry=registry
        )
        self.replays = Counter(
            "baihuo_replays",
            "Features reloaded because rows were released from quarantine",
            registry=registry,
        )
        self.lag_seconds = Gauge(
            "baihuo_lag_seconds",
            "Time since a follower last caught up; the slowest worker",
            ["follower"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.products = Gauge(
            "baihuo_products",
            "Products in the index",
            multiprocess_mode="livemax",
            registry=registry,
        )

    def _count_traffic(self, registry: CollectorRegistry) -> None:
        """Count the decisions of the traffic limits."""
        self.refused = Counter(
            "baihuo_refused",
            "Requests refused before they were read, by reason: Overloaded, TooManyRequests, TooLarge, TooSlow, …",
            ["reason"],
            registry=registry,
        )
        self.page_waits = Histogram(
            "baihuo_page_wait_seconds",
            "Time that a page waited for its turn",
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.waiting = Gauge(
            "baihuo_waiting_pages",
            "Pages that wait for their turn",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.closed_connections = Counter(
            "baihuo_closed_connections",
            "Connections closed to make room, or because they were too slow or too greedy",
            registry=registry,
        )
        self.held_back = Gauge(
            "baihuo_held_back_events_per_hour",
            "Events that wait for the checks before they count for all visitors, by reason: product (more new "
            "visitors than expected), visitor, sender",
            ["reason"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.clock_jump = Gauge(
            "baihuo_clock_jump_seconds",
            "By how much the machine's clock was changed; the server keeps its time",
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.sender_bursts = Counter(
            "baihuo_sender_burst_events",
            "Events about one product beyond the limit of one address or one key",
            ["of"],
            registry=registry,
        )
        self.cheap_pages = Counter(
            "baihuo_cheap_pages",
            "Pages made at lower cost because others waited: shared, or without models",
            ["how"],
            registry=registry,
        )

        self.live_left_out = Gauge(
            "baihuo_live_left_out",
            "Events since the release that live features counted only in part, because `serve.limits.live_entries` was reached; the worker with most",
            multiprocess_mode="livemax",
            registry=registry,
        )

    def _count_events(self, registry: CollectorRegistry) -> None:
        """Count received events."""
        self.events = Counter(
            "baihuo_events",
            "Events by result: new, known, rejected",
            ["outcome"],
            registry=registry,
        )
        self.by_type = Counter(
            "baihuo_events_by_type",
            "New events by type and surface; clicks over impressions are the click-through rate",
            ["event_type", "surface"],
            registry=registry,
        )

    def _count_writes(self, registry: CollectorRegistry) -> None:
        """Count failed writes."""
        self.unlogged_pages = Counter(
            "baihuo_unlogged_pages",
            "Pages served but not logged: they cannot be used for training",
            registry=registry,
        )
        self.commit_failures = Counter(
            "baihuo_commit_failures",
            "Failed commits by file: log (events), served (pages); none was acknowledged",
            ["file"],
            registry=registry,
        )

    def _count_assist(self, registry: CollectorRegistry) -> None:
        self.assist_turns = Counter(
            "baihuo_assist_turns",
            "Messages that customer service answered, by decision and reason",
            ["decision", "reason"],
            registry=registry,
        )
        self.assist_seconds = Histogram(
            "baihuo_assist_seconds",
            "Time of a turn of customer service",
            registry=registry,
            buckets=_BUCKETS_S,
        )
        self.assist_failures = Counter(
            "baihuo_assist_failures",
            "Stages of a turn that failed or took too long; the shopper got a reply without them",
            ["stage"],
            registry=registry,
        )
        self.assist_held_back = Counter(
            "baihuo_assist_held_back",
            "Sentences of a generative model rejected by the check, by reason; the extractive reply was sent",
            ["reason"],
            registry=registry,
        )
        self.assist_model = Counter(
            "baihuo_assist_model",
            "Replies that a generative model was asked to rephrase, by outcome: rephrased, unchanged, busy, budget, slow, …",
            ["outcome"],
            registry=registry,
        )
        self.assist_feedback = Counter(
            "baihuo_assist_feedback",
            "Shoppers' ratings of answers",
            ["kind"],
            registry=registry,
        )

    def exposed(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        registry = self._registry
        if self._folder is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry) + self._exposed_of_shop()

    def _exposed_of_shop(self) -> bytes:
        """Return the shop's values, not a worker's: the last measured skew, watch and ages."""
        registry = CollectorRegistry()
        for one in self._of_shop:
            registry.register(one)
        return generate_latest(registry) if self._of_shop else b""


def worker_is_gone(pid: int, folder: Path) -> None:
    """Drop the gauges of a dead worker; its counters stay, so that no sum decreases."""
    mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]
