"""Settings of the pages for the people who run the shop."""

from __future__ import annotations

from typing import Self

from pydantic import Field, PositiveFloat, model_validator

from baihuo.core import SettingsSection


class ConsoleSettings(SettingsSection):
    """The console at `/console`, which is there once an account was made (`baihuo accounts create`)."""

    enabled: bool = Field(
        default=True, description="Whether the server has a console, once there is an account."
    )
    idle_minutes: PositiveFloat = Field(
        default=30, le=43_200, description="A session without a request ends after this."
    )
    hours: PositiveFloat = Field(
        default=12, le=8_760, description="Every session ends after this; its person logs in again."
    )

    @property
    def idle_us(self) -> int:
        """:attr:`idle_minutes` in microseconds."""
        return int(self.idle_minutes * 60_000_000)

    @property
    def most_us(self) -> int:
        """:attr:`hours` in microseconds."""
        return int(self.hours * 3_600_000_000)

    @model_validator(mode="after")
    def _idle_fits(self) -> Self:
        if self.idle_us > self.most_us:
            raise ValueError("idle_minutes is longer than hours; make it shorter, or hours longer")
        return self
