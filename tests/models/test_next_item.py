"""What the sources of the next item say of a history."""

import numpy as np
import pytest
from scipy import sparse, stats

from baihuo.models import NextItemSources, Sequences, Texts
from baihuo.models.next_item import _ranks

N_ITEMS = 30


@pytest.fixture(scope="module")
def sources() -> NextItemSources:
    rng = np.random.default_rng(1)
    sequences = [rng.integers(N_ITEMS, size=rng.integers(2, 8)) for _ in range(80)]
    vectors = rng.normal(size=(N_ITEMS, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = sparse.csr_matrix(np.abs(vectors))
    texts = Texts(vectors, words, rng.integers(-1, 3, size=N_ITEMS))
    return NextItemSources.fit(Sequences.of(sequences, n_items=N_ITEMS), texts)


def test_a_history_of_one_item_has_the_same_scores_in_any_company(sources: NextItemSources) -> None:
    """Histories of one item are scored by a shorter way; with a longer history beside them they are not."""
    alone = sources.say(Sequences.of([[i] for i in range(N_ITEMS)], n_items=N_ITEMS))
    mixed = sources.say(Sequences.of([*([i] for i in range(N_ITEMS)), [3, 4, 5]], n_items=N_ITEMS))
    assert alone.keys() == mixed.keys()
    for source, scores in alone.items():
        np.testing.assert_allclose(scores, mixed[source][:-1], rtol=1e-4, atol=1e-5, err_msg=source)


def test_a_catalogue_without_any_brand_is_scored_too() -> None:
    rng = np.random.default_rng(2)
    sequences = Sequences.of([rng.permutation(12)[:5] for _ in range(30)], n_items=12)
    vectors = rng.normal(size=(12, 4)).astype(np.float32)
    sources = NextItemSources.fit(sequences, Texts.of(["thing"] * 12, [""] * 12, vectors))
    said = sources.say(Sequences.of([[1, 2], [3]], n_items=12))
    assert all(scores.shape == (2, 12) for scores in said.values())
    assert not said["brand_share"].any()
    assert np.isfinite(said["mix_of_all"]).all()


def test_ranks_are_those_of_each_row_and_equal_values_share_one() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(6, size=40).astype(np.float32)
    row = np.sort(rng.integers(5, size=40))
    expected = [stats.rankdata(-values[row == r], method="min") for r in np.unique(row)]
    np.testing.assert_array_equal(_ranks(values, row), np.concatenate(expected))
