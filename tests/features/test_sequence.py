"""word2vec beside a truth of what goes together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from baihuo.features.transforms.sequence import SkipGramConfig, skip_gram, split_sessions
from baihuo.features.transforms.spaces import unit_vectors

MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def sessions() -> list[list[str]]:
    """Ten kinds of products; a session stays within a kind four times out of five."""
    rng, made = np.random.default_rng(8), []
    for _ in range(4000):
        kind = rng.integers(10)
        strays = rng.random(6) < 0.2
        kinds = np.where(strays, rng.integers(0, 10, 6), kind)
        made.append([f"{k}-{rng.integers(20)}" for k in kinds])
    return made


def test_neighbours_are_of_the_same_kind(sessions: list[list[str]]) -> None:
    learned = skip_gram(sessions, SkipGramConfig(dim=16))
    vectors = unit_vectors(learned.vectors)
    kind = np.array([word.split("-")[0] for word in learned.words])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    nearest = np.argsort(-likeness, axis=1)[:, :10]
    precision = float((kind[nearest] == kind[:, None]).mean())
    assert len(learned.words) == 200
    assert precision > 0.9  # by chance: 0.095


def test_dot_products_follow_pointwise_mutual_information() -> None:
    """Levy and Goldberg (2014): skip-gram with negatives factors the matrix of PMI less a constant."""
    rng = np.random.default_rng(9)
    strength = rng.dirichlet(np.ones(12) * 0.6, size=12)
    made = []
    for _ in range(8000):
        first = rng.integers(12)
        made.append([f"a{first}", f"b{rng.choice(12, p=strength[first])}"])
    learned = skip_gram(made, SkipGramConfig(dim=12, window=1, epochs=40, min_count=1))
    row = {w: i for i, w in enumerate(learned.words)}
    counts = np.zeros((12, 12))
    for a, b in made:
        counts[int(a[1:]), int(b[1:])] += 1
    p = counts / counts.sum()
    there = counts >= 20
    pmi = np.log(p / (p.sum(1, keepdims=True) * p.sum(0)), where=there, out=np.zeros_like(p))
    firsts, seconds = ([row[f"{word}{i}"] for i in range(12)] for word in "ab")
    dots = learned.vectors[firsts] @ learned.context[seconds].T
    assert spearmanr(dots[there], pmi[there]).statistic > 0.9


def test_the_same_seed_learns_the_same(sessions: list[list[str]]) -> None:
    config = SkipGramConfig(dim=4, epochs=1)
    first, again = skip_gram(sessions[:300], config), skip_gram(sessions[:300], config)
    np.testing.assert_array_equal(first.vectors, again.vectors)


def test_learning_on_keeps_directions_and_adds_new_words(sessions: list[list[str]]) -> None:
    config = SkipGramConfig(dim=16)
    first = skip_gram(sessions[:3000], config)
    more = [*sessions, *([["new", "0-1", "0-2"]] * 30)]
    second = skip_gram(more, config, before=first)
    assert second.words[: len(first.words)] == first.words
    assert "new" in second.words
    stayed = (unit_vectors(first.vectors) * unit_vectors(second.vectors[: len(first.words)])).sum(
        axis=1
    )
    assert float(np.median(stayed)) > 0.8
    fresh = skip_gram(more, SkipGramConfig(dim=16, seed=99))
    shared = [fresh.words.index(w) for w in first.words]
    similarity_of_fresh = (unit_vectors(first.vectors) * unit_vectors(fresh.vectors[shared])).sum(
        axis=1
    )
    assert (
        abs(float(np.median(similarity_of_fresh))) < 0.5
    )  # learned again, columns mean something else


def test_nothing_to_learn_from_gives_no_vectors() -> None:
    assert skip_gram([], SkipGramConfig()).words == ()
    assert skip_gram([["a", "a", "a", "a"]], SkipGramConfig()).words == ("a",)
    assert skip_gram([["a", "b"]], SkipGramConfig(min_count=5)).words == ()


def test_sessions_end_with_silence_with_the_visitor_or_with_their_id() -> None:
    visitors = ["v", "v", "v", "v", "w", "w", "x", "x"]
    ids = [None, None, None, None, None, None, "1", "2"]
    at = np.array([0, 1, 50, 51, 52, 53, 60, 61]) * MINUTE_US
    made = split_sessions(visitors, ids, list("aabcdeff"), at)
    assert made == [["b", "c"], ["d", "e"]]  # "a" alone and the two sessions of x teach nothing
