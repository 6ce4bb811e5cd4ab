"""Systems that sell the places of the same auctions: what they made of them, against the most that hindsight could have made.

    python bench/ads.py --seed 101 --campaigns 1000 --auctions 1000000
    python bench/ads.py --seed 101 --learned                 # predictions with less information than the truth, calibrated
    python bench/ads.py --seed 101 --pricing vcg --only pid --only baihuo

Four days of a shop with 16 candidates for three places of each page (``suites/ads/world.py``): bids by click, by thousand, by cost per purchase and by return
on spend; budgets of a day of which two of three bind; purchases minutes or days after the click; an afternoon with twice the traffic, and an advertiser with a
tenth of all campaigns who leaves. Seeds to 9 chose the settings. A line a system:

    random      ads at random, paying their bid
    bid_only    the highest bid for a click
    no_pacing   bid x P(click), until the budget is gone
    pid         a controller on spend against traffic, as in BAT, without a guard on targets
    dual        mirror descent on the price of the budget, with the guard
    baihuo      the default: the price of the budget solved over the latest auctions, with the guard

``value_share`` liquid welfare: what impressions were worth to advertisers by truth, of no campaign more than its budget of the day, as a share of the
least upper bound found (first line: ``bound``; ``reached`` is an allocation in hindsight that is worth so much; on ``exact_auctions`` auctions HiGHS solves the
same programme: ``exact``). ``revenue_share``: charged, of the same bound. ``spend_share`` of budgets. ``overspend`` the largest, minor units. ``given_away`` of prices:
the last click of a budget is charged what is left. ``roughness``: root mean square over the hours of a day of spend (price x P(click)) as a share of the
budget less the share of traffic, by the mean share of an hour, over budgets that bind in hindsight. ``target_hit``: campaigns with 50 purchases or more
whose cost per purchase (or spend for sales) is at most 1.05 of their target, as it came; ``target_hit_expected`` by the truth's P(purchase). ``cpu_s`` with the
drawing of the world.
"""

from __future__ import annotations

import argparse

import numpy as np

from baihuo.ads.pricing import Pricing
from suites.ads.hindsight import Hindsight, dual_bound, exactly, of_days
from suites.ads.systems import SYSTEMS, Market, Result
from suites.ads.world import World
from suites.shared.measure import Clock, emit


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--campaigns", type=int, default=1000)
    ask.add_argument("--auctions", type=int, default=1_000_000)
    ask.add_argument("--pricing", type=Pricing, choices=list(Pricing), default=Pricing.GSP)
    ask.add_argument("--learned", action="store_true", help="predictions instead of the truth")
    ask.add_argument("--only", action="append", choices=list(SYSTEMS), help="may be repeated")
    given = ask.parse_args()
    world = World(given.seed, given.campaigns, given.auctions)
    with Clock() as clock:
        days = of_days(world)
    bound = sum(day.bound for day in days)
    emit(
        seed=given.seed,
        bound=bound,
        reached=sum(day.reached for day in days) / bound,
        cpu_s=clock.cpu_s,
        **_checked(world),
    )
    for name in given.only or SYSTEMS:
        with Clock() as clock:
            market = Market(world, name, given.pricing, given.learned)
            result = market.run()
        emit(
            system=name,
            pricing=given.pricing,
            learned=given.learned,
            **_figures(world, market, result, days),
            cpu_s=clock.cpu_s,
        )


def _checked(world: World, n_auctions: int = 400) -> dict[str, float]:
    """The dual bound and the linear programme on auctions of one afternoon, with budgets cut alike."""
    tick_rows, worth, n = [], [], 0
    for tick in world.ticks():
        if tick.start >= 12 and n < n_auctions:
            willing = world.willing(tick.rows, tick.p_click, tick.p_purchase)
            tick_rows.append(np.maximum(tick.rows, 0))
            worth.append(np.where(tick.rows >= 0, willing * tick.p_click, 0.0))
            n += len(tick.rows)
    rows, gain = np.concatenate(tick_rows)[:n_auctions], np.concatenate(worth)[:n_auctions]
    budgets = world.budgets * n_auctions / world.by_hour[:24].sum()
    bound = dual_bound(rows, gain, budgets, n_steps=200)
    exact = exactly(rows, gain, budgets)
    return {"exact_auctions": len(rows), "exact": exact, "bound_over_exact": bound.bound / exact}


def _figures(
    world: World, market: Market, result: Result, days: list[Hindsight]
) -> dict[str, float]:
    bound, budgets = sum(day.bound for day in days), world.budgets[:, None]
    binds = np.column_stack([day.prices < 0.999 for day in days])
    traffic = world.by_hour.reshape(world.n_days, 24)
    traffic = traffic / traffic.sum(axis=1, keepdims=True)
    spend = result.spend_by_hour.reshape(world.n, world.n_days, 24) / budgets[..., None]
    rough = 24 * np.sqrt(((spend - traffic) ** 2).mean(axis=2))
    judged = market.bids.has_target & (result.purchases >= 50)
    cost = result.charged.sum(axis=1)[judged]
    return {
        "value_share": np.minimum(result.value, budgets).sum() / bound,
        "revenue_share": result.charged.sum() / bound,
        "spend_share": result.charged.sum() / (budgets.sum() * world.n_days),
        "overspend": float(np.maximum(result.charged - budgets, 0).max()),
        "given_away": result.given_away / result.charged.sum(),
        "roughness": rough[binds].mean(),
        "n_with_50_purchases": int(judged.sum()),
        "target_hit": (cost <= 1.05 * result.worth[judged]).sum() / max(judged.sum(), 1),
        "target_hit_expected": (cost <= 1.05 * result.expected_worth[judged]).sum()
        / max(judged.sum(), 1),
    }


if __name__ == "__main__":
    main()
