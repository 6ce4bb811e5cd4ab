"""Short texts that say nearly the same, whatever they are about: the comparison of titles without what is special to products."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.quality.checks.near_duplicates.minhash import candidate_pairs
from baihuo.quality.checks.near_duplicates.title_pairs import Titles
from baihuo.quality.checks.near_duplicates.title_words import TitleWords, flat

_NEIGHBOURS = 8  # compared in each band


def near_texts(texts: Sequence[str], *, min_similarity: float = 0.8) -> NDArray[np.int64]:
    """``[pairs, 2]`` texts whose sets of words have at least that Jaccard similarity, the earlier first.

    Texts that each have a number the other lacks are never near: they differ in a fact. Finding is
    approximate (MinHash): of a hundred like texts each is paired with some, not with all. A text without words has no pair.

    >>> near_texts(["Ships in 2 days, by post.", "By post: ships in 2 days", "Ships in 3 days, by post"]).tolist()
    [[0, 1]]
    """
    made = TitleWords((), ())
    words, starts = flat(made(texts))
    with tempfile.TemporaryDirectory(prefix="near-texts-") as work:
        pairs = candidate_pairs(words, starts, n_near=_NEIGHBOURS, work=Path(work))
    if not len(pairs):
        return np.empty((0, 2), np.int64)
    compared = Titles(words, starts, made.spelling_of).compare(pairs, min_similarity=min_similarity)
    return pairs[compared.at[compared.similarity >= min_similarity]]
