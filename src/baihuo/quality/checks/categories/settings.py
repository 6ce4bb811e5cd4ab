"""The section ``categories`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class CategoriesRules(Limits):
    """Products in the wrong category."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    min_ratio: float = Field(default=150, gt=1)  # the other category is so many times as likely
    min_rows: PositiveInt = 20  # products of a category before it is suggested for others
    min_own_rows: PositiveInt = (
        5  # of the product's present category; with fewer its words are not known
    )
    sample_rows: PositiveInt = 60_000  # to learn from, spread over the categories
    repair: bool = False  # true: move the product, the finding keeps the old category
