"""Vectors at 8 bits against NumPy at full precision."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from baihuo.index.int8_vectors import Int8Vectors


def unit(n: int, dim: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


@pytest.mark.parametrize(("dim", "most"), [(24, 0.01), (128, 0.005), (384, 0.003)])
def test_cosines_are_within_the_stated_error(dim: int, most: float) -> None:
    vectors, queries = unit(5_000, dim, 1), unit(20, dim, 2)
    stored = Int8Vectors.of(vectors)
    for query in queries:
        assert np.abs(stored.dot(query) - vectors @ query).max() < most


def test_the_order_of_the_nearest_hardly_changes() -> None:
    vectors, query = unit(20_000, 384, 3), unit(1, 384, 4)[0]
    exact = set(np.argsort(-(vectors @ query))[:100].tolist())
    ours = set(np.argsort(-Int8Vectors.of(vectors).dot(query))[:100].tolist())
    assert len(exact & ours) >= 97


def test_the_sums_are_exact_whole_numbers() -> None:
    stored, query = Int8Vectors.of(unit(300, 384, 5)), unit(1, 384, 6)[0]
    scale = np.float32(np.abs(query).max() / 127)
    code = np.rint(query / (np.abs(query).max() / 127)).astype(np.int64)
    exact = stored.codes.astype(np.int64) @ code
    np.testing.assert_allclose(stored.dot(query), exact * stored.scales * scale, rtol=1e-6)


def test_some_rows_give_what_all_rows_give() -> None:
    stored, query = Int8Vectors.of(unit(300, 64, 7)), unit(1, 64, 8)[0]
    rows = np.array([5, 299, 0, 5])
    np.testing.assert_array_equal(stored.take(rows).dot(query), stored.dot(query)[rows])


def test_all_with_each_other_is_one_with_all() -> None:
    stored = Int8Vectors.of(unit(40, 384, 12))
    vectors = stored.codes * stored.scales[:, None]
    np.testing.assert_allclose(stored.gram(), vectors @ vectors.T, atol=1e-5)


def test_zeros_and_nothing_at_all() -> None:
    stored = Int8Vectors.of(np.zeros((2, 8), np.float32))
    np.testing.assert_array_equal(stored.dot(np.ones(8, np.float32)), [0, 0])
    np.testing.assert_array_equal(
        Int8Vectors.of(unit(3, 8, 9)).dot(np.zeros(8, np.float32)), [0] * 3
    )
    assert Int8Vectors.of(np.zeros((0, 8), np.float32)).dot(np.ones(8, np.float32)).shape == (0,)


def test_what_was_saved_answers_the_same(tmp_path: Path) -> None:
    stored, query = Int8Vectors.of(unit(50, 32, 10)), unit(1, 32, 11)[0]
    stored.save(tmp_path, "minilm")
    np.testing.assert_array_equal(
        Int8Vectors.load(tmp_path, "minilm").dot(query), stored.dot(query)
    )


def test_scans_keep_the_references_of_none() -> None:
    """A reference that is lost with each scan ends a server after some ten thousand searches."""
    vectors = Int8Vectors.of(np.eye(4, 8, dtype=np.float32))
    before = sys.getrefcount(None)
    for _ in range(2_000):
        vectors.dot(np.ones(8, np.float32))
        vectors.gram()
    assert sys.getrefcount(None) > before - 1_000
