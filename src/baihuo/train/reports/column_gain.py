"""The rows of the feature report: what each spec of a features file added."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from baihuo.evaluate import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGain:
    """One row of the report: with these columns, less without. Gains above 0 are better."""

    name: str
    kind: str
    n_columns: int
    log_loss: Interval  # nats an impression saved, P(click), calibrated
    auc: Interval  # of the same
    ndcg10: Interval  # of the model that blends most others
    ndcg10_by_model: dict[str, Interval]  # of the others
    seconds: float  # of fitting, all seeds

    @property
    def verdict(self) -> str:
        """``helps`` or ``hurts`` where any whole interval is beyond zero and none contradicts, else ``no``."""
        above = [i for i in (self.log_loss, self.auc, self.ndcg10) if i.low > 0]
        below = [i for i in (self.log_loss, self.auc, self.ndcg10) if i.high < 0]
        if above and below:
            return "mixed"
        return "helps" if above else "hurts" if below else "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureReport:
    """What every line added, and what it was added to."""

    base: dict[str, float]
    rows: tuple[ColumnGain, ...]
    n_train: int
    n_test: int
    n_test_clicks: int
    seeds: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """As written beside the bundle."""
        report = asdict(self)
        for row, one in zip(report["rows"], self.rows, strict=True):
            by_model = row.pop("ndcg10_by_model")
            row |= {f"ndcg10_{name}": gain for name, gain in by_model.items()}
            row["verdict"] = one.verdict
        return report
