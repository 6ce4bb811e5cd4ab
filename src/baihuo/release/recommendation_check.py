"""Check whether click models improve home pages and similar products; the result decides which order serves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from baihuo.core import Surface
from baihuo.evaluate import pages_needed
from baihuo.release.gate_report import GateCheck, GateLimits
from baihuo.release.recommendation_clicks import RecommendationGain
from baihuo.release.search_relevance import RelevanceGain, RelevanceMeasure, TuningMeasure

# Check that searches lose no relevance; the result decides which order serves them, not the release.


TEXT_ORDER = {"search": "text"}


def check_relevance(
    measure: RelevanceMeasure | None, limits: GateLimits
) -> tuple[GateCheck, dict[str, str]]:
    """Return the check, and the refused orders as surface → order used instead. It always passes: if the learned order loses relevance, or
    may lose some without a proven gain, a warning says that the text order serves.

    Args:
        measure: None: no model for searches.
    """
    if measure is None:
        why = "no model orders searches"
        return _passed("relevance", {}, why, was_asked=False), {}
    if not measure.gains:
        warning = "neither judgements nor clicks to compare the learned order with: words alone order searches"
        return _passed("relevance", {"order": "text"}, warning, warning=warning), dict(TEXT_ORDER)
    measured: dict[str, float | str] = {"lowest": limits.lowest_relevance}
    lines, losses = [], []
    for one in measure.gains:
        shown = f"{one.gain.mid:+.4f} [{one.gain.low:+.4f}, {one.gain.high:+.4f}]"
        measured[f"{one.of}_over_text"] = shown
        measured[f"{one.of}_n"] = float(one.n)
        line = f"{one.learned:.3f} against {one.text:.3f} on {one.n} {_what(one)}: {shown}"
        lines.append(line)
        if one.gain.high < 0 or one.gain.mid < limits.lowest_relevance:
            losses.append(line)
    measured["order"] = "text" if losses else measure.order
    if losses:
        warning = (
            f"the learned order loses relevance, so words alone order searches: nDCG@10 {'; '.join(losses)} "
            f"(gate.lowest_relevance is {limits.lowest_relevance:g})"
        )
        return _passed("relevance", measured, warning, warning=warning), dict(TEXT_ORDER)
    lows = [one.gain.low for one in measure.gains]
    if min(lows) < 0 and max(lows) <= 0:
        measured["order"] = "text"
        warning = (
            f"the learned order may lose and is not proven to gain, so words alone order searches: nDCG@10 {'; '.join(lines)} "
            "(the low end of one interval has to be above 0)"
        )
        return _passed("relevance", measured, warning, warning=warning), dict(TEXT_ORDER)
    return _passed("relevance", measured, f"nDCG@10 of searches {'; '.join(lines)}"), {}


def _what(gain: RelevanceGain) -> str:
    return "clicked searches" if gain.of == "clicks" else f"queries of {gain.of}"


# Check that another tuning of searches than the live one loses no relevance; a bundle whose tuning does is refused.


def check_tuning(measure: TuningMeasure | None, order: str, limits: GateLimits) -> GateCheck:
    """Return the check: whole pages of judged searches, with the same models under both tunings.

    Args:
        measure: None: the tuning is that of the live bundle.
        order: ``text`` or ``learned``: which order serves searches. A bundle without a model for them has ``text`` alone.
    """
    if measure is None:
        return _passed("tuning", {}, "searches are tuned as they are live", was_asked=False)
    measured: dict[str, float | str] = {
        name: f"{_value(a)} to {_value(b)}" for name, (a, b) in measure.changes.items()
    }
    lines = []
    if measure.held_out is not None:
        measured["held_out"] = shown = _interval(measure.held_out)
        lines.append(f"it was chosen with {shown} on searches that took no part in choosing")
    is_worse = False
    by_order = {name.partition(":")[0]: gains for name, gains in measure.gains.items()}
    for one in by_order.get(order, by_order["text"]):
        measured[f"{one.of}_over_live"] = _interval(one.gain.to_json())
        measured[f"{one.of}_n"] = float(one.n)
        lines.append(f"pages of {one.n} {_what(one)}: {_shown(one)}")
        is_worse |= one.gain.high < 0 or one.gain.mid < limits.lowest_relevance
    if not lines:
        lines.append("nothing was judged, so nothing was compared")
    why = f"another tuning of searches than the live one, nDCG@10: {'; '.join(lines)}"
    if not is_worse:
        return _passed("tuning", measured, why)
    why += f"; it loses relevance (gate.lowest_relevance is {limits.lowest_relevance:g})"
    return GateCheck(name="tuning", is_passed=False, measured=measured, why=why)


def _value(value: float | None) -> str:
    return "as trained" if value is None else f"{value:g}"


def _interval(gain: Mapping[str, float]) -> str:
    return f"{gain['mid']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"


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
        return _passed("recommendations", {}, why, was_asked=False), {}
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
            lines.append(
                f"nDCG@10 of {one.clicks.n} clicked {name} beyond what positions explain {_shown(one.clicks)}"
            )
            measured[f"{surface}_over_{PLAIN_ORDER}"] = _shown(one.clicks)
            measured[f"{surface}_n"] = float(one.clicks.n)
            if not _is_proven(one, limits):
                needed = pages_needed(
                    one.clicks.gain, one.clicks.n, limits.lowest_recommendation_gain
                )
                if np.isfinite(needed):
                    measured[f"{surface}_pages_needed"] = round(needed)
                lines.append(_needed(needed, name))
        if one is not None and one.same_category is not None:
            lines.append(f"their share of the same category {_shown(one.same_category)}")
            measured[f"{surface}_same_category"] = _shown(one.same_category)
        if not _is_proven(one, limits):
            refused[str(surface)] = PLAIN_ORDER
    why = "; ".join(lines)
    if not refused:
        return _passed("recommendations", measured, why), {}
    names = " and ".join(_NAMES[Surface(surface)] for surface in refused)
    warning = (
        f"click models are not proven to help, so {names} are served without them: {why} "
        f"(gate.lowest_recommendation_gain is {limits.lowest_recommendation_gain:g})"
    )
    return _passed("recommendations", measured, warning, warning=warning), refused


def _is_proven(one: RecommendationGain | None, limits: GateLimits) -> bool:
    if one is None or one.clicks.gain.low <= limits.lowest_recommendation_gain:
        return False
    return one.same_category is None or one.same_category.gain.mid >= LOWEST_SAME_CATEGORY


def _needed(pages: float, name: str) -> str:
    if not np.isfinite(pages):
        return "there is no gain that more pages could prove"
    return f"a gain of this size would be proven by about {pages:,.0f} clicked {name} (with probability 0.8)"


def _shown(one: RelevanceGain) -> str:
    gain = one.gain
    return f"{one.learned:.3f} against {one.text:.3f}, {gain.mid:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"


def _passed(
    name: str,
    measured: dict[str, float | str],
    why: str,
    *,
    warning: str = "",
    was_asked: bool = True,
) -> GateCheck:
    return GateCheck(
        name=name,
        is_passed=True,
        measured=measured,
        why=why,
        was_asked=was_asked,
        warning=warning,
    )
