"""Check whether click models improve home pages and similar products; the result decides which order serves."""

from __future__ import annotations

from collections.abc import Mapping

from baihuo.core import Surface
from baihuo.release.gate_report import GateCheck, GateLimits
from baihuo.release.recommendation_clicks import RecommendationGain
from baihuo.release.search_relevance import RelevanceGain

PLAIN_ORDER = "fused"
LOWEST_SAME_CATEGORY = -0.1  # at most one more of ten similar products may be of another category
_NAMES = {Surface.HOME: "home pages", Surface.SIMILAR: "similar products"}


def check_recommendations(
    gains: Mapping[Surface, RecommendationGain | None] | None, limits: GateLimits
) -> tuple[GateCheck, dict[str, str]]:
    """Return the check, and for surfaces without a proven gain of the click model the order used instead. It always passes: a warning says
    which order serves.

    Args:
        gains: By surface with a model; None: too few clicked pages.
    """
    if not gains:
        why = "no click model orders home pages or similar products"
        return _check({}, why, was_asked=False), {}
    measured: dict[str, float | str] = {
        "lowest": limits.lowest_recommendation_gain,
        "lowest_same_category": LOWEST_SAME_CATEGORY,
    }
    lines = []
    refused: dict[str, str] = {}
    for surface, one in gains.items():
        name = _NAMES[surface]
        if one is None:
            lines.append(f"too few clicked {name} to compare")
        else:
            lines.append(f"nDCG@10 of {one.clicks.n} clicked {name} {_shown(one.clicks)}")
            measured[f"{surface}_over_{PLAIN_ORDER}"] = _shown(one.clicks)
            measured[f"{surface}_n"] = float(one.clicks.n)
        if one is not None and one.same_category is not None:
            lines.append(f"their share of the same category {_shown(one.same_category)}")
            measured[f"{surface}_same_category"] = _shown(one.same_category)
        if not _is_proven(one, limits):
            refused[str(surface)] = PLAIN_ORDER
    why = "; ".join(lines)
    if not refused:
        return _check(measured, why), {}
    names = " and ".join(_NAMES[Surface(surface)] for surface in refused)
    warning = (
        f"click models are not proven to help, so {names} are served without them: {why} "
        f"(gate.lowest_recommendation_gain is {limits.lowest_recommendation_gain:g})"
    )
    return _check(measured, warning, warning=warning), refused


def _is_proven(one: RecommendationGain | None, limits: GateLimits) -> bool:
    if one is None or one.clicks.gain.low <= limits.lowest_recommendation_gain:
        return False
    return one.same_category is None or one.same_category.gain.mid >= LOWEST_SAME_CATEGORY


def _shown(one: RelevanceGain) -> str:
    gain = one.gain
    return f"{one.learned:.3f} against {one.text:.3f}, {gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"


def _check(
    measured: dict[str, float | str], why: str, *, warning: str = "", was_asked: bool = True
) -> GateCheck:
    return GateCheck(
        name="recommendations",
        is_passed=True,
        measured=measured,
        why=why,
        was_asked=was_asked,
        warning=warning,
    )
