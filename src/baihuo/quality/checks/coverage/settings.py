"""The section ``coverage`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class CoverageRules(Limits):
    """What is not there, and what is no longer as it was."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    max_share: float = Field(default=0.1, ge=0, lt=1)  # of the usual number: fewer are a hole
    min_sigmas: PositiveFloat = 5  # of the usual spread that a hole must be away from chance
    psi_note: PositiveFloat = 0.1  # a column has moved
    psi_strong: PositiveFloat = 0.25  # it is another population
    ks_note: float = Field(default=0.1, gt=0, le=1)
    ks_strong: float = Field(default=0.2, gt=0, le=1)
    min_batch_rows: PositiveInt = 1_000  # before a batch is held against the last one
    min_batch_days: PositiveFloat = 1  # a day has all its hours
    sample_rows: PositiveInt = 200_000  # that a batch is profiled by
