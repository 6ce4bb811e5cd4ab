"""The checks of the gate, one function for each: quality, AUC, lift, calibration, skew, latency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from baihuo.evaluate import ClusteredMean, Interval
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

# Check the models of customer service on held-out examples against BM25 and the live bundle.


SERVICE_REPORT = "assist/report.json"
"""File of a bundle: training's measures of customer service."""


def check_service(
    report: Mapping[str, Any] | None, limits: GateLimits, *, live_has_service: bool
) -> GateCheck:
    """Check intents against the live bundle, answers against BM25 and the live bundle, and the calibration of P(right). Where new weights
    are worse, training keeps the live ones; that is a warning here.

    Args:
        report: Report of the part; None: the bundle has none.
        live_has_service: The live bundle has the part: the new one must not lose it.
    """
    if report is None or not ({"understanding", "answers"} & report.keys()):
        why = str((report or {}).get("not_learned", "the shop has no conversations"))
        if live_has_service:
            lost = f"the live bundle knows customer service, and this one does not ({why})"
            return GateCheck(name="service", is_passed=False, measured={}, why=lost)
        return GateCheck(name="service", is_passed=True, measured={}, why=why, was_asked=False)
    intents, answers = report["understanding"], report["answers"]
    measured: dict[str, float | str] = {
        "most_calibration_error": limits.most_service_calibration_error
    }
    worse: list[str] = []
    warnings: list[str] = []
    results: list[str] = []
    if "accuracy" in intents:
        measured["intent_accuracy"] = _shown_service(intents["accuracy"])
        results.append(f"{intents['accuracy']['mid']:.1%} of held-out intents are right")
    if "recall1" in answers:
        measured["recall1"] = _shown_service(answers["recall1"])
        measured["recall1_over_bm25"] = _shown_service(answers["recall1_over_bm25"])
        measured["coverage_at_90"] = _shown_service(answers["coverage_at_90"])
        results.append(
            f"{answers['recall1']['mid']:.1%} of held-out questions find their answer first"
        )
        if answers["recall1_over_bm25"]["high"] < 0:
            worse.append(
                f"answers are found less often than by BM25 ({measured['recall1_over_bm25']})"
            )
    if "ece" in answers:
        # beyond the error of perfect probabilities in 19 of 20 draws of so few questions
        error = max(0.0, float(answers["ece"]) - float(answers.get("ece_by_chance", 0)))
        measured["ece_beyond_chance"] = error
        if error > limits.most_service_calibration_error:
            off = (
                f"P(right) of answers is off by {error:.3f} on average "
                f"(gate.most_service_calibration_error is {limits.most_service_calibration_error:g})"
            )
            # parts that were not learned do not refuse the others
            (worse if answers.get("is_fitted") else warnings).append(off)
    for stage in (intents, answers):
        warnings += [str(stage[key]) for key in ("kept_live", "left_out") if key in stage]
    if report.get("keeps_live"):
        warnings.append(f"the live model is kept: {report.get('not_learned', '')}")
    if worse:
        return GateCheck(name="service", is_passed=False, measured=measured, why="; ".join(worse))
    return GateCheck(
        name="service",
        is_passed=True,
        measured=measured if results else {},
        why="; ".join(results) or "nothing was measured",
        warning="; ".join(warnings),
    )


def _shown_service(interval: Mapping[str, float]) -> str:
    return f"{interval['mid']:+.4f} [{interval['low']:+.4f}, {interval['high']:+.4f}]"


# Check that no slice of the newest pages is much worse than under the live bundle, nor its P(click) far off. A slice fails only if its
# whole interval, widened for the number of comparisons, is beyond the margin: chance alone then refuses at most one bundle in twenty with
# every slice just at its margin, and hardly any as good as the live one.


_BY_CHANCE = 0.05
_SHARE_OF_RATE = 0.2  # of the slice's click rate, added to the limit of its calibration
_N_NAMED = 5  # failures in the reason; all are in the report


