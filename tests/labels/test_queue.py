"""What is handed out: never what the rater judged, always the most valuable, those of a query together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.labels import Objective, Pool, Ratings, next_questions


def names(values: list[str]) -> np.ndarray:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def pool_of(seed: int, n_queries: int, n: int) -> Pool:
    rng = np.random.default_rng(seed)
    queries, products, ours, theirs = [], [], [], []
    for query in range(n_queries):
        places = [rng.permutation(n) + 1 for _ in range(2)]
        for product in range(n):
            queries.append(f"q{query}")
            products.append(f"p{product}")
            ours.append(places[0][product] if places[0][product] <= n - 2 else 0)
            theirs.append(places[1][product] if places[1][product] <= n - 2 else 0)
    return Pool(names(queries), names(products), np.array(ours), np.array(theirs))


_ratings_given = st.lists(
    st.tuples(
        st.integers(0, 3).map("q{}".format),
        st.integers(0, 9).map("p{}".format),
        st.sampled_from(["ann", "bo"]),
        st.integers(0, 3),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1000),
    _ratings_given,
    st.integers(1, 30),
    st.sampled_from(["difference", "ours"]),
    st.sets(st.tuples(st.sampled_from(["q0", "q1"]), st.sampled_from(["p0", "p1"]))),
)
def test_a_rater_is_handed_the_best_of_what_is_left(
    seed: int,
    ratings_given: list[tuple[str, str, str, int]],
    n: int,
    objective: Objective,
    excluded: set[tuple[str, str]],
) -> None:
    pool, ratings = pool_of(seed, 3, 8), Ratings.of(ratings_given)
    found = next_questions(pool, ratings, "ann", n=n, objective=objective, excluded=excluded)
    pairs = [(q.query_text, q.product_id) for q in found]
    mine = {(q, p) for q, p, rater, _ in ratings_given if rater == "ann"}
    left = set(zip(pool.queries, pool.products, strict=True)) - mine - excluded
    assert len(set(pairs)) == len(pairs) == min(n, len(left))
    assert set(pairs) <= left
    if found:
        everything = next_questions(
            pool, ratings, "ann", n=1000, objective=objective, excluded=excluded
        )
        rest = [q.value for q in everything if (q.query_text, q.product_id) not in set(pairs)]
        assert min(q.value for q in found) >= max(rest, default=0.0)
    queries = [q for q, _ in pairs]
    runs = [q for i, q in enumerate(queries) if i == 0 or queries[i - 1] != q]
    assert len(runs) == len(set(runs)), "those of a query lie together"


def test_a_pair_that_raters_quarrel_over_is_asked_before_one_they_agree_on() -> None:
    pool = Pool(
        names(["q"] * 4),
        names(["a", "b", "c", "d"]),
        np.array([1, 2, 3, 4]),
        np.array([4, 3, 2, 1]),
    )
    ratings_given = [("q", p, rater, 3) for p in "bcd" for rater in ("ann", "bo", "cy")]
    ratings_given += [("q", "a", "ann", 3), ("q", "a", "bo", 0)]
    first, *rest = next_questions(pool, Ratings.of(ratings_given), "dee", n=4)
    assert first.product_id == "a"
    assert "graded 0 and 3" in first.why
    assert first.value > 10 * max(q.value for q in rest)


def test_what_neither_order_shows_still_sets_the_ideal() -> None:
    """A product judged perfect that both orders miss: the shown ones can move the measure less."""
    pool = Pool(names(["q"] * 2), names(["a", "b"]), np.array([1, 2]), np.array([2, 1]))
    known = [("q", "a", "ann", 1), ("q", "b", "ann", 0)]
    missing = [*known, *(("q", f"far{i}", "ann", 3) for i in range(10))]
    alone, beside = (
        next_questions(pool, Ratings.of(ratings_given), "bo", n=2)
        for ratings_given in (known, missing)
    )
    assert max(q.value for q in beside) < max(q.value for q in alone)
    assert {q.product_id for q in beside} == {"a", "b"}


def test_nothing_to_ask_is_no_error() -> None:
    empty = Pool(names([]), names([]), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert next_questions(empty, Ratings.of([]), "ann") == []
