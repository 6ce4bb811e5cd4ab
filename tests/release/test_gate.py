"""The gate refuses what must not serve, says every reason in the bundle, and release obeys it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baihuo.bundle import Bundle, read_live, write
from baihuo.core import BadInput, GateClosed, NotFound, QualityStop, Query, Served, Surface
from baihuo.evaluate import Interval
from baihuo.quality import Limit, QualityReport
from baihuo.release import (
    GateLimits,
    GateReport,
    Latency,
    Replayed,
    gate,
    measure_latency,
    release,
    rollback,
)

_GOOD: dict[str, Any] = {
    "clicks": {"auc": 0.74, "ece": 0.004, "base_rate": 0.1},
    "lift": {
        "search": {
            "over": "bm25", "order": "both", "n_pages": 900, "mid": 0.04, "low": 0.02, "high": 0.06,
        }
    },
}  # fmt: skip
_FAST, _EQUAL = Latency(4.0, 20.0, 200), Replayed(10_000, 0, {})


@pytest.fixture
def clean_data() -> QualityReport:
    return QualityReport(
        rules_version="1", owner="", note="", steps=(), findings=(), limits=(), days=()
    )


def _stopped(report: QualityReport) -> QualityReport:
    limit = Limit("events.stop_above", "events", 0.4, 0.2, "stop", "40% of events quarantined")
    return replace(report, limits=(limit,))


def _bundle(folder: Path, **changes: Any) -> Bundle:
    report = json.loads(json.dumps(_GOOD))
    for path, value in changes.items():
        at, last = report, path.split("__")
        for name in last[:-1]:
            at = at[name]
        at[last[-1]] = value
    return Bundle.open(folder / write(folder, {"clicks/report.json": report}))


def _failed(said: GateReport) -> list[str]:
    return [check.name for check in said.checks if not check.is_passed]


def test_a_good_bundle_passes_and_says_what_was_measured(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path)
    said = gate(bundle, quality=clean_data, skew=_EQUAL, latency=_FAST)
    assert said.is_open
    assert [c.name for c in said.checks] == ["quality", "lift", "calibration", "skew", "latency"]
    assert all(c.was_asked and c.measured for c in said.checks)
    written = bundle.gate()
    assert written is not None
    assert written["is_open"]
    Bundle.open(bundle.path)  # the verdict did not break the seal


@pytest.mark.parametrize(
    ("planted", "changes", "skew", "latency"),
    [
        ("lift", {"lift__search__mid": -0.01}, _EQUAL, _FAST),
        ("lift", {"lift__search__low": -0.2}, _EQUAL, _FAST),
        ("calibration", {"clicks__ece": 0.05}, _EQUAL, _FAST),
        ("quality", {"clicks__auc": 0.5}, _EQUAL, _FAST),
        ("skew", {}, Replayed(10_000, 300, {"own_clicks_28d": 300}), _FAST),
        ("latency", {}, _EQUAL, Latency(30.0, 40.0, 200)),
        ("latency", {}, _EQUAL, Latency(4.0, 400.0, 200)),
    ],
)
def test_a_planted_fault_closes_the_gate_and_is_named(
    planted: str,
    changes: dict[str, Any],
    skew: Replayed,
    latency: Latency,
    tmp_path: Path,
    clean_data: QualityReport,
) -> None:
    bundle = _bundle(tmp_path, **changes)
    said = gate(bundle, quality=clean_data, skew=skew, latency=latency)
    assert _failed(said) == [planted]
    written = bundle.gate()
    assert written is not None
    assert written["reasons"] == list(said.reasons)
    with pytest.raises(GateClosed) as closed:
        release(tmp_path, bundle.bundle_id, "index")
    assert said.reasons[0] in closed.value.what
    assert read_live(tmp_path) is None


def test_skew_of_served_pages_closes_the_gate_beside_a_clean_replay_and_both_are_shown(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    served = Replayed(50_000, 500, {"product_ctr_7d": 500})
    said = gate(_bundle(tmp_path), quality=clean_data, skew=_EQUAL, served=served, latency=_FAST)
    assert _failed(said) == ["skew"]
    [check] = [c for c in said.checks if c.name == "skew"]
    assert check.measured["share_different"] == 0
    assert check.measured["served_share_different"] == 0.01
    assert "1.00% of 50,000 values of served pages" in check.why
    nothing_yet = Replayed(0, 0, {})
    assert gate(
        _bundle(tmp_path), quality=clean_data, skew=_EQUAL, served=nothing_yet, latency=_FAST
    ).is_open


def test_worse_than_what_serves_is_refused_even_above_the_baselines(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    worse = {"search": Interval(-0.03, -0.05, -0.01)}
    said = gate(_bundle(tmp_path), quality=clean_data, against_live=worse)
    assert _failed(said) == ["lift"]
    assert "bundle that serves" in said.reasons[0]


def test_every_fault_is_told_at_once(tmp_path: Path, clean_data: QualityReport) -> None:
    stopped = _stopped(clean_data)
    bundle = _bundle(tmp_path, clicks__ece=0.3, lift__search__mid=-0.1)
    said = gate(bundle, quality=stopped, skew=Replayed(10, 10, {}), latency=Latency(99.0, 99.0, 9))
    assert _failed(said) == ["quality", "lift", "calibration", "skew", "latency"]
    assert "40% of events" in said.reasons[0]


def test_a_surface_that_a_baseline_orders_claims_no_lift(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path, lift__search__order="relevance", lift__search__mid=-0.02)
    assert gate(bundle, quality=clean_data).is_open


def test_a_bundle_without_click_models_is_judged_by_what_it_has(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = Bundle.open(tmp_path / write(tmp_path, {"features.json": {}}))
    said = gate(bundle, quality=clean_data, latency=_FAST)
    assert said.is_open
    assert [c.name for c in said.checks if not c.was_asked] == ["lift", "calibration", "skew"]


def test_limits_are_the_callers(tmp_path: Path, clean_data: QualityReport) -> None:
    strict = GateLimits(most_p50_ms=1.0)
    assert _failed(gate(_bundle(tmp_path), quality=clean_data, latency=_FAST, limits=strict)) == [
        "latency"
    ]


def test_a_bundle_nobody_asked_about_does_not_go_live(tmp_path: Path) -> None:
    with pytest.raises(GateClosed, match="not asked"):
        release(tmp_path, _bundle(tmp_path).bundle_id, "index")


def test_release_and_rollback_go_there_and_back(tmp_path: Path, clean_data: QualityReport) -> None:
    one, two = _bundle(tmp_path), _bundle(tmp_path, clicks__auc=0.75)
    for bundle, index in ((one, "index-1"), (two, "index-2")):
        gate(bundle, quality=clean_data)
        release(tmp_path, bundle.bundle_id, index)
    live = rollback(tmp_path)
    assert (live.bundle_id, live.index_id) == (one.bundle_id, "index-1")
    with pytest.raises(NotFound):
        rollback(tmp_path)


def test_rollback_never_swaps_to_a_spoiled_bundle(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    one, two = _bundle(tmp_path), _bundle(tmp_path, clicks__auc=0.75)
    for bundle in (one, two):
        gate(bundle, quality=clean_data)
        release(tmp_path, bundle.bundle_id, "index")
    (one.path / "clicks/report.json").write_text("{}")
    with pytest.raises(BadInput, match="changed"):
        rollback(tmp_path)
    live = read_live(tmp_path)
    assert live is not None
    assert live.bundle_id == two.bundle_id


def test_a_spoiled_bundle_is_not_released(tmp_path: Path, clean_data: QualityReport) -> None:
    bundle = _bundle(tmp_path)
    gate(bundle, quality=clean_data)
    (bundle.path / "clicks/report.json").write_text("{}")
    with pytest.raises(BadInput, match="changed"):
        release(tmp_path, bundle.bundle_id, "index")


class _Slow:
    """A ranker of which one page in ten is slow."""

    def __init__(self) -> None:
        self.n = 0

    def page(self, query: Query) -> Served:
        self.n += 1
        work_s = 0.05 if self.n % 10 == 0 else 0.001
        started = time.thread_time()
        while time.thread_time() - started < work_s:
            pass
        return None  # type: ignore[return-value]


def test_latency_sees_the_slow_tail() -> None:
    queries = [
        Query(query_id=str(i), surface=Surface.HOME, visitor_id="v", at_us=0) for i in range(40)
    ]
    found = measure_latency(_Slow(), queries)
    assert found.n_pages == 30
    assert 1 <= found.p50_ms < 40
    assert found.p99_ms >= 50
    with pytest.raises(ValueError, match="none to time"):
        measure_latency(_Slow(), queries[:5])


def test_data_that_failed_stops_training_too(clean_data: QualityReport) -> None:
    clean_data.raise_if_stopped()
    with pytest.raises(QualityStop):
        _stopped(clean_data).raise_if_stopped()
