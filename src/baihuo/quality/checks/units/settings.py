"""The section ``units`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class UnitsRules(Limits):
    """Sizes, weights and capacities in one unit each."""

    min_rows: PositiveInt = 20  # values of an attribute in a category before one is checked
    form_share: float = Field(default=0.8, gt=0.5, le=1)  # of them in one format: the usual one
    odd_share: float = Field(default=0.04, gt=0, le=1)  # a value more frequent is no error
    min_ratio: float = Field(default=5, gt=1)  # so many times beyond the middle 90%
    max_deviations: PositiveFloat = 5  # robust standard deviations on the log scale
    # of titles that agree with an attribute, before one is contradicted
    agreement: float = Field(default=0.9, gt=0.5, le=1)
