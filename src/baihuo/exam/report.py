"""What an exam found: every check's precision and recall on one shop's rows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from baihuo.core import QualityStop
from baihuo.exam.intervals import Share
from baihuo.exam.outcome import STATISTICAL, Outcome, outcome_of

SCHEMA_VERSION = 1
"""Raised when a field of ``exam.json`` changes its meaning or goes; added ones do not raise it."""
N_EXAMPLES = 3


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
        """Whether it does what is asked: see :mod:`baihuo.exam.outcome`."""
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
