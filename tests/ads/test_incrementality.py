"""Effects of ads beside worlds where the effect is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import ads_effect
from baihuo.ads.campaign import DAY_US
from baihuo.ads.incrementality import (
    Reached,
    incrementality,
    is_held_out,
    ratio_interval,
    reached_visitors,
)
from baihuo.core import BadInput, Unsupported
from baihuo.evaluate import Interval


def _reached(n: int, *, effect: float, seed: int, share: float = 0.3) -> Reached:
    """Purchases that depend on a taste that the time before shows, too."""
    rng = np.random.default_rng(seed)
    taste = rng.gamma(0.5, 2.0, n)
    shown = rng.random(n) >= share
    purchases = rng.poisson(taste + effect * shown).astype(float)
    return Reached(
        is_shown=shown,
        purchases=purchases,
        sales_minor=purchases * 1000,
        spend_minor=np.where(shown, rng.poisson(2.0, n) * 10.0, 0.0),
        sales_before_minor=rng.poisson(4 * taste).astype(float) * 1000,
    )


def test_a_visitor_is_held_out_always_or_never_and_about_as_many_as_wanted() -> None:
    visitors = [f"v{i}" for i in range(20_000)]
    out = [is_held_out(v, "c1", share=0.1, salt="a") for v in visitors]
    assert out == [is_held_out(v, "c1", share=0.1, salt="a") for v in visitors]
    assert np.mean(out) == pytest.approx(0.1, abs=0.01)
    # A larger share keeps those who are out; another campaign or salt draws independently.
    assert all(
        is_held_out(v, "c1", share=0.2, salt="a") for v, o in zip(visitors, out, strict=True) if o
    )
    for other in ({"campaign_id": "c2", "salt": "a"}, {"campaign_id": "c1", "salt": "b"}):
        again = [is_held_out(v, share=0.1, **other) for v in visitors]
        assert np.mean(np.logical_and(out, again)) == pytest.approx(0.01, abs=0.004)
    assert not any(is_held_out(v, "c1", share=0.0) for v in visitors[:50])
    assert all(is_held_out(v, "c1", share=1.0) for v in visitors[:50])


def test_the_effect_is_the_difference_of_means_and_its_interval_is_near_welch_s() -> None:
    from scipy import stats

    reached = _reached(900, effect=0.4, seed=1)
    found = incrementality(reached, is_adjusted=False).purchases
    shown, ghost = reached.purchases[reached.is_shown], reached.purchases[~reached.is_shown]
    theirs = stats.ttest_ind(shown, ghost, equal_var=False).confidence_interval(0.95)
    assert found.per_visitor.mid == pytest.approx(shown.mean() - ghost.mean())
    wide = theirs[1] - theirs[0]
    assert (found.per_visitor.low, found.per_visitor.high) == pytest.approx(
        tuple(theirs), abs=wide / 20
    )
    assert found.total.high == pytest.approx(found.per_visitor.high * len(shown))
    assert found.lift.mid == pytest.approx(shown.mean() / ghost.mean() - 1)


@pytest.mark.parametrize("is_adjusted", [False, True])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(is_adjusted: bool) -> None:
    n_hits = np.zeros(4)
    for seed in range(400):
        found = incrementality(_reached(600, effect=0.4, seed=seed), is_adjusted=is_adjusted)
        values = (
            (found.purchases.per_visitor, 0.4),
            (found.sales_minor.per_visitor, 400.0),
            (found.purchases.lift, 0.4),  # the mean taste is 1
            (found.incremental_return, 20.0),
        )
        n_hits += [i.low <= true <= i.high for i, true in values]
    # Three standard errors of 400 runs are 3.3%.
    assert (n_hits / 400 >= 0.917).all()
    assert (n_hits / 400 <= 0.985).all()


def test_the_time_before_narrows_the_interval_as_far_as_it_explains_the_outcome() -> None:
    reached = _reached(4000, effect=0.4, seed=3)
    plain = incrementality(reached, is_adjusted=False).purchases.per_visitor
    adjusted = incrementality(reached).purchases.per_visitor
    explained = np.corrcoef(reached.purchases, reached.sales_before_minor)[0, 1] ** 2
    ratio = (adjusted.high - adjusted.low) / (plain.high - plain.low)
    assert explained > 0.4
    assert ratio == pytest.approx(
        np.sqrt(1 - explained), abs=0.03
    )  # Deng et al. (2013), equation 5


def test_an_ad_that_does_nothing_shows_nothing_while_last_click_praises_it() -> None:
    lines = {
        (line["outcome"], line["estimator"]): line
        for line in ads_effect.experiments(ads_effect.WORLDS[1], 2000, seed=1, n_experiments=30)
    }
    returns = lines["return", "adjusted"]
    assert float(str(returns["last_click"])) > 10
    assert abs(float(str(returns["mean"]))) < 7  # of half-widths of 28
    assert float(str(returns["found"])) < 0.15
    assert float(str(returns["coverage"])) > 0.85


def test_outcomes_count_from_the_first_exposure_and_for_the_window() -> None:
    day = np.array([10, 20, 10])
    exposures = pa.table(
        {
            "visitor_id": ["a", "a", "b"],
            "at_us": day * DAY_US,
            "is_ghost": [False, False, True],
            "spend_minor": [5.0, 7.0, None],
        }
    )
    bought = [("a", 9), ("a", 10), ("a", 39), ("a", 40), ("b", 12), ("c", 12), ("a", -30)]
    purchases = pa.table(
        {
            "purchase_id": [str(i) for i in range(len(bought))],
            "visitor_id": [v for v, _ in bought],
            "product_id": ["p"] * len(bought),
            "at_us": [d * DAY_US for _, d in bought],
            "value_minor": [10**i for i in range(len(bought))],
        }
    )
    found = reached_visitors(exposures, purchases)
    assert found.is_shown.tolist() == [True, False]
    assert found.purchases.tolist() == [2, 1]
    assert found.sales_minor.tolist() == [110, 10_000]
    assert found.sales_before_minor.tolist() == [1, 0]
    assert found.spend_minor.tolist() == [12, 0]
    with pytest.raises(BadInput, match="visitor 'a' met the ad and its ghost"):
        reached_visitors(
            exposures.set_column(2, "is_ghost", pa.array([False, True, True])), purchases
        )


def test_a_ratio_s_interval_is_that_of_fieller() -> None:
    # The values where part - ratio × whole is just 1.96 standard errors from 0, and none where whole may be 0.
    part, whole = Interval(6.0, 6 - 1.4, 6 + 1.4), Interval(3.0, 3 - 0.8, 3 + 0.8)
    found = ratio_interval(part, whole, correlation=0.3)
    for end in (found.low, found.high):
        apart = 1.4**2 - 2 * end * 0.3 * 1.4 * 0.8 + end**2 * 0.8**2
        assert (6 - end * 3) ** 2 == pytest.approx(apart)
    assert found.low < found.mid == 2.0 < found.high
    unbounded = ratio_interval(part, Interval(0.5, -0.3, 1.3))
    assert (unbounded.low, unbounded.high) == (-np.inf, np.inf)
    assert np.isnan(ratio_interval(part, Interval(0.0, 0.0, 0.0)).mid)


def test_too_few_visitors_or_missing_ghosts_are_said() -> None:
    with pytest.raises(Unsupported, match="met its ghost, and at least 30"):
        incrementality(_reached(200, effect=0.0, seed=1, share=0.05))
    reached = _reached(3000, effect=0.0, seed=1, share=0.3)
    assert incrementality(reached, share=0.3).n_ghost > 0
    with pytest.raises(Unsupported, match=r"40\.0% were to be held out"):
        incrementality(reached, share=0.4)


def test_a_campaign_without_spend_has_no_return() -> None:
    reached = _reached(600, effect=0.4, seed=1)
    free = Reached(
        is_shown=reached.is_shown,
        purchases=reached.purchases,
        sales_minor=reached.sales_minor,
        spend_minor=np.zeros(600),
        sales_before_minor=np.zeros(600),
    )
    found = incrementality(free)
    assert np.isnan(found.incremental_return.mid)
    assert not found.is_adjusted  # nothing was bought before
    assert found.to_json()["purchases"]["per_visitor"]["mid"] > 0
