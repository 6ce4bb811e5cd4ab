"""Answers about other rules beside auctions whose clicks are known by truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from baihuo.ads.pricing import Pricing, auction
from baihuo.ads.what_if import Change, Rules, WhatIf, prediction_gains, what_if, what_if_text
from baihuo.core import BadInput, Unsupported

_PLACES = (1.0, 0.6, 0.4)
_RULES = Rules(reserve_minor=20.0, examination=_PLACES)
_N_ADS = 6


@dataclass
class _World:
    """Auctions of six ads for three places; a third of the pages show the ads that take part in a random order."""

    n: int
    seed: int
    explored: float = 1 / 3
    rules: Rules = _RULES

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        shape = (self.n, _N_ADS)
        self.bid = rng.integers(10, 200, shape).astype(float)
        self.p_click = rng.uniform(0.02, 0.3, shape)
        self.relevance = rng.uniform(0.3, 1.0, shape)
        # Predictions are off, by ad: what is tried must correct them.
        self.p_true = self.p_click * np.array([0.6, 0.8, 1.0, 1.0, 1.2, 1.5])
        self.rng = rng
        self.campaigns = [f"c{j}" for j in range(_N_ADS)]

    def placed(self, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
        """Ads and prices by place, one auction at a time."""
        factors = [rules.bid_factor * rules.bid_factors.get(c, 1.0) for c in self.campaigns]
        fit = self.relevance >= rules.relevance_floor
        sold = auction(
            self.bid * factors,
            np.where(fit, 1.0 if rules.by_bid else self.p_click * self.relevance, 0.0),
            np.array(rules.examination),
            reserve=rules.reserve_minor,
            pricing=rules.pricing,
        )
        return sold.winners, sold.prices

    def true_gain(self, wanted: Rules) -> tuple[float, float]:
        """Clicks and revenue per thousand auctions: without exploration where places change, as served elsewhere."""
        n_places = len(self.rules.examination)
        fit = self.bid >= self.rules.reserve_minor
        m = fit.sum(axis=1)[:, None]
        chances, prices, ads = [], [], []
        for rules in (self.rules, wanted):
            winners, price = self.placed(rules)
            stands = winners[:, :, None] == np.arange(_N_ADS)  # [auctions, places, ads]
            ads.append(winners)
            chances.append(stands.astype(float))
            prices.append((stands * price[:, :, None]).sum(axis=1, keepdims=True))
        is_same = (ads[0] == ads[1]).all(axis=1)[:, None, None]
        anywhere = (fit[:, None, :] & (np.arange(n_places) < m)[:, :, None]) / m[:, :, None]
        served = self.explored * anywhere + (1 - self.explored) * chances[0]
        clicks = self.p_true[:, None, :] * np.array(self.rules.examination)[:, None]
        before, after = (np.where(is_same, served, chance) * clicks for chance in chances)
        revenue = (after * prices[1] - before * prices[0]).sum()
        return 1000 * (after - before).sum() / self.n, 1000 * revenue / self.n

    def true_clicks(self, rules: Rules) -> tuple[float, float, float]:
        """Clicks, the bids and the prices of these, per thousand auctions, without exploration."""
        sold, prices = self.placed(rules)
        of = np.maximum(sold, 0)
        p = np.take_along_axis(self.p_true, of, 1) * np.array(rules.examination) * (sold >= 0)
        sums = p.sum(), (p * np.take_along_axis(self.bid, of, 1)).sum(), (p * prices).sum()
        clicks, value, revenue = (1000 * float(of_all) / self.n for of_all in sums)
        return clicks, value, revenue

    def true_random(self) -> tuple[float, float]:
        """Clicks, and the bids of these, per thousand auctions, of the ads that take part in random order."""
        fit = self.bid >= self.rules.reserve_minor
        m, n_places = fit.sum(axis=1), len(self.rules.examination)
        seen = np.cumsum([0.0, *self.rules.examination])[np.minimum(m, n_places)]
        clicks = np.where(fit, self.p_true, 0.0) * (seen / np.maximum(m, 1))[:, None]
        return 1000 * clicks.sum() / self.n, 1000 * (clicks * self.bid).sum() / self.n

    def log(self) -> pa.Table:
        base, prices = self.placed(self.rules)
        n, k = base.shape
        fit = self.bid >= self.rules.reserve_minor
        fit &= self.relevance >= self.rules.relevance_floor
        mixed = np.argsort(np.where(fit, self.rng.random(fit.shape), 2.0), axis=1)[:, :k]
        mixed = np.where(np.take_along_axis(fit, mixed, 1), mixed, -1)
        shown = np.where(self.rng.random((n, 1)) < self.explored, mixed, base)
        slot = np.zeros((n, _N_ADS), dtype=int)
        price, propensity = np.full((2, n, _N_ADS), np.nan)
        for place in range(k):
            row = np.flatnonzero(shown[:, place] >= 0)
            at = (row, shown[row, place])
            is_base = base[row, place] == at[1]
            slot[at] = place + 1
            price[at] = np.where(is_base, prices[row, place].round(), np.nan)
            propensity[at] = self.explored / fit[row].sum(axis=1) + (1 - self.explored) * is_base
        p = self.p_true * np.array([0.0, *_PLACES])[slot]
        names = np.broadcast_to(np.arange(_N_ADS), slot.shape)
        return pa.table(
            {
                "auction_id": [f"a{i}" for i in np.repeat(np.arange(n), _N_ADS)],
                "ad_id": [f"ad{j}" for j in names.ravel()],
                "campaign_id": [f"c{j}" for j in names.ravel()],
                "bid_minor": self.bid.ravel(),
                "p_click": self.p_click.ravel(),
                "relevance": self.relevance.ravel(),
                "score": (self.bid * self.p_click * self.relevance).ravel(),
                "slot": slot.ravel(),
                "clicked": (self.rng.random(p.shape) < p).ravel(),
                "propensity": pa.array(propensity.ravel(), from_pandas=True),
                "price_minor": pa.array(price.ravel(), from_pandas=True),
            }
        )


def _ask(world: _World, wanted: Rules, log: pa.Table | None = None) -> WhatIf:
    return what_if(world.log() if log is None else log, Change(logged=world.rules, wanted=wanted))


def test_where_only_prices_change_the_auctions_are_run_again_exactly() -> None:
    world = _World(800, seed=1)
    log = world.log()
    wanted = Rules(reserve_minor=20.0, examination=_PLACES, pricing=Pricing.FIRST_PRICE)
    found = _ask(world, wanted, log)
    assert (found.n_changed, found.n_effective, found.new_places) == (0, None, ())
    assert found.clicks_gain.mid == found.ads_gain == 0
    paid, asked = 0.0, 0.0
    base, prices = world.placed(_RULES)
    for row in log.to_pylist():
        i, j = int(row["auction_id"][1:]), int(row["ad_id"][2:])
        if row["clicked"] and j in base[i]:
            paid += prices[i, list(base[i]).index(j)]
            asked += world.bid[i, j]
    assert found.revenue_minor == pytest.approx(paid / world.n * 1000)
    assert found.revenue_gain_minor.mid == pytest.approx((asked - paid) / world.n * 1000)


def test_an_ad_that_only_leaves_takes_its_logged_clicks_with_it() -> None:
    one_place = Rules(reserve_minor=20.0, examination=(1.0,))
    world = _World(400, seed=2, explored=0.0, rules=one_place)
    log = world.log()
    lonely = pa.Table.from_pylist([r for r in log.to_pylist() if r["slot"]], schema=log.schema)
    lonely = lonely.drop_columns("price_minor")  # those of the second were set by who is gone
    found = _ask(world, Rules(reserve_minor=100.0, examination=(1.0,)), lonely)
    rows = lonely.to_pylist()
    lost = sum(row["clicked"] for row in rows if row["bid_minor"] < 100)
    assert lost > 0
    assert found.n_changed == sum(row["bid_minor"] < 100 for row in rows)
    assert found.clicks_gain.mid == pytest.approx(-1000 * lost / len(rows))
    assert found.ads_gain == pytest.approx(-1000 * found.n_changed / len(rows))


@pytest.mark.parametrize(
    "wanted",
    [
        Rules(reserve_minor=70.0, examination=_PLACES),
        Rules(reserve_minor=20.0, examination=_PLACES, relevance_floor=0.6),
        Rules(reserve_minor=20.0, examination=_PLACES, bid_factors={"c5": 3.0, "c0": 0.3}),
    ],
    ids=["reserve", "floor", "pacing"],
)
def test_another_reserve_floor_or_pacing_is_estimated_with_an_interval_that_holds(
    wanted: Rules,
) -> None:
    n_hits, off, n_logs = np.zeros(2), np.zeros(2), 40
    for seed in range(n_logs):
        world = _World(5000, seed=seed, explored=0.5)
        found = _ask(world, wanted)
        truth = world.true_gain(wanted)
        gains = (found.clicks_gain, found.revenue_gain_minor)
        n_hits += [g.low <= t <= g.high for g, t in zip(gains, truth, strict=True)]
        off += [g.mid - t for g, t in zip(gains, truth, strict=True)]
    assert found.n_changed > 1500
    assert found.n_effective is not None
    assert (n_hits / n_logs >= 0.85).all()  # three standard errors of 40 logs are 10%
    widths = np.array([g.high - g.low for g in gains])
    assert (np.abs(off / n_logs) < widths / 5).all()


def test_what_predictions_bring_beside_bids_alone_and_random_places_is_within_its_interval() -> (
    None
):
    n_hits, n_logs = np.zeros(5), 40
    for seed in range(n_logs):
        world = _World(5000, seed=seed, explored=0.5)
        by_bid, at_random = prediction_gains(world.log(), _RULES)
        served, other = world.true_clicks(_RULES), world.true_clicks(replace(_RULES, by_bid=True))
        drawn = world.true_random()
        gains = {
            by_bid.clicks_gain: served[0] - other[0],
            by_bid.value_gain_minor: served[1] - other[1],
            by_bid.revenue_gain_minor: served[2] - other[2],
            at_random.clicks_gain: served[0] - drawn[0],
            at_random.value_gain_minor: served[1] - drawn[1],
        }
        n_hits += [found is not None and found.low <= t <= found.high for found, t in gains.items()]
    assert by_bid.clicks_gain.low > 0  # predictions bring clicks
    assert at_random.clicks_gain.low > 0
    assert (n_hits / n_logs >= 0.85).all()  # three standard errors of 40 logs are 10%


def test_a_log_that_explored_nothing_cannot_say_what_other_places_bring() -> None:
    world = _World(400, seed=3, explored=0.0)
    with pytest.raises(Unsupported, match="never shows these ads at their new places"):
        _ask(world, Rules(reserve_minor=70.0, examination=_PLACES))


def test_ads_below_the_logged_reserve_were_never_tried() -> None:
    strict = Rules(reserve_minor=150.0, examination=_PLACES)
    world = _World(4000, seed=3, rules=strict)
    with pytest.raises(Unsupported, match="the log covers about"):
        _ask(world, Rules(reserve_minor=20.0, examination=_PLACES))


def test_a_handful_of_tried_places_is_refused() -> None:
    world = _World(300, seed=3, explored=0.3)
    with pytest.raises(Unsupported, match="at least 100 are needed"):
        _ask(world, Rules(reserve_minor=70.0, examination=_PLACES))


def test_a_log_of_other_rules_than_said_is_noticed() -> None:
    log = _World(300, seed=4).log()
    others = (
        (Rules(reserve_minor=120.0, examination=_PLACES), "stand where the logged rules put them"),
        (Rules(reserve_minor=20.0, examination=_PLACES, pricing=Pricing.VCG), "logged prices"),
    )
    for rules, reason in others:
        with pytest.raises(Unsupported, match=reason):
            what_if(log, Change(logged=rules, wanted=rules))
    with pytest.raises(Unsupported, match="no auction"):
        what_if(log.slice(0, 0), Change(logged=_RULES, wanted=_RULES))


def test_a_page_with_fewer_places_keeps_them_under_other_rules() -> None:
    one_place = Rules(reserve_minor=20.0, examination=(1.0,))
    log = _World(300, seed=8, explored=0.0, rules=one_place).log()
    first_price = Rules(reserve_minor=20.0, examination=_PLACES, pricing=Pricing.FIRST_PRICE)
    found = what_if(log, Change(logged=_RULES, wanted=first_price))
    assert (found.n_changed, found.ads_gain) == (0, 0)
    assert found.revenue_gain_minor.mid > 0


def test_what_a_lower_floor_lets_in_is_not_known_from_a_log_without_it() -> None:
    floor = Rules(reserve_minor=20.0, relevance_floor=0.6, examination=_PLACES)
    log = _World(300, seed=8, rules=floor).log()
    above = log.filter(pc.greater_equal(log["relevance"], 0.6))
    with pytest.raises(Unsupported, match=r"no ad below the floor of 0\.6"):
        what_if(above, Change(logged=floor, wanted=_RULES))


def test_auctions_of_one_visitor_count_together_and_those_of_nobody_alone() -> None:
    log = _World(600, seed=9).log()
    wanted = Rules(reserve_minor=20.0, examination=_PLACES, pricing=Pricing.FIRST_PRICE)

    def width(visitors: list[str | None]) -> float:
        table = log.append_column("visitor_id", pa.array(visitors, pa.string()))
        gain = what_if(table, Change(logged=_RULES, wanted=wanted)).revenue_gain_minor
        return gain.high - gain.low

    nobody: list[str | None] = [None] * len(log)
    assert width(nobody) == pytest.approx(width(log["auction_id"].to_pylist()))
    clicks = np.array(log["clicked"].to_pylist()).reshape(-1, _N_ADS).any(axis=1)
    alike = np.argsort(np.argsort(clicks, kind="stable")) // 10  # who clicks once clicks always
    assert width([f"v{v}" for v in np.repeat(alike, _N_ADS)]) > 1.5 * width(nobody)


@pytest.mark.parametrize(
    ("column", "value"), [("slot", 4), ("slot", 1), ("bid_minor", -1.0), ("propensity", 0.0)]
)
def test_a_row_that_cannot_be_is_named(column: str, value: float) -> None:
    log = _World(50, seed=5).log()
    rows, schema = log.to_pylist(), log.schema
    bad = next(r for r in rows if r["slot"] == 2)
    bad[column] = value
    with pytest.raises(BadInput, match=f"auction '{bad['auction_id']}', ad"):
        what_if(pa.Table.from_pylist(rows, schema=schema), Change(logged=_RULES, wanted=_RULES))


def test_the_answer_in_lines_has_gains_and_what_they_rest_on() -> None:
    world = _World(5000, seed=6)
    found = _ask(world, Rules(reserve_minor=70.0, examination=_PLACES))
    text = what_if_text(found)
    assert text.startswith("5,000 auctions: ")
    assert "tried places" in text
    assert f"{found.clicks_gain.mid:+,.1f} [" in text
    assert {v.estimator for v in found.new_places} == {"ips", "snips", "clipped", "dr"}
    assert found.to_json()["n_changed"] == found.n_changed
