"""The section ``desk`` of ``shop.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from baihuo.assist.desk.hours import OpeningHours
from baihuo.core import BadInput, SettingsSection


class DeskSettings(SettingsSection):
    """The people who answer what the machine hands over, at `/console/desk` (docs/assist_desk.md)."""

    hours: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        description="When the desk is open, as in `[Mon-Fri 09:00-18:00, Sat 10:00-14:00]`. Empty: whenever somebody is on duty.",
    )
    timezone: str = Field(
        default="UTC", description="The time zone of `hours`, as in `Asia/Shanghai`."
    )
    away_minutes: PositiveFloat = Field(
        default=10,
        le=1_440,
        description="Who did nothing at the desk for so long is not on duty. A page that refreshes by itself does not count.",
    )
    claim_minutes: PositiveFloat = Field(
        default=15,
        le=1_440,
        description="Who takes a conversation has it alone for so long after the last thing they did in it.",
    )
    suggestions: PositiveInt = Field(
        default=3, le=10, description="Suggested answers beside a conversation, at most."
    )

    @property
    def away_us(self) -> int:
        """:attr:`away_minutes` in microseconds."""
        return int(self.away_minutes * 60_000_000)

    @property
    def claim_us(self) -> int:
        """:attr:`claim_minutes` in microseconds."""
        return int(self.claim_minutes * 60_000_000)

    def opening_hours(self) -> OpeningHours:
        """:attr:`hours` in :attr:`timezone`."""
        return OpeningHours.read(self.hours, self.timezone)

    @model_validator(mode="after")
    def _hours_can_be_read(self) -> DeskSettings:
        try:
            self.opening_hours()
        except BadInput as error:
            raise ValueError(f"{error.what}; {error.fix}") from None
        return self
