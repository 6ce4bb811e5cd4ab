"""The section ``alerts`` of ``quality.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat


class AlertRules(BaseModel):
    """Where alerts go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook: str = Field(default="", pattern=r"^$|^https?://")  # "": no alerts
    format: Literal["json", "slack", "feishu", "dingtalk"] = "json"  # what the receiver reads
    least: Literal["warn", "stop"] = "warn"  # the lowest verdict that is sent
    timeout_seconds: PositiveFloat = Field(default=5, le=60)  # of one try
    retries: NonNegativeInt = Field(default=2, le=10)
