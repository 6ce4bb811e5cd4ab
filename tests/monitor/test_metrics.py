"""Counts as Prometheus reads them. Several workers together: tests/serve/test_workers.py."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from baihuo.bundle import set_live
from baihuo.core import ShopPaths
from baihuo.monitor.collectors import ServedSkew, read_skew
from baihuo.monitor.metrics import Metrics
from baihuo.monitor.watch_report import Watched, WatchReport, read_watch


def test_what_is_counted_can_be_read_by_prometheus() -> None:
    metrics, other = Metrics(), Metrics()  # two in one process do not share counts
    metrics.events.labels("new").inc(3)
    metrics.seconds.labels("GET", "/v1/search").observe(0.012)
    other.events.labels("new").inc()
    families = {f.name: f for f in text_string_to_metric_families(metrics.exposed().decode())}
    [sample] = [s for s in families["baihuo_events"].samples if s.name.endswith("_total")]
    assert (sample.labels, sample.value) == ({"outcome": "new"}, 3)
    buckets = {
        s.labels["le"]: s.value
        for s in families["baihuo_http_request_seconds"].samples
        if s.name.endswith("_bucket")
    }
    assert (buckets["0.01"], buckets["0.015"]) == (0, 1)  # the bar of a page is a bucket's edge


def test_the_last_comparison_of_served_pages_is_a_gauge_and_a_new_one_is_seen(
    tmp_path: Path,
) -> None:
    paths = ShopPaths(tmp_path)
    file = paths.skew_file
    file.parent.mkdir()
    metrics = Metrics(paths=paths)
    assert "baihuo_skew" not in metrics.exposed().decode()  # nothing was compared yet
    for at_us, share in ((1_000_000, 0.25), (2_000_000, 0.5)):
        skew = ServedSkew(
            measured_at_us=at_us,
            bundle_id="b1",
            features="f1",
            n_pages=1,
            n_values=8,
            share_different=share,
            worst=(("product_ctr_7d", share),),
        )
        skew.write(file)
        os.utime(file, ns=(at_us, at_us))
        assert read_skew(file) == skew
        families = {f.name: f for f in text_string_to_metric_families(metrics.exposed().decode())}
        told = {s.labels["events"]: s.value for s in families["baihuo_skew_share"].samples}
        assert told == {"served": share, "checked": 0}
        [at] = families["baihuo_skew_measured_timestamp_seconds"].samples
        assert (at.labels, at.value) == ({"bundle_id": "b1", "features": "f1"}, at_us / 1e6)


def test_the_last_look_at_the_live_bundle_is_a_gauge(tmp_path: Path) -> None:
    paths = ShopPaths(tmp_path)
    file = paths.watch_file
    file.parent.mkdir()
    metrics = Metrics(paths=paths)
    assert "baihuo_watch" not in metrics.exposed().decode()  # nobody looked yet
    low = Watched(
        name="ctr",
        surface="home",
        n=5_000,
        value=0.4,
        low=0.3,
        high=0.5,
        lowest=0.7,
        highest=None,
        words="of before",
    )
    look = WatchReport(
        at_us=3_000_000, bundle_id="b1", since_us=1, n_impressions=5_000, watched=(low,)
    )
    look.write(file)
    assert read_watch(file) == look
    families = {f.name: f for f in text_string_to_metric_families(metrics.exposed().decode())}
    labels = {"bundle_id": "b1", "measure": "ctr", "surface": "home"}
    for name, value in (("baihuo_watch_ratio", 0.4), ("baihuo_watch_outside", 1.0)):
        [sample] = families[name].samples
        assert (sample.labels, sample.value) == (labels, value)


def test_the_age_of_what_serves_is_a_gauge_and_what_is_missing_has_none(tmp_path: Path) -> None:
    paths = ShopPaths(tmp_path)
    metrics = Metrics(paths=paths)
    assert "baihuo_made_timestamp_seconds{" not in metrics.exposed().decode()
    made = {
        paths.quality_report: 1_000,
        paths.bundles / "b1" / "manifest.json": 2_000,
        paths.index / "i1" / "manifest.json": 3_000,
    }
    for file, at_s in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
        os.utime(file, (at_s, at_s))
    live = set_live(paths.bundles, "b1", "i1")
    families = {f.name: f for f in text_string_to_metric_families(metrics.exposed().decode())}
    times = {s.labels["of"]: s.value for s in families["baihuo_made_timestamp_seconds"].samples}
    assert times == {
        "check": 1_000,
        "bundle": 2_000,
        "index": 3_000,
        "release": live.now.since_us / 1e6,
    }
    (paths.bundles / "live.json").write_text("{")  # a damaged file ends no scrape
    assert 'of="check"' in metrics.exposed().decode()


def test_a_damaged_comparison_is_no_comparison(tmp_path: Path) -> None:
    paths = ShopPaths(tmp_path)
    file = paths.skew_file
    file.parent.mkdir()
    metrics = Metrics(paths=paths)
    for text in ("", "[]", '{"worst": 3}', '{"worst": [], "of_a_later_version": 1}'):
        file.write_text(text)
        assert read_skew(file) is None
        assert "baihuo_skew" not in metrics.exposed().decode()
