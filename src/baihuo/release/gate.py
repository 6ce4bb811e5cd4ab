"""The gate: what must be true of a bundle before it may serve. Its reasons go into the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from baihuo.bundle import Bundle, Live
from baihuo.bundle.clicks import FOLDER, MODELS
from baihuo.evaluate import Interval
from baihuo.quality import QualityReport
from baihuo.release.latency import Latency


class Skewed(Protocol):
    """What a comparison of serving with training found, such as ``monitor.skew``'s report."""

    @property
    def n_values(self) -> int: ...

    @property
    def share_different(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """What the gate asks for."""

    lowest_lift: float = -0.02  # nDCG@10 over the best baseline: the interval's low end
    lowest_mid_lift: float = 0.0  # the same, the interval's middle
    lowest_against_live: float = -0.03  # the same over what serves; refused too if surely below 0
    lowest_auc: float = 0.55  # of P(click): below, it hardly knows one product from another
    most_calibration_error: float = 0.01  # plus a tenth of the click rate
    most_skew: float = 1e-3  # share of served values that training does not find again
    most_p50_ms: float = 15.0
    most_p99_ms: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One question, its answer, and why it decides."""

    name: str  # quality, lift, calibration, skew, latency
    is_passed: bool
    measured: dict[str, float | str]
    why: str  # a sentence that stands alone
    was_asked: bool = True  # False: there was nothing to measure, and that is no reason to refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The gate's verdict on one bundle."""

    bundle_id: str
    checks: tuple[GateCheck, ...] = field(default_factory=tuple)

    @property
    def is_open(self) -> bool:
        """Whether the bundle may serve."""
        return all(check.is_passed for check in self.checks)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it may not: one sentence a failed check."""
        return tuple(check.why for check in self.checks if not check.is_passed)

    def to_json(self) -> dict[str, Any]:
        """As written into ``gate.json``."""
        return {
            "is_open": self.is_open,
            "reasons": list(self.reasons),
            "checks": [asdict(check) for check in self.checks],
        }


def gate(
    bundle: Bundle,
    *,
    quality: QualityReport,
    skew: Skewed | None = None,
    served: Skewed | None = None,
    latency: Latency | None = None,
    against_live: Mapping[str, Interval] | None = None,
    limits: GateLimits = GateLimits(),
) -> GateReport:
    """Ask everything, write the answers into the bundle's ``gate.json``, and return them.

    Every check is made even after one failed, so that one run tells all there is to mend.

    Args:
        bundle: The candidate; the test of its training is in its report.
        quality: The report of the data it learned from.
        skew: Serving compared with training, by replay (:func:`baihuo.release.replay`).
        served: The same of pages that were served with these features (``monitor.served_skew``).
        latency: Of the ranking path with this bundle.
        against_live: By surface, nDCG@10 of this bundle minus the one that serves, on the same
            pages. None: nothing serves yet.
        limits: What is asked for.
    """
    has_clicks = f"{FOLDER}/report.json" in bundle
    report: dict[str, Any] = bundle.json(f"{FOLDER}/report.json") if has_clicks else {}
    checks = (
        _quality(quality, report, limits),
        _lift(report, against_live, limits),
        _calibration(report, limits),
        _skew(skew, served, limits),
        _latency(latency, limits),
    )
    said = GateReport(bundle_id=bundle.bundle_id, checks=checks)
    bundle.write_gate(said.to_json())
    return said


def against_live(bundle: Bundle, live: Live | None) -> dict[str, Interval] | None:
    """What the bundle's training said of it beside what serves now, by surface; None where nothing
    serves, or where another bundle has gone live since."""
    if live is None or f"{FOLDER}/report.json" not in bundle:
        return None
    said = bundle.json(f"{FOLDER}/report.json").get("against_live")
    if said is None or said["bundle_id"] != live.bundle_id:
        return None
    return {s: Interval(g["mid"], g["low"], g["high"]) for s, g in said["surfaces"].items()}


def _quality(quality: QualityReport, report: dict[str, Any], limits: GateLimits) -> GateCheck:
    if quality.stops:
        why = f"the data failed its checks: {'; '.join(quality.stops)}"
        return GateCheck(name="quality", is_passed=False, measured={}, why=why)
    if not report:
        return _pass("quality", {}, "the data passed its checks; there are no click models")
    auc = float(report["clicks"]["auc"])
    measured: dict[str, float | str] = {"auc": auc, "lowest": limits.lowest_auc}
    if auc < limits.lowest_auc:
        why = f"AUC of P(click) is {auc:.3f}, under {limits.lowest_auc}: it hardly tells products apart"
        return GateCheck(name="quality", is_passed=False, measured=measured, why=why)
    return _pass("quality", measured, f"the data passed its checks; AUC of P(click) is {auc:.3f}")


def _lift(
    report: dict[str, Any], against_live: Mapping[str, Interval] | None, limits: GateLimits
) -> GateCheck:
    measured: dict[str, float | str] = {}
    bad = []
    for surface, lift in report.get("lift", {}).items():
        measured[f"{surface}_over_{lift['over']}"] = (
            f"{lift['mid']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}]"
        )
        if lift["order"] not in MODELS:
            continue  # a baseline orders it: nothing new is claimed
        if lift["mid"] < limits.lowest_mid_lift or lift["low"] < limits.lowest_lift:
            bad.append(
                f"on {surface} nDCG@10 is {lift['mid']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}] "
                f"over {lift['over']}: it may well be worse"
            )
    for surface, gain in (against_live or {}).items():
        measured[f"{surface}_over_live"] = f"{gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        if gain.high < 0 or gain.mid < limits.lowest_against_live:
            bad.append(
                f"on {surface} nDCG@10 is {gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}] "
                "against the bundle that serves"
            )
    if bad:
        return GateCheck(name="lift", is_passed=False, measured=measured, why="; ".join(bad))
    if not measured:
        return _nothing("lift", "no click models, so no lift is claimed")
    return _pass("lift", measured, "no surface is worse than its best baseline or what serves now")


def _calibration(report: dict[str, Any], limits: GateLimits) -> GateCheck:
    if not report:
        return _nothing("calibration", "no click models, so no probabilities are claimed")
    error, rate = float(report["clicks"]["ece"]), float(report["clicks"]["base_rate"])
    limit = limits.most_calibration_error + 0.1 * rate
    measured: dict[str, float | str] = {"ece": error, "limit": limit}
    if error > limit:
        why = f"P(click) is off by {error:.4f} on average, more than {limit:.4f}"
        return GateCheck(name="calibration", is_passed=False, measured=measured, why=why)
    return _pass("calibration", measured, f"P(click) is off by {error:.4f} on average")


def _skew(skew: Skewed | None, served: Skewed | None, limits: GateLimits) -> GateCheck:
    compared = {"": skew, "served_": served}
    measured: dict[str, float | str] = {"limit": limits.most_skew}
    said, is_passed = [], True
    for prefix, one in compared.items():
        if one is None or not one.n_values:
            continue
        measured[f"{prefix}share_different"] = one.share_different
        measured[f"{prefix}n_values"] = float(one.n_values)
        where = "of served pages " if prefix else ""
        said.append(
            f"{one.share_different:.2%} of {one.n_values:,} values {where}differ between serving and training"
        )
        is_passed = is_passed and one.share_different <= limits.most_skew
    if not said:
        return _nothing("skew", "nothing was compared: no pages yet")
    return GateCheck(name="skew", is_passed=is_passed, measured=measured, why="; ".join(said))


def _latency(latency: Latency | None, limits: GateLimits) -> GateCheck:
    if latency is None:
        return _nothing("latency", "no page was timed")
    measured: dict[str, float | str] = {
        "p50_ms": latency.p50_ms,
        "p99_ms": latency.p99_ms,
        "n_pages": float(latency.n_pages),
    }
    said = f"a page takes {latency.p50_ms:.1f} ms of CPU (p50), {latency.p99_ms:.1f} ms (p99)"
    if latency.p50_ms > limits.most_p50_ms or latency.p99_ms > limits.most_p99_ms:
        why = f"{said}, more than {limits.most_p50_ms:g} and {limits.most_p99_ms:g} ms"
        return GateCheck(name="latency", is_passed=False, measured=measured, why=why)
    return _pass("latency", measured, said)


def _pass(name: str, measured: dict[str, float | str], why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured=measured, why=why)


def _nothing(name: str, why: str) -> GateCheck:
    return GateCheck(name=name, is_passed=True, measured={}, why=why, was_asked=False)
