"""The section ``categories`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class CategoriesRules(Limits):
    """Products on the wrong shelf."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    min_ratio: float = Field(default=150, gt=1)  # the other shelf is so many times as likely
    min_rows: PositiveInt = 20  # products on a shelf before it can be the right one for others
    min_own_rows: PositiveInt = 5  # on the product's own shelf; fewer: nobody knows its words
    sample_rows: PositiveInt = 60_000  # to learn from, spread over the shelves
    repair: bool = False  # true: move the product, keep the old shelf in the finding
