"""Check the models of customer service on held-out examples against BM25 and the live bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baihuo.release.gate_report import GateCheck, GateLimits

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
        measured["intent_accuracy"] = _shown(intents["accuracy"])
        results.append(f"{intents['accuracy']['mid']:.1%} of held-out intents are right")
    if "recall1" in answers:
        measured["recall1"] = _shown(answers["recall1"])
        measured["recall1_over_bm25"] = _shown(answers["recall1_over_bm25"])
        measured["coverage_at_90"] = _shown(answers["coverage_at_90"])
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


def _shown(interval: Mapping[str, float]) -> str:
    return f"{interval['mid']:+.4f} [{interval['low']:+.4f}, {interval['high']:+.4f}]"
