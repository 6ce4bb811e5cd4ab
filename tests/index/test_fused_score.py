"""The fused score of a search: what each part is for, on catalogues small enough to know the right answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.index._shop import asked, opened

from baihuo.core import Product
from baihuo.encode import Encoders
from baihuo.index import (
    FusionWeights,
    Generation,
    Int8Vectors,
    RowVectors,
    SearchTuning,
    TextEvidence,
    Thresholds,
    answer_set,
    fuse,
)


def first(shop: Generation, text: str, n: int) -> list[str]:
    return [
        str(shop.product_ids[row]) for row in answer_set(shop, asked(text), Thresholds()).rows[:n]
    ]


def test_a_kind_is_found_before_what_only_has_its_name(
    tmp_path: Path, exported_encoders: Path
) -> None:
    """Titles of laptops say Notebook; those of what is made for them say laptop."""
    made = [
        Product(product_id=f"pc{i}", title_en=f"Acme {i} Notebook PC", category=("Notebooks",))
        for i in range(6)
    ] + [
        Product(
            product_id=f"film{i}",
            title_en=f"Zephyr laptop privacy filter {i}",
            category=("Cooling",),
        )
        for i in range(3)
    ]
    shop = opened(made, tmp_path, Encoders.open(exported_encoders))
    assert {i[:2] for i in first(shop, "laptop", 6)} == {"pc"}


def test_a_word_that_describes_a_kind_is_not_given_to_all_of_it(tmp_path: Path) -> None:
    made = [
        Product(product_id=f"d{i}", title_en=f"Volt D batteries {i}", category=("Batteries",))
        for i in range(6)
    ] + [Product(product_id="aa", title_en="Volt AA batteries", category=("Batteries",))]
    assert first(opened(made, tmp_path), "aa battery", 1) == ["aa"]


def test_of_equals_the_one_whose_description_says_it_too_comes_first(tmp_path: Path) -> None:
    made = [
        Product(product_id="plain", title_en="Zorb quill", description_en="Sturdy and light"),
        Product(product_id="described", title_en="Zorb quill", description_en="A zorb for writing"),
    ]
    assert first(opened(made, tmp_path), "zorb", 2) == ["described", "plain"]


def test_each_weight_adds_its_own_score_and_nothing_else() -> None:
    bm25 = np.array([2.0, 1.0, 0.0], np.float32)
    evidence = TextEvidence(
        np.arange(3), bm25, bm25[::-1].copy(), bm25 / np.float32(2), bm25 * 0, 1, None
    )
    none = dict.fromkeys(FusionWeights.__slots__, 0.0)
    is_live = np.ones(3, np.bool_)

    def fused(**weights: float) -> list[float]:
        of = FusionWeights(**{**none, **weights})
        return [round(float(r), 4) for r in fuse(evidence, None, is_live, of)]

    assert fused() == [0, 0, 0]
    assert fused(bm25=1.0) == [1.0, round(60 / 61, 4), 0]
    assert fused(description=2.0) == [0, round(120 / 61, 4), 2.0]
    assert fused(coverage=1.0) == [1.0, 0.5, 0]
    assert fused(kind=1.0, nearness=1.0, neighbours=1.0) == [0, 0, 0]


def test_of_equals_the_one_among_good_products_comes_first() -> None:
    """Rows 0 and 6 match alike; the other five of the first group match better than those of the second."""
    n_words, group = 2, np.repeat([0, 1], 6)
    coverage = np.array([0.5, *[1.0] * 5, 0.5, *[0.2] * 5], np.float32)
    zeros = np.zeros(12, np.float32)
    evidence = TextEvidence(np.arange(12), zeros, zeros, coverage, zeros, n_words, None)
    vectors = cast("RowVectors", OneVectorAGroup(np.eye(2, dtype=np.float32)[group]))
    none = dict.fromkeys(FusionWeights.__slots__, 0.0)

    def fused(neighbours: float) -> NDArray[np.float32]:
        of = FusionWeights(**{**none, "coverage": 1.0, "neighbours": neighbours})
        return fuse(evidence, vectors, np.ones(12, np.bool_), of)

    alone, together = fused(0.0), fused(1.0)
    assert alone[0] == alone[6]
    assert together[0] - alone[0] == pytest.approx(1.0 / n_words)
    assert together[6] - alone[6] == pytest.approx(0.2 / n_words)


class OneVectorAGroup:
    """The vectors of :class:`baihuo.index.RowVectors` without an index."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = vectors

    def __getitem__(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        return self._vectors[rows]

    def taken(self, rows: NDArray[np.intp]) -> Int8Vectors:
        return Int8Vectors.of(self._vectors[rows])


def test_a_tuning_comes_back_as_it_was_written_and_a_wrong_one_names_its_fault() -> None:
    tuned = SearchTuning(weights=FusionWeights(nearness=3.0), dense_probability=0.5)
    assert SearchTuning.from_json(json.loads(json.dumps(tuned.to_json()))) == tuned
    assert tuned.thresholds(Thresholds(cosines={"minilm": 0.9})).cosine("minilm") < 0.9
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({}, "format None"),
        ({"format": 1, "weights": {"nearnes": 1}}, "unknown weight 'nearnes'"),
        ({"format": 1, "weights": {"bm25": "1"}}, "bm25 is '1'"),
        ({"format": 1, "weights": {"bm25": -1}}, "bm25 is -1"),
        ({"format": 1, "weights": {}, "min_should_match": 2}, "min_should_match is 2"),
    )
    for stored, fault in wrong:
        with pytest.raises(ValueError, match=fault):
            SearchTuning.from_json(stored)
