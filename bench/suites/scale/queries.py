"""Searches over a catalogue: those of shoppers, and words that stand together in titles."""

from __future__ import annotations

import random
from pathlib import Path

from baihuo.index import Generation
from suites.search.measures import read_ratings


def searches(generation: Generation, data: Path, n: int, *, seed: int) -> list[str]:
    """The shoppers' searches first; then one to four words of titles, each once."""
    found = dict.fromkeys(sorted(read_ratings(data / "ratings.csv")))
    dice = random.Random(seed)
    while len(found) < n:
        words = (generation.product(dice.randrange(generation.n)).title_en or "").lower().split()
        size = dice.randint(1, 4)
        start = dice.randrange(max(1, len(words) - size + 1))
        found[" ".join(words[start : start + size])] = None
    return list(found)[:n]
