"""The last measured skew of served pages, as a small file that servers and ``baihuo status`` read."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from baihuo.bundle import read_live
from baihuo.core import ShopError, ShopPaths, free_bytes
from baihuo.engine import written_whole
from baihuo.events import peek_log, peek_served
from baihuo.monitor.watch_report import WatchReport, read_watch


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSkew:
    """How far the features of the live bundle's pages differ from the SQL for the same moments."""

    measured_at_us: int  # our clock, UTC
    bundle_id: str
    features: str  # hash of its feature set
    n_pages: int = 0
    n_values: int = 0
    share_different: float = 0.0  # over the events serving knew: 0 unless the code differs
    share_late: float = 0.0  # explained by a worker a moment behind the log
    share_after_checks: float = 0.0  # over checked events, as training will see them
    worst: tuple[tuple[str, float], ...] = ()  # features, and the share of their values that differ
    why_nothing: str = ""  # why no value was compared

    def write(self, path: Path) -> None:
        """Write ``skew.json``; a reader sees the old file or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            part.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read_skew(path: Path) -> ServedSkew | None:
    """Return the last measured skew; None if missing or written by another version."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        worst = tuple((str(name), float(share)) for name, share in values.pop("worst"))
        return ServedSkew(**values, worst=worst)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


Content = TypeVar("Content")


class FileCollector(Collector, ABC, Generic[Content]):
    """The file as gauges; read again only when its modification time changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, Content | None] = (-1, None)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; none where there is no file, or none that can be read."""
        try:
            changed_at = self._path.stat().st_mtime_ns
        except OSError:
            return
        if changed_at != self._read[0]:
            self._read = changed_at, self.read(self._path)
        if self._read[1] is not None:
            yield from self.gauges(self._read[1])

    @abstractmethod
    def read(self, path: Path) -> Content | None:
        """Parse the file; None if it is missing or of another version."""

    @abstractmethod
    def gauges(self, content: Content) -> Iterator[GaugeMetricFamily]:
        """The gauges."""


class SkewCollector(FileCollector[ServedSkew]):
    """The file as gauges."""

    def read(self, path: Path) -> ServedSkew | None:
        return read_skew(path)

    def gauges(self, content: ServedSkew) -> Iterator[GaugeMetricFamily]:
        names = ["bundle_id", "features"]
        labels = [content.bundle_id, content.features]
        share = GaugeMetricFamily(
            "baihuo_skew_share",
            "Served feature values that differ from the SQL over the events serving had, or as checked",
            labels=[*names, "events"],
        )
        if content.n_values:
            share.add_metric([*labels, "served"], content.share_different)
            share.add_metric([*labels, "checked"], content.share_after_checks)
        values = GaugeMetricFamily("baihuo_skew_values", "Served values compared", labels=names)
        values.add_metric(labels, content.n_values)
        at = GaugeMetricFamily(
            "baihuo_skew_measured_timestamp_seconds", "When they were compared", labels=names
        )
        at.add_metric(labels, content.measured_at_us / 1e6)
        yield from (share, values, at)


# Disk space of a shop and the size of its logs, as Prometheus gauges.


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


# The last watch of the live bundle as Prometheus gauges.


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


# Ages of the live release and its parts, as Prometheus gauges.


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