def check_slices(
    report: Mapping[str, Any], refused: Mapping[str, str], limits: GateLimits
) -> GateCheck:
    """Check orders by surface and slice, log-loss and calibration of P(click) by slice.

    Args:
        report: The click models' report, from training.
        refused: Surfaces that the learned order does not serve: their slices do not count.
    """
    found = report.get("slices") or {"rows": [], "pages": [], "worst": {}}
    pages = [line for line in found["pages"] if line["surface"] not in refused]
    rows = found["rows"]
    n_claims = len(pages) + 2 * len(rows)
    if not n_claims:
        return GateCheck(
            name="slices",
            is_passed=True,
            measured={},
            why="no slice of the test pages was measured",
            was_asked=bool(report),
        )
    confidence = 1 - 2 * _BY_CHANCE / n_claims
    measured: dict[str, float | str] = {
        "n_slices": float(len(pages) + len(rows)),
        "confidence": confidence,
        "most_slice_loss": limits.most_slice_loss,
        "most_slice_log_loss": limits.most_slice_log_loss,
        "most_slice_calibration_error": limits.most_slice_calibration_error,
    }
    failed: list[str] = []
    for line in pages:
        failed += _worse_order(line, confidence, limits)
    for line in rows:
        failed += _worse_probabilities(line, confidence, limits)
    measured |= {f"worst_{of}": _named(one, of) for of, one in found["worst"].items() if one}
    if failed:
        more = f"; and {len(failed) - _N_NAMED} more" if len(failed) > _N_NAMED else ""
        why = "; ".join(failed[:_N_NAMED]) + more
        return GateCheck(name="slices", is_passed=False, measured=measured, why=why, is_soft=True)
    why = f"none of {len(pages) + len(rows)} slices is surely beyond its margin"
    if worst := measured.get("worst_order") or measured.get("worst_loss"):
        why += f"; worst: {worst}"
    return GateCheck(name="slices", is_passed=True, measured=measured, why=why)


def _worse_order(line: Mapping[str, Any], confidence: float, limits: GateLimits) -> list[str]:
    gain = ClusteredMean.from_json(line["gain"]).interval(confidence)
    if gain.high >= -limits.most_slice_loss:
        return []
    return [
        f"on {line['surface']} of {_slice(line)} nDCG@10 is {_shown(gain)} against {line['over']}, "
        f"more than gate.most_slice_loss ({limits.most_slice_loss:g}) worse"
    ]


def _worse_probabilities(
    line: Mapping[str, Any], confidence: float, limits: GateLimits
) -> list[str]:
    loss = ClusteredMean.from_json(line["loss"]).interval(confidence)
    bias = ClusteredMean.from_json(line["bias"]).interval(confidence)
    limit = limits.most_slice_calibration_error + _SHARE_OF_RATE * line["rate"]
    failed = []
    if loss.low > limits.most_slice_log_loss:
        failed.append(
            f"of {_slice(line)} the log-loss of P(click) is {_shown(loss)} of its entropy above that of {line['over']}, "
            f"more than gate.most_slice_log_loss ({limits.most_slice_log_loss:g})"
        )
    if bias.low > limit or bias.high < -limit:
        failed.append(
            f"of {_slice(line)} P(click) is off by {_shown(bias)} where {line['rate']:.4f} are clicked, more than {limit:.4f} "
            "(gate.most_slice_calibration_error and a fifth of the click rate)"
        )
    return failed


def _slice(line: Mapping[str, Any]) -> str:
    if line["dimension"] == "all":
        return "all pages"
    return f"{line['dimension']} {line['slice']!r}"


def _shown(of: Interval) -> str:
    return f"{of.mid:+.4f} [{of.low:+.4f}, {of.high:+.4f}]"


def _named(line: Mapping[str, Any], of: str) -> str:
    name = {"calibration": "bias", "loss": "loss", "order": "gain"}[of]
    value = line[name]
    where = f"{line['surface']}, {_slice(line)}" if "surface" in line else _slice(line)
    return f"{where}: {value['mid']:+.4f} [{value['low']:+.4f}, {value['high']:+.4f}]"


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
