"""The last look at the live bundle as gauges for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from baihuo.monitor.watch_report import WatchReport, read_watch


class WatchCollector(Collector):
    """The file as gauges; read again only when its modification time changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, WatchReport | None] = (-1, None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; none before the first look."""
        try:
            changed_at = self._path.stat().st_mtime_ns
        except OSError:
            return
        if changed_at != self._read[0]:
            self._read = changed_at, read_watch(self._path)
        look = self._read[1]
        if look is None:
            return
        names = ["bundle_id", "measure", "surface"]
        ratio = GaugeMetricFamily(
            "baihuo_watch_ratio",
            "A number of the live bundle beside what it should be",
            labels=names,
        )
        outside = GaugeMetricFamily(
            "baihuo_watch_outside",
            "1: surely outside its band, so it was rolled back",
            labels=names,
        )
        for one in look.watched:
            labels = [look.bundle_id, one.name, one.surface]
            ratio.add_metric(labels, one.value)
            outside.add_metric(labels, float(one.is_outside))
        at = GaugeMetricFamily(
            "baihuo_watch_timestamp_seconds", "When it was looked at", labels=["bundle_id"]
        )
        at.add_metric([look.bundle_id], look.at_us / 1e6)
        yield from (ratio, outside, at)
