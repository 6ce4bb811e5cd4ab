"""Input and output of the gate: thresholds, measured skew, checks, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol


class SkewMeasure(Protocol):
    """A measured training-serving skew, such as the report of ``monitor.skew``."""

    @property
    def n_values(self) -> int: ...

    @property
    def share_different(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """Thresholds of the gate: section ``gate`` of ``shop.yaml``, which has the defaults."""

    lowest_lift: float  # nDCG@10 over the best baseline: the interval's low end
    lowest_mid_lift: float  # the same, the interval's middle
    lowest_against_live: float  # the same over the live bundle
    equivalent_to_live: (
        float  # also refused if the whole interval over the live bundle is below minus this
    )
    lowest_relevance: float  # nDCG@10 of searches over the text order: the interval's middle
    lowest_recommendation_gain: (
        float  # of home and similar over the fused order: the interval's low end
    )
    lowest_auc: float  # of P(click); below it the model hardly separates products
    most_calibration_error: float  # plus a tenth of the click rate
    most_slice_loss: float  # nDCG@10 of a slice of pages under what serves, beyond its interval
    most_slice_log_loss: float  # of P(click) in a slice over what serves, in parts of its entropy
    most_slice_calibration_error: float  # plus a fifth of the slice's click rate
    most_skew: float  # share of served values that differ from training
    most_service_calibration_error: float  # of P(right) of customer service's answers
    most_p50_ratio: float  # CPU of a median page, in yardsticks timed in the same run
    most_p99_ratio: float  # the same of one page in a hundred
    most_p50_ms: float | None  # absolute; None: only a warning, above USUAL_P50_MS
    most_p99_ms: float | None


USUAL_P50_MS, USUAL_P99_MS = 15.0, 60.0
"""CPU time of a page above which the gate warns, where no absolute limit is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check: what was measured, the result and the reason."""

    name: str  # quality, auc, lift, relevance, tuning, recommendations, calibration, slices, skew, latency, service
    is_passed: bool
    measured: dict[
        str, float | str
    ]  # empty if nothing could be measured, which does not fail the check
    why: str  # a whole sentence
    was_asked: bool = True  # False: does not apply to this bundle
    warning: str = ""  # passed, but worth attention
    is_soft: bool = (
        False  # speed, a wide interval, a slice: passes with a warning while nothing is live
    )

    @property
    def result(self) -> str:
        """``NO``, ``warning``, ``not asked``, ``not measured`` or ``yes``."""
        if not self.is_passed:
            return "NO"
        if self.warning:
            return "warning"
        if not self.was_asked:
            return "not asked"
        return "yes" if self.measured else "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedRelease:
    """A release that a person forced against the gate."""

    by: str
    reason: str
    at_us: int  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The gate's verdict on one bundle."""

    bundle_id: str
    checks: tuple[GateCheck, ...] = field(default_factory=tuple)
    forced: ForcedRelease | None = None
    order_by: Mapping[str, str] = field(default_factory=dict)
    """Surfaces whose learned order was refused → the order used instead."""

    @property
    def is_open(self) -> bool:
        """Whether every check passed."""
        return all(check.is_passed for check in self.checks)

    @property
    def may_be_forced(self) -> bool:
        """Whether a person may force the release: not with data that failed its checks."""
        return all(check.is_passed for check in self.checks if check.name == "quality")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reason of each failed check, a sentence each."""
        return tuple(check.why for check in self.checks if not check.is_passed)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of checks that passed."""
        return tuple(check.warning for check in self.checks if check.warning)

    def to_json(self) -> dict[str, Any]:
        """As written into ``gate.json``."""
        return {
            "is_open": self.is_open,
            "may_be_forced": self.may_be_forced,
            "reasons": list(self.reasons),
            "warnings": list(self.warnings),
            "order_by": dict(self.order_by),
            "forced": None if self.forced is None else asdict(self.forced),
            "checks": [asdict(check) for check in self.checks],
        }
