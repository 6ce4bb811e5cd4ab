"""Disk space of a shop and the size of its logs, as Prometheus gauges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from baihuo.core import ShopPaths, free_bytes
from baihuo.events import peek_log, peek_served


class DiskCollector(Collector):
    """Reads on each scrape; writes nothing and leaves out unreadable values."""

    def __init__(self, paths: ShopPaths, *, reserve_bytes: int = 0) -> None:
        self._paths, self._reserve_bytes = paths, reserve_bytes

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        for metrics in (self._room, self._logs):
            try:
                found = list(metrics())
            except (
                Exception
            ):  # a file that is being replaced or is damaged: `baihuo status` says what is wrong
                continue
            yield from found

    def _room(self) -> Iterator[Metric]:
        free = GaugeMetricFamily(
            "baihuo_disk_free_bytes", "Free disk space of a folder of the shop", labels=["folder"]
        )
        for folder in (self._paths.raw, self._paths.clean, self._paths.served):
            free.add_metric([folder.name], free_bytes(folder))
        reserve = GaugeMetricFamily(
            "baihuo_disk_reserve_bytes", "With less free space nothing is written"
        )
        reserve.add_metric([], self._reserve_bytes)
        size = GaugeMetricFamily(
            "baihuo_file_bytes",
            "Size of a log on the disk, its write-ahead log included",
            labels=["file"],
        )
        for name, path in (("log", self._paths.log), ("served", self._paths.served_log)):
            size.add_metric([name], _size(path) + _size(path.with_name(path.name + "-wal")))
        sealed = (self._paths.served / "sealed").glob("*.parquet")
        size.add_metric(["served_sealed"], sum(_size(file) for file in sealed))
        yield from (free, reserve, size)

    def _logs(self) -> Iterator[Metric]:
        log, served = peek_log(self._paths.log), peek_served(self._paths.served_log)
        waiting = GaugeMetricFamily(
            "baihuo_unsealed_rows",
            "Events and pages not sealed into a file yet",
            labels=["file"],
        )
        waiting.add_metric(["log"], log.n_waiting)
        waiting.add_metric(["served"], served.n_pages - served.n_sealed)
        first = GaugeMetricFamily(
            "baihuo_first_unsealed_timestamp_seconds",
            "When the oldest of them was received",
            labels=["file"],
        )
        for name, at_us in (
            ("log", log.first_waiting_at_us),
            ("served", served.first_waiting_at_us),
        ):
            if at_us is not None:
                first.add_metric([name], at_us / 1e6)
        dropped = CounterMetricFamily(
            "baihuo_dropped_pages", "Served pages dropped because they expired"
        )
        dropped.add_metric([], served.n_dropped)
        yield from (waiting, first, dropped)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
