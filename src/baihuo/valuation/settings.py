"""The section ``value`` of ``shop.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from baihuo.core import SettingsSection

Metric = Literal["skill", "ndcg", "log_loss", "money"]


class ValueSettings(SettingsSection):
    """Cost of fixing, for the list "fix this first" of ``baihuo value``."""

    hours: NonNegativeFloat = Field(default=8.0, description="Hours available for fixing.")
    by: Metric = Field(
        default="skill",
        description="Rank kinds by: `skill`, the mean share of both models' skill lost to the kind; `ndcg`; "
        "`log_loss`; `money`.",
    )
    minutes_per_event_check: NonNegativeFloat = Field(
        default=120.0,
        description="Minutes to fix a check's findings of events: at the source, once, however many there are.",
    )
    minutes_per_product: NonNegativeFloat = Field(
        default=2.0, description="Minutes to fix one finding of a product: row by row."
    )
    minutes: dict[str, NonNegativeFloat] = Field(
        default={},
        description="Minutes for each finding of a check, by its name, instead of the two above.",
    )
    margin: PositiveFloat | None = Field(
        default=None,
        le=1,
        description="Share of the price that the shop earns; unset: money is revenue.",
    )
    folds: PositiveInt = Field(
        default=2, le=10, description="Held-out periods of the newer two fifths of the log."
    )

    def minutes_of(self, table: str, check: str, n_findings: int) -> float:
        """Minutes to fix all findings of a kind."""
        if check in self.minutes:
            return self.minutes[check] * n_findings
        if table == "events":
            return self.minutes_per_event_check
        return self.minutes_per_product * n_findings
