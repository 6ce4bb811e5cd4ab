"""What ``baihuo tune`` searches, and for how long. No torch or Optuna here: ``shop.yaml`` holds these settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from baihuo.core import SettingsSection


class Range(BaseModel):
    """The values of one setting: from ``low`` to ``high``, or one of ``choices``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float | None = None
    high: float | None = None  # itself allowed
    log: bool = False  # drawn evenly by its logarithm: for rates and penalties
    choices: tuple[Any, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_range(cls, given: Any) -> Any:
        if not isinstance(given, dict | Range):
            raise ValueError(
                "should be {low: A, high: B} or {choices: [A, B]}; one value stands under deep"
            )
        return given

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        low, high = self.low, self.high
        if self.choices is not None:
            if self.log or (low, high) != (None, None):
                raise ValueError("it has choices and parts of a range: give one of them")
            if len({json.dumps(choice) for choice in self.choices}) < 2:
                raise ValueError("fewer than two choices leave nothing to search")
        elif low is None or high is None:
            raise ValueError("give low and high, or choices")
        elif low >= high:
            raise ValueError(f"low {low:g} is not below high {high:g}: nothing to search")
        elif self.log and low <= 0:
            raise ValueError("log needs low above 0")
        return self


class TuneSettings(SettingsSection):
    """Settings of ``baihuo tune``; options of the command go before them."""

    retired: ClassVar[Mapping[str, Any]] = {"jobs": 1, "pruner": "median"}

    minutes: float = Field(
        default=10.0, gt=0, le=1_000_000, description="The time for all, reading included."
    )
    trials: PositiveInt | None = Field(
        default=None,
        description="Most trainings in the folder, those of earlier runs included; unset: what the time allows.",
    )
    measure: Literal["auto", "log_loss", "auc", "rmse", "ndcg"] = Field(
        default="auto",
        description="What is improved, on the validation rows. `auto`: log-loss, or RMSE with the loss `squared`, "
        "or nDCG with a loss of groups.",
    )
    space: dict[str, Range] = Field(
        default={},
        description="Settings of `deep` to search, each with `low` and `high` (and `log: true`) or `choices`, as in "
        "`learning_rate: {low: 0.0001, high: 0.1, log: true}`; empty: a space for the model.",
    )
