"""Check that no slice of the newest pages is much worse than under the live bundle, nor its P(click) far off. A slice fails only if its
whole interval, widened for the number of comparisons, is beyond the margin: chance alone then refuses at most one bundle in twenty with
every slice just at its margin, and hardly any as good as the live one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baihuo.evaluate import ClusteredMean, Interval
from baihuo.release.gate_report import GateCheck, GateLimits

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
