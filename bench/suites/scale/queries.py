"""Searches over a catalogue: those of shoppers, and words that stand together in titles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from baihuo.core import Product
from suites.search.measures import read_ratings


def searches(products: Sequence[Product], data: Path, n: int, *, seed: int) -> list[str]:
    """The shoppers' searches first; then one to four words of titles, each once."""
    found = dict.fromkeys(sorted(read_ratings(data / "ratings.csv")))
    dice = random.Random(seed)
    while len(found) < n:
        words = (dice.choice(products).title_en or "").lower().split()
        size = dice.randint(1, 4)
        start = dice.randrange(max(1, len(words) - size + 1))
        found[" ".join(words[start : start + size])] = None
    return list(found)[:n]
