"""The thresholds of a step: how many rows it may touch before a run warns or stops."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Limits(BaseModel):
    """Shares of rows, 0 to 1; ``None`` is no threshold.

    ``then``, ``owner``, ``note`` and ``version`` may stand in every step's section. Shares count rows of one table that a step quarantined, merged or repaired: notes do not count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    warn_above: Share | None = 0.05
    stop_above: Share | None = 0.3
    then: Literal["warn", "stop"] = "stop"  # what happens above stop_above
    owner: str = ""  # whom to ask about this step
    note: str = ""
    version: str = ""  # of these lines, as their owner counts

    def sql(self) -> dict[str, str]:
        """The settings that are numbers as SQL literals, for ``Check.predicate``."""
        return {
            name: str(value)
            for name, value in self
            if isinstance(value, int | float) and not isinstance(value, bool)
        }

    @model_validator(mode="after")
    def _warn_before_stop(self) -> Limits:
        if (
            self.warn_above is not None
            and self.stop_above is not None
            and self.warn_above > self.stop_above
        ):
            raise ValueError("warn_above must not be larger than stop_above")
        return self


class NoteLimits(BaseModel):
    """The section ``notes``: how many findings that change nothing a run may have, by check, before it warns or stops.

    A hole, a bot or a wrong clock counts once, however many rows it has. A check of the shop's own is ``own.NAME``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # what is missing from a log stands in no row, so no share of rows shows it
    warn_above: dict[str, NonNegativeInt] = Field(default={"hole_in_log": 0, "hole_in_slice": 0})
    stop_above: dict[str, NonNegativeInt] = Field(default={})

    def allowed(self, check: str) -> tuple[int | None, int | None]:
        """How many findings of a check may be there before the run warns, and before it stops; None: any number."""
        return self.warn_above.get(check), self.stop_above.get(check)
