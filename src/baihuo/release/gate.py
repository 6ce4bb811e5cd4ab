"""The gate: the conditions a bundle must meet before it may serve. The result is stored in the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from baihuo.bundle import Bundle, LiveBundles
from baihuo.bundle.clicks import CLICK_MODELS, CLICKS_FOLDER
from baihuo.evaluate import Interval
from baihuo.quality import QualityReport
from baihuo.release.latency import Latency


class SkewMeasure(Protocol):
    """A measured training-serving skew, such as the report of ``monitor.skew``."""

    @property
    def n_values(self) -> int: ...

    @property
    def share_different(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """Thresholds of the gate: the section ``gate`` of ``shop.yaml``, where the defaults are."""

    lowest_lift: float  # nDCG@10 over the best baseline: the interval's low end
    lowest_mid_lift: float  # the same, the interval's middle
    lowest_against_live: (
        float  # the same over the live bundle; refused too if the whole interval is below 0
    )
    lowest_auc: float  # of P(click); below it the model hardly separates products
    most_calibration_error: float  # plus a tenth of the click rate
    most_skew: float  # share of served values that differ from training
    most_p50_ratio: float  # CPU of a median page, in yardsticks timed in the same run
    most_p99_ratio: float  # the same of one page in a hundred
    most_p50_ms: float | None  # absolute; None: only a warning, above USUAL_P50_MS
    most_p99_ms: float | None


USUAL_P50_MS, USUAL_P99_MS = 15.0, 60.0
"""CPU time of a page above which the gate warns, where no absolute limit is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check: what was measured, the result and the reason."""

    name: str  # quality, auc, lift, calibration, skew, latency
    is_passed: bool
    measured: dict[str, float | str]
    why: str  # a whole sentence
    was_asked: bool = True  # False: nothing to measure, which is no reason to refuse
    warning: str = ""  # passed, but worth attention
    is_soft: bool = False  # speed, or a wide interval: passes with a warning while nothing is live


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedRelease:
    """A release that a person forced although the gate refused it."""

    by: str
    reason: str
    at_us: int  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The gate's verdict on one bundle."""

    bundle_id: str
    checks: tuple[GateCheck, ...] = field(default_factory=tuple)
    forced: ForcedRelease | None = None

    @property
    def is_open(self) -> bool:
        """Whether every check passed."""
        return all(check.is_passed for check in self.checks)

    @property
    def may_be_forced(self) -> bool:
        """Whether a person may force the release: never with data that failed its checks."""
        return all(check.is_passed for check in self.checks if check.name == "quality")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was refused: one sentence for each failed check."""
        return tuple(check.why for check in self.checks if not check.is_passed)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of checks that passed."""
        return tuple(check.warning for check in self.checks if check.warning)

    def to_json(self) -> dict[str, Any]:
        """As written into ``gate.json``."""
        return {
            "is_open": self.is_open,
            "may_be_forced": self.may_be_forced,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "forced": None if self.forced is None else asdict(self.forced),
            "checks": [asdict(check) for check in self.checks],
        }


def gate(
    bundle: Bundle,
    *,
    quality: QualityReport,
    skew: SkewMeasure | None = None,
    served: SkewMeasure | None = None,
    latency: Latency | None = None,
    against_live: Mapping[str, Interval] | None = None,
    is_first: bool = False,
    limits: GateLimits,
) -> GateReport:
    """Run every check, write the result into the bundle's ``gate.json``, and return it.

    Checks run even after one failed, so that one run reports everything there is to fix.

    Args:
        bundle: The candidate; its report holds the metrics on test data.
        quality: The report of the training data.
        skew: Training-serving skew by replay of past pages (:func:`baihuo.release.replay`).
        served: The same measured on pages served with these features (``monitor.served_skew``).
        latency: Of pages ranked with this bundle.
        against_live: By surface, nDCG@10 of this bundle minus that of the live one, on the same
            pages. None: nothing is live.
        is_first: Nothing is live yet. A bundle that is only slow, or whose interval is only wide, is then
            better than no shop: the check passes with a warning.
        limits: The thresholds.
    """
    has_clicks = f"{CLICKS_FOLDER}/report.json" in bundle
    report: dict[str, Any] = bundle.json(f"{CLICKS_FOLDER}/report.json") if has_clicks else {}
    checks: tuple[GateCheck, ...] = (
        _quality(quality),
        _auc(report, limits),
        _lift(report, against_live, limits),
        _calibration(report, limits),
        _skew(skew, served, limits),
        _latency(latency, limits),
    )
    if is_first:
        checks = tuple(_pass_if_first(check) for check in checks)
    gate_report = GateReport(bundle_id=bundle.bundle_id, checks=checks)
    bundle.write_gate(gate_report.to_json())
    return gate_report


