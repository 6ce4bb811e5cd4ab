"""Counts as Prometheus reads them. Several workers together: tests/serve/test_workers.py."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from baihuo.monitor.metrics import Metrics


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
