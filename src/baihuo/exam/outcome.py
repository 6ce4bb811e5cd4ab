"""What an exam says of a check: met, not met, or not to be said.

A check that finds something where nothing was planted is wrong each time, so it is not met, however well it does elsewhere. And
a handful of faults proves nothing: of fewer than :data:`FEWEST` the interval is given, and the check counts as neither.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from baihuo.exam.intervals import Share

FEWEST = 30  # faults that a check must have been asked for; of 30 found of 30 the 95% interval begins at 0.89
CERTAIN, STATISTICAL = (
    0.99,
    0.9,
)  # precision and recall that are asked of a rule, and of a judgement

Outcome: TypeAlias = Literal["met", "not met", "too few", "false alarms", "not examined"]


def outcome_of(recall: Share, precision: Share, *, asked: float) -> Outcome:
    """The outcome of one check.

    Args:
        recall: found of planted.
        precision: right findings of all that count.
        asked: the bar of both, 0 to 1.

    >>> outcome_of(Share(60, 60), Share(60, 60), asked=0.99), outcome_of(Share(2, 2), Share(2, 2), asked=0.9)
    ('met', 'too few')
    >>> outcome_of(Share(0, 0), Share(0, 8), asked=0.9), outcome_of(Share(0, 0), Share(0, 0), asked=0.9)
    ('false alarms', 'not examined')
    """
    if not recall.n:
        return "false alarms" if precision.n else "not examined"
    is_met = min(recall.value or 0.0, precision.value or 0.0) >= asked
    if recall.n < FEWEST and recall.high >= asked and precision.high >= asked:
        return "too few"
    return "met" if is_met else "not met"
