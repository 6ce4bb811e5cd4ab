"""What an exam found: every check's precision and recall on one shop's rows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Literal, TypeAlias

from baihuo.core import QualityStop

SCHEMA_VERSION = 1
"""Raised when a field of ``exam.json`` changes its meaning or goes; added ones do not raise it."""
N_EXAMPLES = 3
CERTAIN, STATISTICAL = (
    0.99,
    0.9,
)  # precision and recall that are asked of a rule, and of a judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check, over all rounds and seeds."""

    check: str
    step: str
    table: str
    action: str
    faults: tuple[str, ...] = ()  # that were injected for it
    n_injected: int = 0  # rows with a fault that it should find
    n_found: int = 0  # of them, found
    n_wrong: int = 0  # findings on rows that no fault accounts for
    n_excused: int = 0  # rows with a fault that an earlier check rightly took out
    n_before: int = 0  # its findings in the unmodified rows
    n_clean_touched: int = 0  # of the wrong ones: clean rows quarantined, merged or repaired
    clean_touched: tuple[dict[str, Any], ...] = ()  # up to three examples
    missed: tuple[dict[str, Any], ...] = ()  # up to three examples
    reason: str = ""  # why it could not be examined
    asked: float = STATISTICAL  # of recall and precision

    @property
    def recall(self) -> Share:
        """Found of injected."""
        return Share(self.n_found, self.n_injected)

    @property
    def precision(self) -> Share:
        """Right findings of all that count; 0 where it found something and nothing was planted for it."""
        if self.step == "own" and not self.n_injected:
            return Share(0, 0)  # a check of the shop's own has no fault: nobody knows what is right
        return Share(self.n_found, self.n_found + self.n_wrong)

    @property
    def outcome(self) -> Outcome:
        """Whether it does what is asked: see :mod:`baihuo.exam.report`."""
        return outcome_of(self.recall, self.precision, asked=self.asked)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in ``exam.json``."""
        fields = asdict(self) | {"n_findings": self.n_found + self.n_wrong}
        shares = {"recall": self.recall.to_dict(), "precision": self.precision.to_dict()}
        outcome = {"outcome": self.outcome, "is_met": self.outcome == "met"}
        return fields | shares | outcome | {"is_examined": bool(self.n_injected)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamReport:
    """Everything ``exam.json`` holds."""

    checks: tuple[CheckResult, ...]
    n_events: int  # rows that the exam ran on
    n_products: int
    seeds: tuple[int, ...]
    n_rounds: int  # a seed
    n_each: dict[str, int]  # rows (or groups) for each fault, by table
    before: dict[str, int]  # check → its findings in the unmodified rows
    n_changed_before: int  # unmodified rows that were quarantined, merged or repaired
    n_clean: int  # rows without a fault, over all rounds and seeds
    n_clean_touched: int  # of them, quarantined, merged or repaired because of faults elsewhere

    @property
    def examined(self) -> list[CheckResult]:
        """Checks with at least one fault that they should find, or with a finding where there is none."""
        return [result for result in self.checks if result.outcome != "not examined"]

    @property
    def not_examined(self) -> list[CheckResult]:
        """The others; each says why."""
        return [result for result in self.checks if result.outcome == "not examined"]

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many checks have each outcome."""
        return dict(Counter(result.outcome for result in self.checks))

    def below(self, lowest: float) -> list[str]:
        """In words, what lies below ``lowest``: "recall of bot is 0.72 (18 of 25)"."""
        return [
            f"{name} of {result.check} is {share.value:.2f} ({share.n_right} of {share.n})"
            for result in self.examined
            for name, share in (("recall", result.recall), ("precision", result.precision))
            if share.value is not None and share.value < lowest
        ]

    def raise_if_below(self, lowest: float) -> None:
        """
        Raises:
            QualityStop: a recall or precision lies below ``lowest``.
        """
        if words := self.below(lowest):
            fix = "look at the examples in exam.html; thresholds of checks are in quality.yaml"
            raise QualityStop(f"below {lowest:g}: {'; '.join(words)}", fix=fix)

    def to_json(self) -> str:
        """The whole report, stable in order."""
        body = {
            "schema_version": SCHEMA_VERSION,
            "rows": {"events": self.n_events, "products": self.n_products},
            "seeds": list(self.seeds),
            "rounds": self.n_rounds,
            "rows_per_fault": self.n_each,
            "before": {"rows_changed": self.n_changed_before, "findings": self.before},
            "clean_rows": {
                "n": self.n_clean,
                "touched": self.n_clean_touched,
                "share": round(self.n_clean_touched / max(self.n_clean, 1), 7),
            },
            "outcomes": self.outcomes,
            "checks": [result.to_dict() for result in self.checks],
        }
        return json.dumps(body, ensure_ascii=False, indent=1, default=str) + "\n"


# What an exam says of a check: met, not met, or not to be said.
#
# A check that finds something where nothing was planted is wrong each time, so it is not met, however well it does elsewhere. And
# a handful of faults proves nothing: of fewer than :data:`FEWEST` the interval is given, and the check counts as neither.


FEWEST = 30  # faults that a check must have been asked for; of 30 found of 30 the 95% interval begins at 0.89

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


# A share of counted things, with its interval.


Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """``n_right`` of ``n``, 0 to 1; without any (``n`` is 0) it has no value.

    >>> share = Share(9, 10)
    >>> share.value, round(share.low, 3), round(share.high, 3)
    (0.9, 0.596, 0.982)
    """

    n_right: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.n_right / self.n if self.n else None

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self._ends()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self._ends()[1]

    def _ends(self) -> tuple[float, float]:
        """Wilson's score interval (1927): never outside 0 to 1, and wide where ``n`` is small."""
        if not self.n:
            return 0.0, 1.0
        share, z2 = self.n_right / self.n, Z_95**2
        centre = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2)) * Z_95 / (1 + z2 / self.n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def to_dict(self) -> dict[str, float] | None:
        """Value and interval, as ``exam.json`` holds them; None of nothing."""
        if self.value is None:
            return None
        return {name: round(getattr(self, name), 5) for name in ("value", "low", "high")}
