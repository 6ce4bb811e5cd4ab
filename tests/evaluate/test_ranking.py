"""Metrics of an order against other libraries and by hand."""

from __future__ import annotations

from itertools import permutations

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG
from sklearn.metrics import ndcg_score

from baihuo.evaluate import (
    ndcg_by_group,
    ndcg_by_query,
    recall_by_group,
    recall_by_query,
    reciprocal_rank_by_group,
)

_SEEDS = st.integers(0, 10_000)


@given(_SEEDS, st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_ndcg_and_recall_are_what_trec_eval_says(seed: int, k: int) -> None:
    grades = np.random.default_rng(seed).integers(0, 4, size=(5, 9))
    grades[:, -1] = np.maximum(grades[:, -1], 1)  # everybody has something to find
    names = [str(q) for q in range(5)]
    grades_by_query = {
        q: {str(d): int(g) for d, g in enumerate(row)} for q, row in zip(names, grades, strict=True)
    }
    run = {q: {str(d): 9.0 - d for d in range(9)} for q in names}
    measured = ir_measures.iter_calc([nDCG @ k, R(rel=1) @ k], grades_by_query, run)
    theirs = {(str(m.measure), m.query_id): m.value for m in measured}
    ndcg = ndcg_by_query(grades.astype(float), k=k)
    recall = recall_by_query(grades > 0, (grades > 0).sum(axis=1), k=k)
    np.testing.assert_allclose(ndcg, [theirs[f"nDCG@{k}", q] for q in names], atol=1e-9)
    np.testing.assert_allclose(recall, [theirs[f"R@{k}", q] for q in names], atol=1e-9)


@given(_SEEDS, st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_mrr_and_recall_of_groups_are_what_trec_eval_says(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grades = rng.integers(0, 3, size=(5, 9))
    grades[:, -1] = np.maximum(grades[:, -1], 1)
    scores = np.stack([rng.permutation(9) for _ in range(5)]).astype(float)
    wanted = {str(q): {str(d): int(g) for d, g in enumerate(row)} for q, row in enumerate(grades)}
    run = {str(q): {str(d): float(x) for d, x in enumerate(row)} for q, row in enumerate(scores)}
    measured = ir_measures.iter_calc([RR(rel=1) @ k, R @ k], wanted, run)
    theirs = {(str(m.measure)[:2], m.query_id): m.value for m in measured}
    shuffled = rng.permutation(45)  # rows of groups in any order
    gains, ours = (x.reshape(-1)[shuffled] for x in (grades.astype(float), scores))
    groups = np.repeat(np.arange(5), 9)[shuffled]
    ranks = reciprocal_rank_by_group(gains, ours, groups, k=k)
    recall = recall_by_group(gains, ours, groups, k=k)
    np.testing.assert_allclose(ranks, [theirs["RR", str(q)] for q in range(5)], atol=1e-9)
    np.testing.assert_allclose(recall, [theirs["R@", str(q)] for q in range(5)], atol=1e-9)


@given(_SEEDS, st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_ties_of_mrr_and_recall_are_the_mean_over_their_orders(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    gains, scores = rng.integers(0, 2, 6).astype(float), rng.integers(0, 3, 6).astype(float)
    one = np.zeros(6, int)
    orders = [np.lexsort((np.array(order), -scores)) for order in permutations(range(6))]
    if not gains.any():
        assert np.isnan(reciprocal_rank_by_group(gains, scores, one, k=k)).all()
        return
    ranks = [1 + int(np.argmax(gains[order] > 0)) for order in orders]
    recalls = [gains[order][:k].sum() / gains.sum() for order in orders]
    assert reciprocal_rank_by_group(gains, scores, one, k=k) == pytest.approx(
        [np.mean([1 / r if r <= k else 0 for r in ranks])]
    )
    assert recall_by_group(gains, scores, one, k=k) == pytest.approx([np.mean(recalls)])


def test_ndcg_of_a_worked_example() -> None:
    # Grades 3, 2, 3, 0, 1, 2 in that order: DCG 6.861, ideal 7.141 (Wikipedia's example).
    gains = np.array([[3.0, 2, 3, 0, 1, 2]])
    assert ndcg_by_query(gains, k=6) == pytest.approx([0.9608], abs=5e-5)


def test_what_was_never_found_still_sets_the_ideal() -> None:
    found, all_there_was = np.array([[0.0, 1.0]]), np.array([[1.0, 3.0, 7.0]])
    best = 7 + 3 / np.log2(3)
    ndcg = ndcg_by_query(found, k=2, ideal=all_there_was)
    assert ndcg == pytest.approx([1 / np.log2(3) / best])


def test_a_query_with_nothing_to_find_has_no_value() -> None:
    gains = np.array([[1.0, 0.0], [0.0, 0.0]])
    nothing = [1.0, np.nan]
    np.testing.assert_array_equal(ndcg_by_query(gains, k=2), nothing)
    np.testing.assert_array_equal(recall_by_query(gains > 0, np.array([1, 0]), k=2), nothing)


@pytest.mark.parametrize(
    ("gains", "k"),
    [([[1.0, -1.0]], 2), ([[np.nan, 1.0]], 2), ([[1.0, 0.0]], 0)],
)
def test_ndcg_refuses_what_has_no_answer(gains: list[list[float]], k: int) -> None:
    with pytest.raises(ValueError):
        ndcg_by_query(np.array(gains), k=k)


@given(_SEEDS, st.integers(1, 8), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_grouped_ndcg_averages_ties_as_scikit_learn_does(seed: int, k: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 4, size=40)
    gains = rng.integers(0, 3, size=40).astype(float)
    scores = rng.integers(0, levels, size=40).astype(float)  # few levels: many ties
    ours = ndcg_by_group(gains, scores, groups, k=k)
    for i, group in enumerate(np.unique(groups)):
        mine = groups == group
        if mine.sum() < 2:
            continue
        if gains[mine].sum() == 0:
            assert np.isnan(ours[i])
        else:
            theirs = ndcg_score(gains[mine][None, :], scores[mine][None, :], k=k)
            assert ours[i] == pytest.approx(theirs)


def test_a_model_that_says_the_same_of_everything_gains_nothing_from_the_order_of_rows() -> None:
    groups, scores = np.zeros(4, int), np.zeros(4)
    first = ndcg_by_group(np.array([1.0, 0, 0, 0]), scores, groups, k=4)
    last = ndcg_by_group(np.array([0.0, 0, 0, 1]), scores, groups, k=4)
    assert first == pytest.approx(last)


def test_capped_recall_can_be_reached_by_who_bought_more_than_fits() -> None:
    hits = np.ones((1, 20), bool)
    assert recall_by_query(hits, np.array([50]), k=20, is_capped=True) == [1.0]
    assert recall_by_query(hits, np.array([50]), k=20) == [0.4]


def test_finding_more_than_there_was_is_an_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        recall_by_query(np.ones((1, 3), bool), np.array([2]), k=3)
