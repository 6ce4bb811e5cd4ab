"""The nearest rows, beside exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.assist.retrieve.dense_search import DenseSearch


def of_texts(n: int, rng: np.random.Generator, dim: int = 256) -> np.ndarray:
    """Vectors around centres, longest along few directions, as an encoder's are."""
    strength = 1 / np.sqrt(np.arange(1, dim + 1))
    centres = rng.normal(size=(40, dim)) * strength
    found = centres[rng.integers(0, 40, n)] + rng.normal(size=(n, dim)) * strength
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("n", [300, 6_000])
def test_nearly_all_of_the_nearest_are_found(n: int) -> None:
    rng = np.random.default_rng(3)
    vectors, asked = of_texts(n, rng), of_texts(60, rng)
    search = DenseSearch(vectors)
    shared = []
    for vector in asked:
        rows, dots = search.nearest(vector, 16)
        assert dots == pytest.approx(vectors[rows] @ vector, abs=1e-6)
        shared.append(len(set(rows.tolist()) & set(np.argsort(-(vectors @ vector))[:16].tolist())))
    assert np.mean(shared) >= 0.97 * 16


def test_rows_without_a_vector_are_never_the_best() -> None:
    rng = np.random.default_rng(4)
    vectors = of_texts(2_000, rng)
    vectors[::2] = 0
    assert all(row % 2 for row in DenseSearch(vectors).best(vectors[1], 16).tolist())
    assert not len(DenseSearch(np.zeros((1_200, 256), np.float32)).best(vectors[1], 16))


def test_few_rows_are_all_returned() -> None:
    rng = np.random.default_rng(5)
    vectors = of_texts(3, rng)
    assert sorted(DenseSearch(vectors).nearest(vectors[0], 16)[0].tolist()) == [0, 1, 2]
    assert not len(DenseSearch(vectors[:0]).best(vectors[0], 16))
