"""The gate refuses what must not serve, says every reason in the bundle, and release obeys it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baihuo.bundle import Bundle, read_live, write
from baihuo.core import BadInput, GateClosed, NotFound, QualityStop, Query, Served, Surface
from baihuo.evaluate import ClusteredMean, clustered_mean
from baihuo.quality import Limit, QualityReport
from baihuo.release import (
    Compared,
    ForcedRelease,
    GateLimits,
    GateReport,
    Latency,
    ReplayResult,
    gate,
    measure_latency,
    release,
    rollback,
)
from baihuo.release.gate_checks import check_lift
from baihuo.settings import GateSettings

_GOOD: dict[str, Any] = {
    "clicks": {"auc": 0.74, "ece": 0.004, "base_rate": 0.1},
    "lift": {
        "search": {
            "over": "bm25",
            "order": "both",
            "n_pages": 900,
            "mid": 0.04,
            "low": 0.02,
            "high": 0.06,
        }
    },
}
_FAST, _EQUAL = Latency(4.0, 20.0, 4.0, 200), ReplayResult(10_000, 0, {})
_LIMITS = GateLimits(**GateSettings().model_dump())


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


def _failed(gate_report: GateReport) -> list[str]:
    return [check.name for check in gate_report.checks if not check.is_passed]


def test_a_good_bundle_passes_and_says_what_was_measured(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path)
    gate_report = gate(bundle, limits=_LIMITS, quality=clean_data, skew=_EQUAL, latency=_FAST)
    assert gate_report.is_open
    assert [c.name for c in gate_report.checks] == [
        "quality",
        "auc",
        "lift",
        "relevance",
        "tuning",
        "recommendations",
        "calibration",
        "slices",
        "skew",
        "latency",
    ]
    assert all(
        c.was_asked and c.measured
        for c in gate_report.checks
        if c.name not in ("relevance", "tuning", "recommendations", "slices")
    )
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
        ("auc", {"clicks__auc": 0.5}, _EQUAL, _FAST),
        ("skew", {}, ReplayResult(10_000, 300, {"own_clicks_28d": 300}), _FAST),
        ("latency", {}, _EQUAL, Latency(30.0, 40.0, 4.0, 200)),
        ("latency", {}, _EQUAL, Latency(4.0, 400.0, 4.0, 200)),
    ],
)
def test_a_planted_fault_closes_the_gate_and_is_named(
    planted: str,
    changes: dict[str, Any],
    skew: ReplayResult,
    latency: Latency,
    tmp_path: Path,
    clean_data: QualityReport,
) -> None:
    bundle = _bundle(tmp_path, **changes)
    gate_report = gate(bundle, limits=_LIMITS, quality=clean_data, skew=skew, latency=latency)
    assert _failed(gate_report) == [planted]
    written = bundle.gate()
    assert written is not None
    assert written["reasons"] == list(gate_report.reasons)
    with pytest.raises(GateClosed) as closed:
        release(tmp_path, bundle.bundle_id, "index")
    assert gate_report.reasons[0] in closed.value.what
    assert read_live(tmp_path) is None


def test_skew_of_served_pages_closes_the_gate_beside_a_clean_replay_and_both_are_shown(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    def run(served: ReplayResult) -> GateReport:
        return gate(
            _bundle(tmp_path),
            limits=_LIMITS,
            quality=clean_data,
            skew=_EQUAL,
            served=served,
            latency=_FAST,
        )

    gate_report = run(ReplayResult(50_000, 500, {"product_ctr_7d": 500}))
    assert _failed(gate_report) == ["skew"]
    [check] = [c for c in gate_report.checks if c.name == "skew"]
    assert check.measured["share_different"] == 0
    assert check.measured["served_share_different"] == 0.01
    assert "1.00% of 50,000 values of served pages" in check.why
    assert run(ReplayResult(0, 0, {})).is_open  # no page yet


def test_worse_than_what_serves_is_refused_even_above_the_baselines(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    worse = {"search": ClusteredMean(-0.028, 0.007, 900, 300, 200.0)}
    gate_report = gate(
        _bundle(tmp_path), limits=_LIMITS, quality=clean_data, compared=Compared(against_live=worse)
    )
    assert _failed(gate_report) == ["lift"]
    assert "live bundle" in gate_report.reasons[0]


def _against_live(rng: np.random.Generator, loss: float, n_visitors: int) -> ClusteredMean:
    """Pages of visitors, of whom some ask for many, under two equally good orders; one loses ``loss`` besides."""
    n_pages = 1 + rng.geometric(0.3, n_visitors)
    visitor = np.repeat(np.arange(n_visitors), n_pages)
    gains = rng.normal(0, 0.1, n_visitors)[visitor] + rng.normal(0, 0.25, len(visitor)) - loss
    return clustered_mean(gains, visitor)


@pytest.mark.parametrize("n_visitors", [20, 55, 400])
def test_an_equal_model_is_seldom_refused_against_the_live_one_and_a_worse_one_is(
    n_visitors: int,
) -> None:
    """By its interval, on three surfaces at once; the limit of the middle is what the settings say."""
    limits = replace(_LIMITS, lowest_against_live=-0.5)
    rng = np.random.default_rng(n_visitors)

    def share_refused(loss: float) -> float:
        n = 0
        for _ in range(200):
            gains = {s: _against_live(rng, loss, n_visitors) for s in ("search", "home", "similar")}
            n += not check_lift({}, gains, {}, limits).is_passed
        return n / 200

    assert share_refused(0.0) <= 0.05
    assert share_refused(0.15 if n_visitors < 100 else 0.06) > 0.7


def test_a_surface_that_the_learned_order_does_not_serve_is_not_compared_with_live() -> None:
    worse = {"home": ClusteredMean(-0.2, 0.01, 900, 300, 200.0)}
    assert not check_lift({}, worse, {}, _LIMITS).is_passed
    check = check_lift({}, worse, {"home": "fused"}, _LIMITS)
    assert check.is_passed
    assert "home_over_live" in check.measured


def test_every_failed_check_is_reported_at_once(tmp_path: Path, clean_data: QualityReport) -> None:
    stopped = _stopped(clean_data)
    bundle = _bundle(tmp_path, clicks__ece=0.3, lift__search__mid=-0.1)
    gate_report = gate(
        bundle,
        limits=_LIMITS,
        quality=stopped,
        skew=ReplayResult(10, 10, {}),
        latency=Latency(99.0, 99.0, 4.0, 9),
    )
    assert _failed(gate_report) == ["quality", "lift", "calibration", "skew", "latency"]
    assert "40% of events" in gate_report.reasons[0]


def test_a_surface_that_a_baseline_orders_claims_no_lift(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path, lift__search__order="relevance", lift__search__mid=-0.02)
    assert gate(bundle, limits=_LIMITS, quality=clean_data).is_open


def test_a_bundle_without_click_models_is_judged_by_what_it_has(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = Bundle.open(tmp_path / write(tmp_path, {"features.json": {}}))
    gate_report = gate(bundle, limits=_LIMITS, quality=clean_data, latency=_FAST)
    assert gate_report.is_open
    not_asked = ("auc", "lift", "relevance", "tuning", "recommendations", "calibration", "slices")
    assert {c.name: c.result for c in gate_report.checks} == {
        "quality": "yes",
        **dict.fromkeys(not_asked, "not asked"),
        "skew": "not measured",
        "latency": "yes",
    }


def test_limits_are_the_callers(tmp_path: Path, clean_data: QualityReport) -> None:
    strict = replace(_LIMITS, most_p50_ms=1.0)
    gate_report = gate(_bundle(tmp_path), quality=clean_data, latency=_FAST, limits=strict)
    assert _failed(gate_report) == ["latency"]
    assert "gate.most_p50_ms (1)" in gate_report.reasons[0]


def test_a_bundle_whose_gate_was_not_run_does_not_go_live(tmp_path: Path) -> None:
    with pytest.raises(GateClosed, match="was not run"):
        release(tmp_path, _bundle(tmp_path).bundle_id, "index")


def test_release_and_rollback_go_there_and_back(tmp_path: Path, clean_data: QualityReport) -> None:
    one, two = _bundle(tmp_path), _bundle(tmp_path, clicks__auc=0.75)
    for bundle, index in ((one, "index-1"), (two, "index-2")):
        gate(bundle, limits=_LIMITS, quality=clean_data)
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
        gate(bundle, limits=_LIMITS, quality=clean_data)
        release(tmp_path, bundle.bundle_id, "index")
    (one.path / "clicks/report.json").write_text("{}")
    with pytest.raises(BadInput, match="changed"):
        rollback(tmp_path)
    live = read_live(tmp_path)
    assert live is not None
    assert live.bundle_id == two.bundle_id


def test_a_spoiled_bundle_is_not_released(tmp_path: Path, clean_data: QualityReport) -> None:
    bundle = _bundle(tmp_path)
    gate(bundle, limits=_LIMITS, quality=clean_data)
    (bundle.path / "clicks/report.json").write_text("{}")
    with pytest.raises(BadInput, match="changed"):
        release(tmp_path, bundle.bundle_id, "index")


class _Machine:
    """Pages and a yardstick on a clock of their own: every second of work takes ``slower`` seconds."""

    def __init__(self, *, page_slower: float = 1.0, work_slower: float = 1.0) -> None:
        self.now_ns, self.n = 0, 0
        self._page, self._work = page_slower, work_slower

    def page(self, query: Query) -> Served:
        self.n += 1
        self.now_ns += int(
            self._page * (30e6 if self.n % 50 == 0 else 9e6)
        )  # 9 ms, now and then 30
        return None  # type: ignore[return-value]

    def work(self) -> None:
        self.now_ns += int(self._work * 3.5e6)

    def latency(self) -> Latency:
        return measure_latency(
            self, _queries(210), yardstick=self.work, clock_ns=lambda: self.now_ns
        )


def _queries(n: int) -> list[Query]:
    return [Query(query_id=str(i), surface=Surface.HOME, visitor_id="v", at_us=0) for i in range(n)]


def test_a_slow_machine_gets_the_verdict_of_a_fast_one(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    def run(machine: _Machine) -> GateReport:
        latency = machine.latency()
        return gate(_bundle(tmp_path), quality=clean_data, latency=latency, limits=_LIMITS)

    usual = run(_Machine())
    assert usual.is_open
    assert not usual.warnings
    slow = run(_Machine(page_slower=5, work_slower=5))
    assert slow.is_open
    assert "gate.most_p50_ms" in slow.warnings[0], "45 ms is a warning and refuses nothing"
    page_alone = run(_Machine(page_slower=5))
    assert _failed(page_alone) == ["latency"]
    assert "gate.most_p50_ratio" in page_alone.reasons[0]


def test_an_absolute_limit_refuses_only_where_the_shop_sets_it(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    slow = _Machine(page_slower=5, work_slower=5).latency()
    strict = replace(_LIMITS, most_p99_ms=100.0)
    gate_report = gate(_bundle(tmp_path), quality=clean_data, latency=slow, limits=strict)
    assert _failed(gate_report) == ["latency"]
    assert "gate.most_p99_ms" in gate_report.reasons[0]


@pytest.mark.parametrize(
    ("changes", "latency"),
    [({}, Latency(99.0, 99.0, 4.0, 200)), ({"lift__search__low": -0.2}, _FAST)],
)
def test_a_first_release_opens_with_a_warning_where_only_speed_or_a_wide_interval_is_short(
    changes: dict[str, Any], latency: Latency, tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path, **changes)
    gate_report = gate(bundle, quality=clean_data, latency=latency, limits=_LIMITS, is_first=True)
    assert gate_report.is_open
    assert len(gate_report.warnings) == 1
    assert "nothing serves yet" in gate_report.warnings[0]
    written = bundle.gate()
    assert written is not None
    assert written["warnings"] == list(gate_report.warnings)
    later = gate(bundle, quality=clean_data, latency=latency, limits=_LIMITS)
    assert not later.is_open


def test_a_first_release_does_not_open_for_an_order_that_is_worse(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path, lift__search__mid=-0.01)
    gate_report = gate(bundle, quality=clean_data, limits=_LIMITS, is_first=True)
    assert _failed(gate_report) == ["lift"]


def test_a_forced_release_serves_and_keeps_who_said_so_and_why(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path, clicks__ece=0.3)
    gate(bundle, quality=clean_data, limits=_LIMITS)
    with pytest.raises(GateClosed, match="--force"):
        release(tmp_path, bundle.bundle_id, "index")
    ann = ForcedRelease(by="ann", reason="we watch it", at_us=1)
    assert release(tmp_path, bundle.bundle_id, "index", forced=ann).bundle_id == bundle.bundle_id
    written = Bundle.open(bundle.path).gate()
    assert written is not None
    assert written["forced"] == {"by": "ann", "reason": "we watch it", "at_us": 1}
    assert not written["is_open"]


def test_nobody_forces_data_that_failed_its_checks(
    tmp_path: Path, clean_data: QualityReport
) -> None:
    bundle = _bundle(tmp_path)
    gate(bundle, quality=_stopped(clean_data), limits=_LIMITS)
    with pytest.raises(GateClosed, match="failed its checks"):
        release(
            tmp_path,
            bundle.bundle_id,
            "index",
            forced=ForcedRelease(by="ann", reason="now", at_us=1),
        )
    assert read_live(tmp_path) is None


def test_latency_sees_the_slow_tail() -> None:
    found = _Machine().latency()
    assert found.n_pages == 200
    assert found.p50_ms == pytest.approx(9)
    assert found.p99_ms == pytest.approx(30)
    assert found.yardstick_ms == pytest.approx(3.5)
    with pytest.raises(ValueError, match="none to time"):
        measure_latency(_Machine(), _queries(5))


def test_data_that_failed_stops_training_too(clean_data: QualityReport) -> None:
    clean_data.raise_if_stopped()
    with pytest.raises(QualityStop):
        _stopped(clean_data).raise_if_stopped()
