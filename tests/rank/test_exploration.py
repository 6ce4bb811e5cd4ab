"""Propensities against what really happens over many seeds, and against the sum of all chances."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.rank import Exploration

LIVELY = Exploration(swap_probability=0.3, slot_probability=0.5, reach=6)


@pytest.mark.parametrize(
    ("n", "page_size", "exploration"),
    [
        (14, 5, LIVELY),
        (14, 4, LIVELY),
        (5, 5, LIVELY),  # nothing behind the first page: no slot
        (3, 8, LIVELY),
        (6, 5, LIVELY),  # one product behind it
        (12, 1, LIVELY),
        (30, 10, Exploration(swap_probability=0.5, slot_probability=0.9, reach=3)),
        (14, 5, replace(LIVELY, n_fixed=2, kept_apart=(1, 3))),
        (14, 5, replace(LIVELY, n_fixed=5)),  # no place is left for the slot
        (9, 8, replace(LIVELY, n_fixed=7, kept_apart=tuple(range(8)))),
    ],
)
def test_propensities_are_the_frequencies_of_many_draws(
    n: int, page_size: int, exploration: Exploration
) -> None:
    n_draws = 6_000
    seen = np.zeros((n, n))  # [product, position]
    propensities = np.full((n, n), np.nan)
    positions = np.arange(n)
    for draw in range(n_draws):
        drawn = exploration.explore(n, page_size=page_size, seed=11, query_id=f"q{draw}")
        seen[drawn.order, positions] += 1
        propensities[drawn.order, positions] = drawn.propensity
    happened = seen > 0
    expected = propensities[happened] * n_draws
    # Each count is binomial: five standard deviations over some hundred cells leave no room for luck.
    error = np.abs(seen[happened] - expected) / np.sqrt(
        np.maximum(expected * (1 - propensities[happened]), 1)
    )
    assert error.max() < 5
    assert np.nansum(propensities, axis=1) == pytest.approx(
        np.ones(n), abs=0.02
    )  # rarest cells may be unseen


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 40),
    page_size=st.integers(1, 30),
    seed=st.integers(0, 2**32),
    query_id=st.text(max_size=12),
    reach=st.integers(1, 50),
    n_fixed=st.integers(0, 32),
    kept_apart=st.sets(st.integers(0, 40)),
)
def test_every_draw_is_a_permutation_with_a_chance_of_its_own(
    n: int,
    page_size: int,
    seed: int,
    query_id: str,
    reach: int,
    n_fixed: int,
    kept_apart: set[int],
) -> None:
    exploration = Exploration(
        swap_probability=0.4,
        slot_probability=0.6,
        reach=reach,
        n_fixed=n_fixed,
        kept_apart=tuple(sorted(kept_apart)),
    )
    drawn = exploration.explore(n, page_size=page_size, seed=seed, query_id=query_id)
    assert sorted(drawn.order.tolist()) == list(range(n))
    assert ((drawn.propensity > 0) & (drawn.propensity <= 1 + 1e-12)).all()
    again = exploration.explore(n, page_size=page_size, seed=seed, query_id=query_id)
    assert (drawn.order == again.order).all()
    out_of_reach = np.arange(min(page_size, n) + reach, n)
    assert (drawn.order[out_of_reach] == out_of_reach).all()
    if drawn.random_position:
        assert drawn.order[drawn.random_position - 1] >= page_size
        assert drawn.random_position > n_fixed
    else:
        assert not any(
            drawn.order[rank] == rank + 1 and drawn.order[rank + 1] == rank
            for rank in kept_apart
            if rank + 1 < n
        )


def test_without_chance_every_propensity_is_one() -> None:
    still = Exploration(swap_probability=0, slot_probability=0)
    drawn = still.explore(50, page_size=24, seed=1, query_id="q")
    assert (drawn.order == np.arange(50)).all()
    assert (drawn.propensity == 1).all()


def test_most_pages_keep_the_best_product_on_top() -> None:
    usual = Exploration()
    tops = [
        usual.explore(200, page_size=24, seed=0, query_id=f"q{i}").order[0] for i in range(2_000)
    ]
    assert np.mean(np.array(tops) == 0) > 0.93


def test_an_estimate_from_explored_pages_finds_the_truth_of_another_order() -> None:
    """The point of it all: inverse propensities turn these logs into a fair judge."""
    rng = np.random.default_rng(5)
    quality = rng.uniform(0.05, 0.9, size=8)
    examined = 1 / (1 + np.arange(8))
    exploration = Exploration(swap_probability=0.45, slot_probability=0.0)
    wanted = [1, 0, 2, 3, 4, 5, 6, 7]  # would the second do better on top?
    truth = float((quality[wanted] * examined).sum())
    total, n_pages = 0.0, 12_000
    for page in range(n_pages):
        drawn = exploration.explore(8, page_size=8, seed=2, query_id=str(page))
        clicks = rng.random(8) < quality[drawn.order] * examined
        same = drawn.order == wanted
        total += float((clicks * same / drawn.propensity).sum())
    assert total / n_pages == pytest.approx(truth, rel=0.08)


def test_two_pages_of_one_visitor_are_drawn_apart() -> None:
    draws = [
        tuple(LIVELY.explore(12, page_size=6, seed=0, query_id=q).order.tolist())
        for q in "abcdefgh"
    ]
    assert any(a != b for a, b in pairwise(draws))


@pytest.mark.parametrize(
    "wrong",
    [{"swap_probability": 1.0}, {"slot_probability": -0.1}, {"reach": -1}, {"n_fixed": -1}],
)
def test_chances_outside_of_chance_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Exploration(**wrong)  # type: ignore[arg-type]
