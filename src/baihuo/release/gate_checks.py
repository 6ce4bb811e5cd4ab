"""The checks of the gate, one function for each: quality, AUC, lift, calibration, skew, latency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from baihuo.evaluate import ClusteredMean
from baihuo.models import registered
from baihuo.quality import QualityReport
from baihuo.release.gate_report import (
    USUAL_P50_MS,
    USUAL_P99_MS,
    GateCheck,
    GateLimits,
    SkewMeasure,
)
from baihuo.release.latency import Latency


def check_quality(quality: QualityReport) -> GateCheck:
    if quality.stops:
        why = f"the data failed its checks: {'; '.join(quality.stops)}"
        return GateCheck(name="quality", is_passed=False, measured={}, why=why)
    return _passed(
        "quality", {"rules_version": quality.rules_version}, "the data passed its checks"
    )


def check_auc(report: dict[str, Any], limits: GateLimits, *, lost: str = "") -> GateCheck:
    """Check the AUC. ``lost``: why the bundle has no click models although the live one has, or ""."""
    if lost:
        why = (
            f"the live bundle has click models, and this one has none ({lost}): pages would lose their order "
            "and P(click)"
        )
        return GateCheck(name="auc", is_passed=False, measured={}, why=why)
    if not report:
        return _not_asked("auc", "there are no click models")
    auc = float(report["clicks"]["auc"])
    measured: dict[str, float | str] = {"auc": auc, "lowest": limits.lowest_auc}
    if auc < limits.lowest_auc:
        why = (
            f"AUC of P(click) is {auc:.3f}, under {limits.lowest_auc} (gate.lowest_auc): it hardly "
            "separates products"
        )
        return GateCheck(name="auc", is_passed=False, measured=measured, why=why)
    return _passed("auc", measured, f"AUC of P(click) is {auc:.3f}")


def check_lift(
    report: dict[str, Any],
    against_live: Mapping[str, ClusteredMean] | None,
    refused: Mapping[str, str],
    limits: GateLimits,
) -> GateCheck:
    """Check the lift over the best baselines and over the live bundle.

    Args:
        refused: Surfaces that the learned order does not serve: not compared with the live bundle.
    """
    measured: dict[str, float | str] = {}
    worse, wide = [], []
    for surface, lift in report.get("lift", {}).items():
        shown = f"{lift['mid']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}]"
        measured[f"{surface}_over_{lift['over']}"] = shown
        if lift["order"] not in registered():
            continue  # a baseline serves this surface: no lift is claimed
        claim = f"on {surface} nDCG@10 is {shown} over {lift['over']}: it may be worse"
        if lift["mid"] < limits.lowest_mid_lift:
            worse.append(
                f"{claim} (the middle is under gate.lowest_mid_lift, {limits.lowest_mid_lift:g})"
            )
        elif lift["low"] < limits.lowest_lift:
            wide.append(f"{claim} (the low end is under gate.lowest_lift, {limits.lowest_lift:g})")
    worse += _worse_than_live(against_live or {}, refused, measured, limits)
    if worse or wide:
        return GateCheck(
            name="lift",
            is_passed=False,
            measured=measured,
            why="; ".join(worse + wide),
            is_soft=not worse,
        )
    if not measured:
        return _not_asked("lift", "no click models, so no lift is claimed")
    return _passed(
        "lift", measured, "no surface is worse than its best baseline or than the live bundle"
    )


def _worse_than_live(
    against_live: Mapping[str, ClusteredMean],
    refused: Mapping[str, str],
    measured: dict[str, float | str],
    limits: GateLimits,
) -> list[str]:
    """Return the surfaces on which the live bundle is surely better by more than the margin, or far better in the middle. The interval is
    corrected for the number of surfaces.
    """
    worse = []
    for surface, compared in against_live.items():
        gain = compared.interval(1 - 0.05 / len(against_live))
        shown = f"{gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        measured[f"{surface}_over_live"] = shown
        if surface in refused:
            continue
        if gain.high < -limits.equivalent_to_live or gain.mid < limits.lowest_against_live:
            worse.append(
                f"on {surface} nDCG@10 is {shown} against the live bundle (gate.equivalent_to_live is "
                f"{limits.equivalent_to_live:g}, gate.lowest_against_live {limits.lowest_against_live:g})"
            )
    return worse


def check_calibration(report: dict[str, Any], limits: GateLimits) -> GateCheck:
    if not report:
        return _not_asked("calibration", "no click models, so no probabilities are claimed")
    error, rate = float(report["clicks"]["ece"]), float(report["clicks"]["base_rate"])
    limit = limits.most_calibration_error + 0.1 * rate
    measured: dict[str, float | str] = {"ece": error, "limit": limit}
    if error > limit:
        why = (
            f"P(click) is off by {error:.4f} on average, more than {limit:.4f} "
            "(gate.most_calibration_error and a tenth of the click rate)"
        )
        return GateCheck(name="calibration", is_passed=False, measured=measured, why=why)
    return _passed("calibration", measured, f"P(click) is off by {error:.4f} on average")


def check_skew(
    skew: SkewMeasure | None, served: SkewMeasure | None, limits: GateLimits
) -> GateCheck:
    compared = {"": skew, "served_": served}
    measured: dict[str, float | str] = {"limit": limits.most_skew}
    lines, is_passed = [], True
    for prefix, measure in compared.items():
        if measure is None or not measure.n_values:
            continue
        measured[f"{prefix}share_different"] = measure.share_different
        measured[f"{prefix}n_values"] = float(measure.n_values)
        where = "of served pages " if prefix else ""
        lines.append(
            f"{measure.share_different:.2%} of {measure.n_values:,} values {where}differ between serving and training"
        )
        is_passed = is_passed and measure.share_different <= limits.most_skew
    if not lines:
        return _passed("skew", {}, "nothing to compare: no pages yet")
    why = "; ".join(lines)
    if not is_passed:
        why += f", more than {limits.most_skew:.2%} (gate.most_skew)"
    return GateCheck(name="skew", is_passed=is_passed, measured=measured, why=why)


def check_latency(latency: Latency | None, limits: GateLimits) -> GateCheck:
    if latency is None:
        return _passed("latency", {}, "no page was timed")
    measured: dict[str, float | str] = {
        "p50_ms": latency.p50_ms,
        "p99_ms": latency.p99_ms,
        "yardstick_ms": latency.yardstick_ms,
        "p50_ratio": latency.p50_ratio,
        "p99_ratio": latency.p99_ratio,
        "n_pages": float(latency.n_pages),
    }
    timing = (
        f"a page takes {latency.p50_ratio:.1f} (p50) and {latency.p99_ratio:.1f} (p99) times the yardstick "
        f"of this machine, {latency.p50_ms:.1f} and {latency.p99_ms:.1f} ms of CPU"
    )
    over, high = [], []
    for name, value, limit in (
        ("most_p50_ratio", latency.p50_ratio, limits.most_p50_ratio),
        ("most_p99_ratio", latency.p99_ratio, limits.most_p99_ratio),
        ("most_p50_ms", latency.p50_ms, limits.most_p50_ms),
        ("most_p99_ms", latency.p99_ms, limits.most_p99_ms),
    ):
        if limit is not None and value > limit:
            over.append(f"{value:.1f} is more than gate.{name} ({limit:g})")
    for name, value, set_to, usual in (
        ("most_p50_ms", latency.p50_ms, limits.most_p50_ms, USUAL_P50_MS),
        ("most_p99_ms", latency.p99_ms, limits.most_p99_ms, USUAL_P99_MS),
    ):
        if set_to is None and value > usual:
            high.append(f"{value:.1f} ms is more than {usual:g} ms; set gate.{name} to refuse that")
    if over:
        why = f"{timing}: {'; '.join(over)}"
        return GateCheck(name="latency", is_passed=False, measured=measured, why=why, is_soft=True)
    warning = f"{timing}: {'; '.join(high)}" if high else ""
    return replace(_passed("latency", measured, warning or timing), warning=warning)


def _passed(name: str, measured: dict[str, float | str], why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured=measured, why=why)


def _not_asked(name: str, why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured={}, why=why, was_asked=False)
