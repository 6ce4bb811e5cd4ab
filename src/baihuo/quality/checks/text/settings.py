"""The section ``text`` of ``quality.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class TextRules(Limits):
    """Damage in what shoppers read: encoding, markup, boilerplate, the wrong language."""

    max_chars: PositiveInt = 100_000  # a longer cell is left alone: a file in a cell, not a text
    # of all descriptions share a sentence: it is about none of them
    boilerplate_share: float = Field(default=0.3, gt=0, le=1)
    # the same for a sentence about shipping, returns, the shop
    service_share: float = Field(default=0.005, gt=0, le=1)
    boilerplate_rows: PositiveInt = 20  # and at least so many products ...
    boilerplate_roots: PositiveInt = 3  # ... in so many unrelated categories
    boilerplate_chars: PositiveInt = 8  # a shorter sentence says too little to judge
    # of a title's letters in another script: the wrong language
    foreign_share: float = Field(default=0.5, gt=0, le=1)
    foreign_words: PositiveInt = 4  # Latin words in a Chinese title without any Chinese
