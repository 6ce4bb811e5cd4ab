"""Sequences of items, and what comes after what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from baihuo.models import Sequences, Transitions

N_ITEMS = 6
LISTS = st.lists(st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=15), max_size=8)


def one_hot_vectors() -> np.ndarray:
    """Texts that have nothing in common."""
    return np.eye(N_ITEMS, dtype=np.float32)


@given(LISTS)
def test_matrices_leave_the_sequences_as_they_are(lists: list[list[int]]) -> None:
    sequences = Sequences.of(lists, n_items=N_ITEMS)
    sequences.fading(0.5), sequences.has()
    assert [items.tolist() for items in sequences] == lists
    assert sequences.last().tolist() == [items[-1] for items in lists]


@given(LISTS)
def test_an_item_fades_by_how_many_came_since(lists: list[list[int]]) -> None:
    sequences = Sequences.of(lists, n_items=N_ITEMS)
    expected = np.zeros((len(lists), N_ITEMS))
    for row, items in enumerate(lists):
        for since, item in enumerate(reversed(items)):
            expected[row, item] += 0.5**since
    np.testing.assert_allclose(sequences.fading(0.5).toarray(), expected, rtol=1e-5)
    np.testing.assert_array_equal(sequences.has().toarray(), expected > 0)


@given(LISTS)
def test_steps_are_every_history_with_what_came_after_it(lists: list[list[int]]) -> None:
    histories, came, whose = Sequences.of(lists, n_items=N_ITEMS).steps()
    expected = [
        (row, items[max(0, at - 10) : at], items[at])
        for row, items in enumerate(lists)
        for at in range(1, len(items))
    ]
    assert [
        (int(w), history.tolist(), int(c))
        for w, history, c in zip(whose, histories, came, strict=True)
    ] == expected


def test_nearer_pairs_count_more_and_order_matters() -> None:
    sequences = Sequences.of([[0, 1, 2]] * 3, n_items=N_ITEMS)
    transitions = Transitions.fit(sequences, one_hot_vectors())
    of_zero = transitions.scores(Sequences.of([[0]], n_items=N_ITEMS).fading(0.7))[0]
    # Three pairs 0→1 of weight 1 and three 0→2 of weight 0.7, over their sum and the two that say nothing.
    np.testing.assert_allclose(of_zero[[1, 2]], np.array([3, 2.1]) / (3 + 2.1 + 2), rtol=1e-5)
    of_two = transitions.scores(Sequences.of([[2]], n_items=N_ITEMS).fading(0.7))[0]
    assert not of_two.any()


def test_an_item_nobody_had_borrows_from_items_with_similar_texts() -> None:
    sequences = Sequences.of([[0, 1]] * 5, n_items=N_ITEMS)
    vectors = one_hot_vectors()
    vectors[5] = (vectors[0] * 0.99 + vectors[3] * 0.14) / np.linalg.norm([0.99, 0.14])  # like 0
    vectors[4] = (vectors[1] * 0.99 + vectors[3] * 0.14) / np.linalg.norm([0.99, 0.14])  # like 1
    transitions = Transitions.fit(sequences, vectors)
    of_five = Sequences.of([[5]], n_items=N_ITEMS).fading(0.7)
    assert not transitions.scores(of_five).any()
    lent = transitions.lent(of_five)[0]
    assert set(np.argsort(-lent)[:2]) == {1, 4}
    assert lent[4] > 5 * lent[2]
