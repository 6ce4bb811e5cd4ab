"""The lines of ``quality.yaml`` about promised false alarms."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

GROUPS = ("counts", "shares", "distributions", "dirt")
"""Sorts of daily statistics: events, parts of them, middles of numbers, and rows that statistical steps touched."""
MOST_A_MONTH = 15
Rate: TypeAlias = Annotated[float, Field(gt=0, le=MOST_A_MONTH, allow_inf_nan=False)]


class PromiseRules(BaseModel):
    """How many false alarms a month are accepted, and which days thresholds must not learn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # false alarms in 30.4 days: one number for all together, or by group (counts, …) and check (counts.app)
    false_alarms_per_month: Rate | dict[str, Rate] | None = None
    holidays: tuple[
        date, ...
    ] = ()  # days unlike others of their weekday: not judged, not learned from
    known_faults: tuple[date, ...] = ()  # days whose data was wrong: not learned from

    @field_validator("false_alarms_per_month", mode="before")
    @classmethod
    def _is_a_rate(cls, value: Any) -> Any:
        """One message; pydantic would repeat it for each type that the setting may have."""
        given = value if isinstance(value, dict) else {"": value}
        for name, rate in given.items():
            of = f"{name} is {rate!r}" if name else f"it is {rate!r}"
            is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
            if value is not None and not (is_number and 0 < float(rate) <= MOST_A_MONTH):
                raise ValueError(
                    f"{of}: say a number above 0, at most {MOST_A_MONTH}, or such numbers by group or check"
                )
        return value

    @field_validator("false_alarms_per_month")
    @classmethod
    def _known_groups(
        cls, value: float | dict[str, float] | None
    ) -> float | dict[str, float] | None:
        for name in value if isinstance(value, dict) else ():
            if name != "all" and name.split(".")[0] not in GROUPS:
                raise ValueError(
                    f"no check or group is named {name!r}: use all, {', '.join(GROUPS)}, or a check such as counts.app"
                )
        return value

    @property
    def promises(self) -> dict[str, float]:
        """False alarms a month by ``all``, group or check; empty: none is promised."""
        given = self.false_alarms_per_month
        if given is None:
            return {}
        return dict(given) if isinstance(given, dict) else {"all": given}
