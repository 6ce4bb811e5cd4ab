"""Scores of the rows that have any evidence are those of scoring every row of the index, bit by bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.index._shop import bags
from tests.index.test_filtered_recall import products
from tests.index.test_inverted_file import kinds_of_vectors, with_lists

from baihuo.core import READING_KINDS
from baihuo.index import FusionWeights, Int8Vectors, RowVectors, TextEvidence, fuse
from baihuo.index.relevance import nearness

_SEEDS = st.integers(0, 2**32 - 1)


class Vectors:
    """The vectors of an index, without one."""

    def __init__(self, n: int, seed: int) -> None:
        self._vectors = kinds_of_vectors(n, 24, seed)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return self._vectors[rows]

    def taken(self, rows: np.ndarray) -> Int8Vectors:
        return Int8Vectors.of(self._vectors[rows])


@given(_SEEDS, st.integers(1, 400), st.floats(0, 1))
def test_rows_of_which_nothing_is_said_change_no_score(seed: int, n: int, share: float) -> None:
    dice = np.random.default_rng(seed)

    def column(share: float) -> np.ndarray:
        levels = dice.integers(0, 6, n) / np.float32(5)  # with equal scores among them
        return np.asarray(levels * (dice.random(n) < share), np.float32)

    every = TextEvidence(
        rows=np.arange(n),
        bm25=column(share),
        described=column(share / 2),
        coverage=column(share),
        near=column(0.2),
        n_words=int(dice.integers(0, 4)),
        kind=column(share) if dice.random() < 0.5 else None,
        called=column(share) if dice.random() < 0.5 else None,
    )
    names = ("bm25", "described", "coverage", "near", "kind", "called")
    columns = {name: getattr(every, name) for name in names if getattr(every, name) is not None}
    is_said = np.logical_or.reduce([c > 0 for c in columns.values()]) | (dice.random(n) < 0.1)
    rows = np.flatnonzero(is_said)
    some = replace(every, rows=rows, **{name: c[rows] for name, c in columns.items()})
    vectors = cast("RowVectors", Vectors(n, seed % 1000)) if dice.random() < 0.8 else None
    is_live = dice.random(n) < 0.9
    expected = fuse(every, vectors, is_live, FusionWeights())
    assert some.spread(fuse(some, vectors, is_live, FusionWeights()), n).tobytes() == (
        expected.tobytes()
    )


@given(_SEEDS, st.integers(0, 60), st.integers(0, 60), st.integers(1, 80))
def test_what_is_not_known_is_near_as_0_is(
    seed: int, n_known: int, n_unknown: int, depth: int
) -> None:
    dice = np.random.default_rng(seed)
    known = np.round(dice.uniform(-1, 1, n_known), 1).astype(np.float32)
    every = np.concatenate([known, np.zeros(n_unknown, np.float32)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("baihuo.index.relevance.DEPTH", depth)
        found = nearness(known, len(every))
    if not len(every):
        return
    low, high = np.sort(every)[-min(depth, len(every))], every.max()
    scale = np.float32(1 / (float(high) - float(low))) if high > low else np.float32(0)
    assert found.tolist() == np.maximum((known - low) * scale, 0).tolist()


def test_rows_of_a_kind_are_near_whether_their_lists_are_read_or_they_alone(
    tmp_path: Path,
) -> None:
    shop, dice = with_lists(products(), tmp_path, bags()), np.random.default_rng(4)
    for query in ("lamp shade", "red kettle", "number7"):
        match = shop.match(query, as_typed=READING_KINDS)
        assert match is not None
        for share in (0.02, 0.5, 1.0):
            among = dice.random(shop.n) < share
            for cosine in (0.1, 0.3, 0.6):
                of_all = match.cosines.at_least(cosine)
                assert (match.cosines.at_least(cosine, among) == (of_all & among)).all()
