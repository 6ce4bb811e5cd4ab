"""Check that searches lose no relevance; the result decides which order serves them, not the release."""

from __future__ import annotations

from baihuo.release.gate_report import GateCheck, GateLimits
from baihuo.release.search_relevance import RelevanceGain, RelevanceMeasure

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
        return _check({}, why, was_asked=False), {}
    if not measure.gains:
        warning = "neither judgements nor clicks to compare the learned order with: words alone order searches"
        return _check({"order": "text"}, warning, warning=warning), dict(TEXT_ORDER)
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
        return _check(measured, warning, warning=warning), dict(TEXT_ORDER)
    lows = [one.gain.low for one in measure.gains]
    if min(lows) < 0 and max(lows) <= 0:
        measured["order"] = "text"
        warning = (
            f"the learned order may lose and is not proven to gain, so words alone order searches: nDCG@10 {'; '.join(lines)} "
            "(the low end of one interval has to be above 0)"
        )
        return _check(measured, warning, warning=warning), dict(TEXT_ORDER)
    return _check(measured, f"nDCG@10 of searches {'; '.join(lines)}"), {}


def _what(gain: RelevanceGain) -> str:
    return "clicked searches" if gain.of == "clicks" else f"queries of {gain.of}"


def _check(
    measured: dict[str, float | str], why: str, *, warning: str = "", was_asked: bool = True
) -> GateCheck:
    return GateCheck(
        name="relevance",
        is_passed=True,
        measured=measured,
        why=why,
        was_asked=was_asked,
        warning=warning,
    )
