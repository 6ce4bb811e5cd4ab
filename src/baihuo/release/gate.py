"""The gate: the conditions a bundle must meet before it may serve. The result is stored in the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from baihuo.bundle import CLICKS_FOLDER, Bundle, LiveBundles
from baihuo.core import Surface
from baihuo.evaluate import ClusteredMean
from baihuo.quality import QualityReport
from baihuo.release.gate_checks import (
    SERVICE_REPORT,
    check_auc,
    check_calibration,
    check_latency,
    check_lift,
    check_quality,
    check_service,
    check_skew,
    check_slices,
)
from baihuo.release.gate_report import GateCheck, GateLimits, GateReport, SkewMeasure
from baihuo.release.latency import Latency
from baihuo.release.recommendation_check import check_recommendations, check_relevance, check_tuning
from baihuo.release.recommendation_clicks import RecommendationGain
from baihuo.release.search_relevance import RelevanceMeasure, TuningMeasure


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The results of comparing the candidate."""

    against_live: Mapping[str, ClusteredMean] | None = None
    """By surface, nDCG@10 of this bundle minus that of the live one, on the same pages. None: nothing is live."""
    relevance: RelevanceMeasure | None = None
    """Searches in the learned and in the text order. None without a model for them."""
    tuning: TuningMeasure | None = None
    """Searches under its tuning and under the live one. None: both are the same."""
    recommendations: Mapping[Surface, RecommendationGain | None] | None = None
    """Clicked pages of each other surface with and without its model; None: too few."""
    live_has_clicks: bool = False
    """The live bundle has click models: the candidate must not lose them."""
    live_has_service: bool = False
    """Likewise what customer service learned."""


NOT_COMPARED = Compared()


def gate(
    bundle: Bundle,
    *,
    quality: QualityReport,
    skew: SkewMeasure | None = None,
    served: SkewMeasure | None = None,
    latency: Latency | None = None,
    compared: Compared = NOT_COMPARED,
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
        compared: Comparisons with the live bundle, and with orders without click models.
        is_first: Nothing is live yet: a bundle that fails only by speed or a wide interval passes with a warning.
        limits: The thresholds.
    """
    has_clicks = f"{CLICKS_FOLDER}/report.json" in bundle
    report: dict[str, Any] = bundle.json(f"{CLICKS_FOLDER}/report.json") if has_clicks else {}
    relevance_check, searches_by = check_relevance(compared.relevance, limits)
    recommendation_check, others_by = check_recommendations(compared.recommendations, limits)
    refused = {**searches_by, **others_by}
    checks: tuple[GateCheck, ...] = (
        check_quality(quality),
        check_auc(report, limits, lost=_lost(bundle, compared)),
        check_lift(report, compared.against_live, refused, limits),
        relevance_check,
        check_tuning(compared.tuning, "text" if "search" in searches_by else "learned", limits),
        recommendation_check,
        check_calibration(report, limits),
        check_slices(report, refused, limits),
        check_skew(skew, served, limits),
        check_latency(latency, limits),
        *_of_service(bundle, compared, limits),
    )
    if is_first:
        checks = tuple(_pass_if_first(check) for check in checks)
    gate_report = GateReport(bundle_id=bundle.bundle_id, checks=checks, order_by=refused)
    bundle.write_gate(gate_report.to_json())
    return gate_report


def _of_service(bundle: Bundle, compared: Compared, limits: GateLimits) -> tuple[GateCheck, ...]:
    """Check customer service; None if neither this bundle nor the live one has it."""
    has_service = SERVICE_REPORT in bundle
    if not has_service and not compared.live_has_service:
        return ()
    report = bundle.json(SERVICE_REPORT) if has_service else None
    return (check_service(report, limits, live_has_service=compared.live_has_service),)


def _lost(bundle: Bundle, compared: Compared) -> str:
    """Return why the live bundle's click models would be lost, or ""."""
    if not compared.live_has_clicks or f"{CLICKS_FOLDER}/report.json" in bundle:
        return ""
    report = bundle.json("report.json") if "report.json" in bundle else {}
    return str(report.get("no_clicks", "no reason was given"))


def against_live(bundle: Bundle, live: LiveBundles | None) -> dict[str, ClusteredMean] | None:
    """Return nDCG@10 of a bundle minus that of the live one, by surface, as its training measured it.

    None where nothing is live, where another bundle has gone live since the training, or where an older version, which
    wrote no standard errors, trained it.
    """
    if live is None or f"{CLICKS_FOLDER}/report.json" not in bundle:
        return None
    measured = bundle.json(f"{CLICKS_FOLDER}/report.json").get("against_live")
    if measured is None or measured["bundle_id"] != live.bundle_id:
        return None
    gains = measured["surfaces"]
    return {s: ClusteredMean.from_json(gain) for s, gain in gains.items() if "error" in gain}


def _pass_if_first(check: GateCheck) -> GateCheck:
    """Let a first release pass with a warning if only speed, a wide interval or a slice failed."""
    if check.is_passed or not check.is_soft:
        return check
    warning = f"{check.why}; accepted because nothing serves yet"
    return replace(check, is_passed=True, why=warning, warning=warning)
