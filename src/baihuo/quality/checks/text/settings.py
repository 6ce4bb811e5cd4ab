"""The section ``text`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class TextRules(Limits):
    """Damage in what shoppers read: encoding, markup, boilerplate, the wrong language."""

    warn_above: float | None = Field(default=0.05, ge=0, le=1)
    stop_above: float | None = Field(default=0.3, ge=0, le=1)
    max_chars: PositiveInt = 100_000  # a longer cell is left alone: a file in a cell, not a text
    boilerplate_share: float = Field(
        default=0.3, gt=0, le=1
    )  # of all descriptions, for any sentence
    service_share: float = Field(
        default=0.005, gt=0, le=1
    )  # the same for one about shipping, returns, the shop
    boilerplate_rows: PositiveInt = 20  # and at least so many products …
    boilerplate_roots: PositiveInt = 3  # … in so many unrelated categories
    boilerplate_chars: PositiveInt = 8  # a shorter sentence says too little to judge
    foreign_share: float = Field(default=0.5, gt=0, le=1)  # of a title's letters, in another script
    foreign_words: PositiveInt = 4  # Latin words of a Chinese title without any Chinese
