"""The last watch of the live bundle as Prometheus gauges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily

from baihuo.monitor.file_collector import FileCollector
from baihuo.monitor.watch_report import WatchReport, read_watch


class WatchCollector(FileCollector[WatchReport]):
    """The file as gauges."""

    def read(self, path: Path) -> WatchReport | None:
        return read_watch(path)

    def gauges(self, content: WatchReport) -> Iterator[GaugeMetricFamily]:
        names = ["bundle_id", "measure", "surface"]
        ratio = GaugeMetricFamily(
            "baihuo_watch_ratio",
            "A measure of the live bundle over its expected value",
            labels=names,
        )
        outside = GaugeMetricFamily(
            "baihuo_watch_outside",
            "1 if surely outside its band",
            labels=names,
        )
        for one in content.watched:
            labels = [content.bundle_id, one.name, one.surface]
            ratio.add_metric(labels, one.value)
            outside.add_metric(labels, float(one.is_outside))
        at = GaugeMetricFamily(
            "baihuo_watch_timestamp_seconds", "When it was measured", labels=["bundle_id"]
        )
        at.add_metric([content.bundle_id], content.at_us / 1e6)
        yield from (ratio, outside, at)
