from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from baihuo.features.transforms.request import cosine, price_position, price_ratio, taste


@given(st.lists(st.integers(-1, 30), max_size=30))
def test_price_position_is_the_mean_rank_among_known_prices(prices: list[int]) -> None:
    got = price_position(np.array(prices, np.int64))
    known = np.array([p for p in prices if p >= 0])
    expected = np.full(len(prices), 0.5)
    if len(known) > 1:
        expected[np.array(prices) >= 0] = (rankdata(known) - 1) / (len(known) - 1)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got.dtype == np.float32


@given(st.lists(st.integers(0, 30), min_size=2, max_size=30), st.lists(st.integers(-1, 40)))
def test_prices_beside_the_candidates_stand_where_they_would_among_them(
    among: list[int], beside: list[int]
) -> None:
    candidates, prices = np.array(among, np.int64), np.array(among + beside, np.int64)
    got = price_position(prices, among=candidates)
    np.testing.assert_array_equal(got[: len(among)], price_position(candidates))
    known = prices >= 0
    order = np.argsort(prices[known], kind="stable")
    assert (np.diff(got[known][order]) >= 0).all()
    assert ((got >= 0) & (got <= 1)).all()
    assert (got[prices > 30] == 1).all()


def test_price_ratio_is_symmetric_about_what_the_visitor_usually_pays() -> None:
    got = price_ratio(np.array([500, 1000, 2000, -1, 10**9]), 1000)
    np.testing.assert_allclose(got, [-np.log(2), 0, np.log(2), 0, 3], rtol=1e-6)
    assert not price_ratio(np.array([500]), 0).any()


def test_cosine_ignores_length_and_survives_zeros() -> None:
    products = np.array([[2, 0], [0, 3], [-1, 0], [0, 0], [1, 1]], np.float32)
    got = cosine(np.array([5, 0], np.float32), products)
    np.testing.assert_allclose(got, [1, 0, -1, 0, np.sqrt(0.5)], atol=1e-6)
    assert not cosine(np.zeros(2, np.float32), products).any()


def test_taste_leans_to_what_was_clicked_last_and_is_a_unit_vector() -> None:
    vectors = np.eye(2, dtype=np.float32)
    got = taste(vectors, np.array([0, 7], np.float32), half_life_days=7)
    assert got[0] == pytest.approx(2 * got[1])
    assert np.linalg.norm(got) == pytest.approx(1)
    assert not taste(np.zeros((0, 2), np.float32), np.zeros(0, np.float32)).any()
