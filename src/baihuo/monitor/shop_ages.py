"""Ages of the live release and its parts, as Prometheus gauges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from baihuo.bundle import read_live
from baihuo.core import ShopError, ShopPaths


class ShopAges(Collector):
    """When the release, its bundle, its index and the last check of the data were made: one gauge, by what was made."""

    def __init__(self, paths: ShopPaths) -> None:
        self._paths = paths

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauge, without values for missing parts."""
        gauge = GaugeMetricFamily(
            "baihuo_made_timestamp_seconds",
            "When the live release, its bundle, its index and the last check of the data were made",
            labels=["of"],
        )
        for name, at_s in self._times().items():
            if at_s is not None:
                gauge.add_metric([name], at_s)
        yield gauge

    def _times(self) -> dict[str, float | None]:
        times = {"check": _changed_s(self._paths.quality_report)}
        try:
            live = read_live(self._paths.bundles)
        except (OSError, ShopError, ValueError):
            live = None
        if live is not None:
            times["release"] = live.now.since_us / 1e6
            times["bundle"] = _changed_s(self._paths.bundles / live.bundle_id / "manifest.json")
            times["index"] = _changed_s(self._paths.index / live.index_id / "manifest.json")
        return times


def _changed_s(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None
