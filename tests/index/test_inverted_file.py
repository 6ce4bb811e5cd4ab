"""Vectors in lists find what a comparison with all vectors finds: filters, changes and thresholds included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.index._shop import WordBag, asked, bags, opened
from tests.index.test_filtered_recall import products

from baihuo.core import READING_KINDS, Product
from baihuo.encode import Encoders
from baihuo.index import Calibration, Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.inverted_file import InvertedFile


def kinds_of_vectors(n: int, dim: int, seed: int) -> np.ndarray:
    """Vectors of length 1 around 200 centers that are themselves around 20: like titles of kinds of products."""
    dice = np.random.default_rng(seed)
    centers = dice.normal(size=(20, dim)).repeat(10, axis=0) + 0.7 * dice.normal(size=(200, dim))
    made = centers[dice.integers(0, 200, n)] + 0.6 * dice.normal(size=(n, dim))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def with_lists(made: list[Product], out: Path, encoders: Encoders) -> Generation:
    return Generation.open(
        build(made, encoders=encoders, cache=None, out=out, options=IndexOptions(lists_from=1)),
        encoders,
    )


def test_few_lists_hold_nearly_all_that_is_near() -> None:
    vectors = kinds_of_vectors(20_000, 48, 1)
    lists = InvertedFile.of(vectors)
    queries = kinds_of_vectors(30, 48, 1)[-30:] + 0.1 * kinds_of_vectors(30, 48, 2)
    found, read = [], []
    for query in queries / np.linalg.norm(queries, axis=1, keepdims=True):
        exact = vectors @ query
        lowest = float(np.partition(exact, -100)[-100])
        rows, cosines = lists.read(lists.lists_above(lists.probe(query), lowest), query)
        np.testing.assert_allclose(cosines, exact[rows], atol=0.02)
        found.append(np.isin(np.flatnonzero(exact >= lowest), rows).mean())
        read.append(len(rows) / len(vectors))
    assert np.mean(found) >= 0.98
    assert np.mean(read) < 0.4


def test_all_rows_and_some_rows_are_exact() -> None:
    vectors = kinds_of_vectors(3_000, 32, 3)
    lists, query = InvertedFile.of(vectors, n_lists=40), vectors[7]
    np.testing.assert_allclose(lists.dot(query), vectors @ query, atol=0.02)
    rows = np.array([2_999, 0, 5, 5])
    np.testing.assert_array_equal(lists.take(rows).dot(query), lists.dot(query)[rows])
    everything, _ = lists.read(np.ones(lists.n_lists, np.bool_), query)
    assert sorted(everything.tolist()) == list(range(3_000))


def test_short_lists_between_are_read_too_and_none_twice() -> None:
    vectors = kinds_of_vectors(2_000, 32, 8)
    lists, dice = InvertedFile.of(vectors, n_lists=100), np.random.default_rng(9)
    for _ in range(30):
        some, beside = dice.random(lists.n_lists) < 0.3, dice.random(lists.n_lists) < 0.3
        wanted = lists.to_read(some, beside)
        assert (wanted[some & ~beside]).all()
        assert not (wanted & beside).any()
        rows, cosines = lists.read(wanted, vectors[5])
        assert len(rows) == len(set(rows.tolist())) == np.diff(lists.starts)[wanted].sum()
        np.testing.assert_array_equal(cosines, lists.dot(vectors[5])[rows])
    assert lists.to_read(lists.starts[1:] < 0, lists.starts[1:] < 0).sum() == 0


def test_lists_that_are_alike_stand_together() -> None:
    """What a query reads is in fewer runs than the same lists in any order would be."""
    vectors = kinds_of_vectors(20_000, 48, 1)
    lists = InvertedFile.of(vectors)
    n_runs = n_shuffled = 0
    for query in kinds_of_vectors(20, 48, 1):
        is_read = lists.lists_above(lists.probe(query), 0.5)
        shuffled = np.random.default_rng(2).permutation(is_read)
        n_runs += int((np.diff(is_read.astype(np.int8), prepend=0) == 1).sum())
        n_shuffled += int((np.diff(shuffled.astype(np.int8), prepend=0) == 1).sum())
    assert n_runs < 0.7 * n_shuffled


def test_rows_without_a_vector_are_never_near() -> None:
    vectors = kinds_of_vectors(500, 32, 4)
    vectors[::5] = 0
    lists = InvertedFile.of(vectors)
    rows, _ = lists.read(lists.lists_above(lists.probe(vectors[1]), 0.2), vectors[1])
    assert not np.isin(rows, np.arange(0, 500, 5)).any()
    assert (
        InvertedFile.of(np.zeros((3, 8), np.float32)).dot(np.ones(8, np.float32)).tolist()
        == [0] * 3
    )


def test_the_same_vectors_give_the_same_files(tmp_path: Path) -> None:
    vectors = kinds_of_vectors(2_000, 32, 5)
    for name in ("one", "two"):
        InvertedFile.of(vectors).save(tmp_path, name)
    for file in tmp_path.glob("*one*"):
        assert file.read_bytes() == Path(str(file).replace("one", "two")).read_bytes()
    loaded = InvertedFile.load(tmp_path, "one")
    np.testing.assert_array_equal(loaded.dot(vectors[3]), InvertedFile.of(vectors).dot(vectors[3]))


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 1.0])
def test_filters_cost_no_recall(tmp_path: Path, share: float) -> None:
    encoder = WordBag("minilm", dim=64)
    encoders = Encoders({"minilm": encoder, "multilingual": WordBag("multilingual", dim=8)})
    made = products()
    vectors = with_lists(made, tmp_path, encoders).vectors("minilm")
    allowed = np.random.default_rng(6).random(len(made)) < share
    allowed[:3] = True
    for group in range(4):
        query = encoder.encode([f"g{group} g{group}w1 g{group}w3"])[0]
        exact = np.where(allowed, np.asarray(vectors) @ query, -2)
        k = min(100, int(allowed.sum()))
        rows, cosines = vectors.nearest(query, 100, allowed=allowed)
        assert len(rows) == k
        assert allowed[rows].all()
        assert (np.diff(cosines) <= 0).all()
        lowest = np.sort(exact)[-k] - 0.01  # many are equal, and 8 bits are not exact
        assert (exact[rows] >= lowest).mean() >= 0.98


def test_answers_are_those_without_lists(tmp_path: Path) -> None:
    encoder = WordBag("minilm", dim=384)
    encoders = Encoders({"minilm": encoder, "multilingual": WordBag("multilingual", dim=8)})
    made = products()
    listed = with_lists(made, tmp_path / "lists", encoders)
    whole = opened(made, tmp_path / "whole", encoders)
    thresholds = Thresholds(
        dense_probability=0.5,
        calibrations={"minilm": Calibration(slope=100, intercept=-29)},
    )
    n_found = n_all = 0
    for group in range(8):
        query = asked(f"g{group} g{group}w1 g{group}w3", as_typed=READING_KINDS)
        theirs = answer_set(whole, query, thresholds).rows
        ours = answer_set(listed, query, thresholds).rows
        n_found += len(np.intersect1d(ours, theirs))
        n_all += len(theirs)
        assert np.isin(ours, theirs).all()
        rows = np.arange(0, len(made), 97, dtype=np.int32)
        lists = listed.pair_scores(query.query_text, rows)
        for name, scores in whole.pair_scores(query.query_text, rows).items():
            if name != "relevance":
                np.testing.assert_allclose(lists[name], scores)
    assert n_found >= 0.98 * n_all > 0


def test_changes_are_found_at_once(tmp_path: Path) -> None:
    made = [
        Product(product_id=f"p{i}", title_en=f"red lamp number {i}", attributes={})
        for i in range(300)
    ]
    generation = with_lists(made, tmp_path, bags())
    vector = generation.encode_query("blue kettle")

    def nearest() -> str:
        rows, _ = generation.vectors("minilm").nearest(vector, 1)
        return str(generation.product_ids[rows[0]])

    generation.upsert([Product(product_id="new", title_en="blue kettle", attributes={})])
    assert nearest() == "new"
    generation.upsert(
        [replace(made[7], title_en="blue kettle"), Product(product_id="new", title_en="sofa")]
    )
    assert nearest() == "p7"
    found = answer_set(generation, asked("blue kettle"), Thresholds())
    assert generation.product_ids[found.rows].tolist() == ["p7"]
    old = generation.encode_query("red lamp number 7")
    rows, cosines = generation.vectors("minilm").nearest(old, 300)
    assert cosines[rows == generation.row_of["p7"]].max(initial=-1) < 0.5  # its old text is gone
    generation.remove(["p7"])
    assert not len(answer_set(generation, asked("blue kettle"), Thresholds()).rows)
