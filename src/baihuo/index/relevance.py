"""One number a row: how well it answers the typed words. What search uses before any click is learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.index.match import Match
from baihuo.index.postings import FIELDS

Floats = NDArray[np.float32]

FIELD_WEIGHTS: Mapping[str, float] = {
    "title_en": 3.0,
    "title_zh": 3.0,
    "brand": 2.0,
    "model": 2.0,
    "category": 2.0,
    "attributes": 0.5,
    "description": 1.0,
    "codes": 5.0,
}
_WEIGHTS = np.array([FIELD_WEIGHTS[f] for f in FIELDS], np.float32)


@dataclass(frozen=True, slots=True)
class Fusion:
    """How much each kind of evidence counts."""

    bm25: float = 1.0
    cosine: float = 1.0
    naming: float = 0.5


def pair_scores(match: Match, rows: NDArray[np.int32]) -> dict[str, Floats]:
    """Evidence for some rows: ``bm25`` (fields weighted), ``cosine``, ``coverage``, ``naming``
    (shares of the words found anywhere, found in what names the product) and ``relevance``.

    The numbers of a row do not depend on which other rows are asked about.
    """
    bm25 = _WEIGHTS @ match.fields[:, rows]
    scores = {
        "bm25": bm25,
        "cosine": match.cosine[rows],
        "coverage": match.coverage[rows],
        "naming": match.naming[rows],
    }
    scores["relevance"] = _fuse(scores, match)
    return scores


def _fuse(scores: Mapping[str, Floats], match: Match) -> Floats:
    fusion = Fusion()
    best = float((_WEIGHTS @ match.fields).max(initial=0.0)) or 1.0
    return (
        fusion.bm25 * scores["bm25"] / best
        + fusion.cosine * scores["cosine"]
        + fusion.naming * scores["naming"]
    ).astype(np.float32)
