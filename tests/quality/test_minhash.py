"""Pairs of similar sets are proposed, compared with brute force over all pairs."""

from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from baihuo.quality.checks.near_duplicates.minhash import (
    candidate_pairs,
)
from baihuo.quality.checks.near_duplicates.title_words import MARK

N_NEAR = 8
Sets = list[set[int]]


def as_words(sets: Sets) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    flat = [word for words in sets for word in sorted(words)]
    return np.array(flat, np.uint64), np.cumsum([0, *map(len, sets)])


def proposed(sets: Sets, n_near: int = N_NEAR) -> set[tuple[int, int]]:
    with tempfile.TemporaryDirectory() as name:
        pairs = candidate_pairs(*as_words(sets), n_near=n_near, work=Path(name))
        assert not list(Path(name).iterdir())  # the bands are gone
    assert (pairs[:, 0] < pairs[:, 1]).all()
    found = [(a, b) for a, b in pairs.tolist()]
    assert found == sorted(set(found))
    return set(found)


def marks(words: set[int]) -> set[int]:
    return {word for word in words if word & int(MARK)}


def alike(sets: Sets) -> dict[tuple[int, int], float]:
    """Jaccard similarity of every two sets: the truth, by brute force."""
    return {
        (a, b): len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        for a, b in combinations(range(len(sets)), 2)
        if sets[a] and sets[b]
    }


def catalogue(seed: int, n_products: int) -> Sets:
    """Titles of 6 to 16 words, a third of them marks; each product listed two to four times, a little
    changed: words lost or added, sometimes a mark."""
    rng = np.random.default_rng(seed)
    plain = rng.integers(0, 2**60, 400, dtype=np.uint64) << np.uint64(2)
    special = (rng.integers(0, 2**60, 300, dtype=np.uint64) << np.uint64(2)) | MARK
    sets: Sets = []
    for _ in range(n_products):
        n = int(rng.integers(6, 17))
        title = {
            *rng.choice(plain, n - n // 3, False).tolist(),
            *rng.choice(special, n // 3, False).tolist(),
        }
        sets.append(title)
        for _ in range(int(rng.integers(1, 4))):
            other = set(title)
            for _ in range(int(rng.integers(1, 4))):
                word = int(rng.choice(special if rng.random() < 0.2 else plain))
                if rng.random() < 0.5:
                    other.add(word)
                elif word_lost := [w for w in other if not w & int(MARK)]:
                    other.remove(int(rng.choice(np.array(word_lost, np.uint64))))
            if other:
                sets.append(other)
    return [sets[i] for i in rng.permutation(len(sets))]


@pytest.mark.parametrize("seed", [1, 2])
def test_99_of_100_pairs_alike_by_6_tenths_with_equal_marks_are_found_and_98_alike_by_7(
    seed: int,
) -> None:
    sets = catalogue(seed, 320)
    similarity, found = alike(sets), proposed(sets)
    strict = {
        p for p, s in similarity.items() if s >= 0.6 and marks(sets[p[0]]) == marks(sets[p[1]])
    }
    loose = {p for p, s in similarity.items() if s >= 0.7}
    assert min(len(strict), len(loose)) > 200
    assert len(strict & found) >= 0.99 * len(strict)
    assert len(loose & found) >= 0.98 * len(loose)


small = st.lists(st.sets(st.integers(0, 15).map(lambda n: n << 1), max_size=6), max_size=12)


@settings(max_examples=150, deadline=None)
@given(small)
def test_equal_sets_are_always_paired_and_empty_ones_never(sets: Sets) -> None:
    found = proposed(sets, n_near=len(sets) + 1)
    for (a, b), similarity in alike(sets).items():
        assert similarity < 1 or (a, b) in found
    assert all(sets[a] and sets[b] and sets[a] & sets[b] for a, b in found)


def test_a_crowd_of_equal_titles_costs_its_length_and_leaves_nobody_alone() -> None:
    sets: Sets = [{4, 8, 12}] * 1_000
    found = proposed(sets)
    assert {i for pair in found for i in pair} == set(range(1_000))
    assert len(found) <= 1_000 * N_NEAR


def test_twins_are_found_in_the_middle_of_a_crowd_that_shares_most_of_their_words() -> None:
    """A thousand siblings share nine words of twelve; each has a twin that lacks one mark."""
    rng = np.random.default_rng(4)
    shared = {int(w) << 2 for w in rng.integers(0, 2**60, 9)}
    sets: Sets = []
    for _ in range(1_000):
        own = {(int(w) << 2) | int(MARK) for w in rng.integers(0, 2**60, 3)}
        sets += [shared | own, shared | set(sorted(own)[1:])]
    found = proposed(sets)
    share = sum((2 * i, 2 * i + 1) in found for i in range(1_000)) / 1_000
    assert share >= 0.9
