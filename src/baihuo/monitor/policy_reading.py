"""Summarise each policy in a sentence: better than the served one or not, and how surely."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo.evaluate import Interval, PolicyValue


def readings(values: Iterable[PolicyValue]) -> dict[str, str]:
    """Return a sentence by policy, from its doubly robust estimate: as precise as the others, and as unbiased as IPS."""
    by_policy: dict[str, list[str]] = {}
    for value in values:
        gain = value.estimate.gain
        if value.estimator == "dr" and gain is not None:
            by_policy.setdefault(value.policy, []).append(
                _sentence(value.reward, value.estimate.value, gain)
            )
    return {policy: "; ".join(sentences) for policy, sentences in by_policy.items()}


def _sentence(reward: str, value: Interval, gain: Interval) -> str:
    served = value.mid - gain.mid
    if not served > 0:
        return f"{reward}s: the log has none"
    change = f"{gain.mid / served:+.0%} [{gain.low / served:+.0%}, {gain.high / served:+.0%}]"
    if gain.low > 0:
        return f"{reward}s: more than served, {change}"
    if gain.high < 0:
        return f"{reward}s: fewer than served, {change}"
    return f"{reward}s: no difference is shown, {change} of what was served"
