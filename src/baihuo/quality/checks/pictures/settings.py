"""The section ``pictures`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.quality.limits import Limits


class PicturesRules(Limits):
    """Pictures that are broken, or shared by products that look nothing alike."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    max_mb: PositiveFloat = 30  # a file larger than this is no picture for a page
    max_megapixels: PositiveFloat = 100
    min_side: PositiveInt = 16  # pixels; smaller is a tracking pixel or an icon
    min_products: PositiveInt = 3  # that show one picture …
    min_categories: PositiveInt = 3  # … of so many categories
    min_brands: PositiveInt = 2  # … and so many brands: a placeholder
