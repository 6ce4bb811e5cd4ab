"""The last measured skew of served pages, as a small file that servers and ``baihuo status`` read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily

from baihuo.engine import written_whole
from baihuo.monitor.file_collector import FileCollector


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