def against_live(bundle: Bundle, live: LiveBundles | None) -> dict[str, Interval] | None:
    """nDCG@10 of a bundle minus that of the live one, by surface, as its training measured it.

    None where nothing is live, or where another bundle has gone live since the training.
    """
    if live is None or f"{CLICKS_FOLDER}/report.json" not in bundle:
        return None
    measured = bundle.json(f"{CLICKS_FOLDER}/report.json").get("against_live")
    if measured is None or measured["bundle_id"] != live.bundle_id:
        return None
    return {s: Interval(g["mid"], g["low"], g["high"]) for s, g in measured["surfaces"].items()}


def _pass_if_first(check: GateCheck) -> GateCheck:
    """A first release passes with a warning where only speed or a wide interval failed."""
    if check.is_passed or not check.is_soft:
        return check
    warning = f"{check.why}; accepted because nothing serves yet"
    return replace(check, is_passed=True, why=warning, warning=warning)


def _quality(quality: QualityReport) -> GateCheck:
    if quality.stops:
        why = f"the data failed its checks: {'; '.join(quality.stops)}"
        return GateCheck(name="quality", is_passed=False, measured={}, why=why)
    return _pass("quality", {"rules_version": quality.rules_version}, "the data passed its checks")


def _auc(report: dict[str, Any], limits: GateLimits) -> GateCheck:
    if not report:
        return _nothing("auc", "there are no click models")
    auc = float(report["clicks"]["auc"])
    measured: dict[str, float | str] = {"auc": auc, "lowest": limits.lowest_auc}
    if auc < limits.lowest_auc:
        why = (
            f"AUC of P(click) is {auc:.3f}, under {limits.lowest_auc} (gate.lowest_auc): it hardly "
            "separates products"
        )
        return GateCheck(name="auc", is_passed=False, measured=measured, why=why)
    return _pass("auc", measured, f"AUC of P(click) is {auc:.3f}")


def _lift(
    report: dict[str, Any], against_live: Mapping[str, Interval] | None, limits: GateLimits
) -> GateCheck:
    measured: dict[str, float | str] = {}
    worse, wide = [], []
    for surface, lift in report.get("lift", {}).items():
        shown = f"{lift['mid']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}]"
        measured[f"{surface}_over_{lift['over']}"] = shown
        if lift["order"] not in CLICK_MODELS:
            continue  # a baseline serves this surface: no lift is claimed
        claim = f"on {surface} nDCG@10 is {shown} over {lift['over']}: it may be worse"
        if lift["mid"] < limits.lowest_mid_lift:
            worse.append(
                f"{claim} (the middle is under gate.lowest_mid_lift, {limits.lowest_mid_lift:g})"
            )
        elif lift["low"] < limits.lowest_lift:
            wide.append(f"{claim} (the low end is under gate.lowest_lift, {limits.lowest_lift:g})")
    for surface, gain in (against_live or {}).items():
        shown = f"{gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        measured[f"{surface}_over_live"] = shown
        if gain.high < 0 or gain.mid < limits.lowest_against_live:
            worse.append(
                f"on {surface} nDCG@10 is {shown} against the live bundle "
                f"(gate.lowest_against_live is {limits.lowest_against_live:g})"
            )
    if worse or wide:
        return GateCheck(
            name="lift",
            is_passed=False,
            measured=measured,
            why="; ".join(worse + wide),
            is_soft=not worse,
        )
    if not measured:
        return _nothing("lift", "no click models, so no lift is claimed")
    return _pass(
        "lift", measured, "no surface is worse than its best baseline or than the live bundle"
    )


def _calibration(report: dict[str, Any], limits: GateLimits) -> GateCheck:
    if not report:
        return _nothing("calibration", "no click models, so no probabilities are claimed")
    error, rate = float(report["clicks"]["ece"]), float(report["clicks"]["base_rate"])
    limit = limits.most_calibration_error + 0.1 * rate
    measured: dict[str, float | str] = {"ece": error, "limit": limit}
    if error > limit:
        why = (
            f"P(click) is off by {error:.4f} on average, more than {limit:.4f} "
            "(gate.most_calibration_error and a tenth of the click rate)"
        )
        return GateCheck(name="calibration", is_passed=False, measured=measured, why=why)
    return _pass("calibration", measured, f"P(click) is off by {error:.4f} on average")


def _skew(skew: SkewMeasure | None, served: SkewMeasure | None, limits: GateLimits) -> GateCheck:
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
        return _nothing("skew", "nothing to compare: no pages yet")
    why = "; ".join(lines)
    if not is_passed:
        why += f", more than {limits.most_skew:.2%} (gate.most_skew)"
    return GateCheck(name="skew", is_passed=is_passed, measured=measured, why=why)


def _latency(latency: Latency | None, limits: GateLimits) -> GateCheck:
    if latency is None:
        return _nothing("latency", "no page was timed")
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
    return replace(_pass("latency", measured, warning or timing), warning=warning)


def _pass(name: str, measured: dict[str, float | str], why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured=measured, why=why)


def _nothing(name: str, why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured={}, why=why, was_asked=False)
