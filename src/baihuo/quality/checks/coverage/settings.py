"""The section ``coverage`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class CoverageRules(Limits):
    """Completeness (what is missing from the log) and drift (what has changed in it)."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    max_share: float = Field(
        default=0.1, ge=0, lt=1
    )  # of the usual number of events: fewer are a gap
    min_sigmas: PositiveFloat = 5  # standard deviations that a gap must be away from chance
    psi_note: PositiveFloat = 0.1  # a column has drifted
    psi_strong: PositiveFloat = 0.25  # it is another population
    min_batch_rows: PositiveInt = 1_000  # before a batch is compared with the last one
    min_batch_days: PositiveFloat = 1  # so that it has all hours of a day
    sample_rows: PositiveInt = 200_000  # that the profile of a batch is made from
