"""Places and prices, beside the definitions read word by word."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.ads.pricing import Outcome, Pricing, auction


def _drawn(seed: int, n: int, candidates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    bids = rng.integers(0, 300, (n, candidates)).astype(float)
    weights = rng.uniform(0.001, 0.2, (n, candidates)) * rng.uniform(0.3, 1, (n, candidates))
    reserves = np.broadcast_to(rng.integers(0, 80, (n, 1)), bids.shape).astype(float)
    return bids, weights, reserves


_EXAMINATION = np.array([1.0, 0.6, 0.45, 0.2])


@given(seed=st.integers(0, 10**6), candidates=st.integers(1, 9), pricing=st.sampled_from(Pricing))
@settings(max_examples=60, deadline=None)
def test_a_price_is_between_reserve_and_bid_and_the_order_is_by_score(
    seed: int, candidates: int, pricing: Pricing
) -> None:
    bids, weights, reserves = _drawn(seed, 20, candidates)
    sold = auction(bids, weights, _EXAMINATION, reserve=reserves, pricing=pricing)
    for i in range(len(bids)):
        won = [j for j in sold.winners[i] if j >= 0]
        assert len(won) == len(set(won))
        fit = {j for j in range(candidates) if bids[i, j] > 0 and bids[i, j] >= reserves[i, j]}
        assert len(won) == min(len(fit), 4)
        assert set(won) <= fit
        score = bids[i] * weights[i]
        assert all(score[a] >= score[b] for a, b in pairwise(won))
        assert all(score[j] <= score[won[-1]] for j in fit - set(won))
        for place, j in enumerate(won):
            assert reserves[i, j] <= sold.prices[i, place] <= bids[i, j]
        assert (sold.prices[i, len(won) :] == 0).all()


def test_gsp_asks_the_least_bid_that_keeps_the_place() -> None:
    """A brute-force reading of its definition: whoever bids a little less than the price loses the place."""
    bids, weights, reserves = _drawn(7, 300, 6)
    sold = auction(bids, weights, _EXAMINATION, reserve=reserves)
    for i in range(len(bids)):
        for place, j in enumerate(sold.winners[i]):
            if j < 0:
                continue
            for factor, keeps in ((1 + 1e-9, True), (1 - 1e-9, False)):
                tried = bids.copy()
                tried[i, j] = sold.prices[i, place] * factor
                if tried[i, j] <= 0:
                    continue
                again = auction(tried[[i]], weights[[i]], _EXAMINATION, reserve=reserves[[i]])
                stands = j in again.winners[0, : place + 1]
                assert stands == keeps, (i, place, factor)


def _vcg_by_definition(bids: np.ndarray, weights: np.ndarray, j: int) -> float:
    """What the others get without j, less what they get with it, per click of j."""

    def best(excluded: int) -> tuple[float, list[int]]:
        order = sorted(
            (x for x in range(len(bids)) if x != excluded), key=lambda x: -bids[x] * weights[x]
        )[: len(_EXAMINATION)]
        places = zip(_EXAMINATION, order, strict=False)
        return sum(e * bids[x] * weights[x] for e, x in places), order

    (alone, _), (welfare, order) = best(j), best(-1)
    clicks = _EXAMINATION[order.index(j)] * weights[j]
    return (alone - (welfare - clicks * bids[j])) / clicks


def test_vcg_is_the_harm_done_to_the_others() -> None:
    bids, weights, _ = _drawn(11, 200, 6)
    bids += 1
    sold = auction(bids, weights, _EXAMINATION, pricing=Pricing.VCG)
    for i in range(len(bids)):
        for place, j in enumerate(sold.winners[i]):
            expected = _vcg_by_definition(bids[i], weights[i], int(j))
            assert sold.prices[i, place] == pytest.approx(expected, abs=1e-9)


def test_under_vcg_no_false_bid_gains() -> None:
    rng = np.random.default_rng(23)
    values, weights, reserves = _drawn(23, 10_000, 5)
    liar = 2

    def utility(bids: np.ndarray) -> np.ndarray:
        sold = auction(bids, weights, _EXAMINATION, reserve=reserves, pricing=Pricing.VCG)
        gain = _EXAMINATION * weights[:, [liar]] * (values[:, [liar]] - sold.prices)
        return np.where(sold.winners == liar, gain, 0.0).sum(axis=1)

    honest = utility(values)
    assert (honest >= 0).all()
    for _ in range(4):
        false = values.copy()
        false[:, liar] = rng.uniform(0, 400, len(values))
        assert (utility(false) <= honest + 1e-9).all()


def _both(rng: np.random.Generator | None) -> Outcome:
    same = np.full((4_000, 2), 10.0)
    return auction(same, np.full((4_000, 2), 0.1), np.array([1.0]), rng=rng)


def test_ties_are_drawn_by_the_seed() -> None:
    first, again = (_both(np.random.default_rng(3)).winners for _ in range(2))
    assert (first == again).all()
    assert 0.45 < first.mean() < 0.55
    assert (_both(None).winners == 0).all()


def test_places_that_increase_are_refused() -> None:
    with pytest.raises(ValueError, match="not increase"):
        auction(np.ones((1, 1)), np.ones((1, 1)), np.array([0.5, 1.0]))
