"""Attribution beside effect: does the 95% interval of ghost ads hold the truth, and what does last click say of an ad that does nothing?

    python bench/ads_effect.py --seed 101 --experiments 1000

Visitors differ in how much they buy (log-normal), and the campaign reaches those who buy more: it is drawn in proportion to that
rate, as retargeting is. They click more, too. A fifth is held out by the hash that the auction uses. Two worlds, each drawn anew for every
experiment: the ad adds 30% to purchases, and the ad adds nothing. Exposures, clicks and purchases go through the tables
of a shop's log. Seeds 1 to 9 were used for choosing. One JSON line for each world, outcome and estimator:

coverage        share of experiments whose 95% interval holds the truth
truth, mean     of the estimate; return: sales added for each unit of spend
half_width      median
last_click      return by last click, mean (of return only)
found           share of experiments whose interval is above zero
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from baihuo.ads.attribution import Model, attribute
from baihuo.ads.campaign import DAY_US
from baihuo.ads.incrementality import (
    Incrementality,
    incrementality,
    is_held_out,
    reached_visitors,
)
from baihuo.evaluate import Interval
from suites.shared.measure import Clock, emit

SHARE = 0.2
RATE, SPREAD = 0.04, 1.0  # purchases in 30 days of a visitor of the shop, and how they differ
VALUE_MINOR, VALUE_SPREAD = 3000.0, 0.8
CLICK_MINOR = 60.0


@dataclass(frozen=True)
class World:
    """A campaign: what it adds to purchases of those who see it."""

    name: str
    lift: float


WORLDS = (World("effect", 0.3), World("no_effect", 0.0))


@dataclass(frozen=True)
class Drawn:
    """One experiment as a shop's log has it, and the true values."""

    exposures: pa.Table
    clicks: pa.Table
    purchases: pa.Table
    truth: dict[str, float]


def drawn(world: World, n: int, seed: int, experiment: int) -> Drawn:
    """Draw the visitors whom a campaign reaches in one experiment."""
    rng = np.random.default_rng([seed, experiment])
    # A log-normal rate, drawn in proportion to itself, is log-normal with a higher mean.
    rate = RATE * np.exp(SPREAD**2 / 2 + SPREAD * rng.normal(size=n))
    visitors = np.array([f"v{i}" for i in range(n)])
    salt = f"{seed}/{experiment}"
    is_ghost = np.array([is_held_out(v, "c", share=SHARE, salt=salt) for v in visitors])
    met_us = rng.integers(30 * DAY_US, 40 * DAY_US, n)
    clicked = ~is_ghost & (rng.random(n) < clicks_at(rate))
    exposures = pa.table(
        {
            "visitor_id": visitors,
            "at_us": met_us,
            "is_ghost": is_ghost,
            "spend_minor": clicked * CLICK_MINOR,
        }
    )
    clicks = pa.table(
        {
            "visitor_id": visitors[clicked],
            "campaign_id": ["c"] * int(clicked.sum()),
            "product_id": ["p"] * int(clicked.sum()),
            "at_us": met_us[clicked] + 1,
        }
    )
    after = rng.poisson(rate * np.where(is_ghost, 1.0, 1.0 + world.lift))
    who = np.concatenate([np.repeat(np.arange(n), m) for m in (rng.poisson(rate), after)])
    is_after = np.arange(len(who)) >= len(who) - after.sum()
    age_us = rng.integers(2, 30 * DAY_US, len(who))
    value = VALUE_MINOR * np.exp(VALUE_SPREAD * rng.normal(size=len(who)))
    purchases = pa.table(
        {
            "purchase_id": [f"o{i}" for i in range(len(who))],
            "visitor_id": visitors[who],
            "product_id": ["p"] * len(who),
            "at_us": met_us[who] + np.where(is_after, age_us, -age_us),
            "value_minor": value.astype(np.int64),
        }
    )
    return Drawn(exposures, clicks, purchases, truth(world))


def clicks_at(rate: np.ndarray) -> np.ndarray:
    """P(click on the ad | purchases in 30 days)."""
    return np.minimum(0.02 + rate, 0.6)


def truth(world: World) -> dict[str, float]:
    """The true effect on a visitor, and the true return, by integration over 200,000 quantiles."""
    from scipy.special import ndtri

    rate = RATE * np.exp(SPREAD**2 / 2 + SPREAD * ndtri((np.arange(200_000) + 0.5) / 200_000))
    purchases = world.lift * RATE * float(np.exp(SPREAD**2))
    sales = purchases * (VALUE_MINOR * float(np.exp(VALUE_SPREAD**2 / 2)) - 0.5)
    spend = CLICK_MINOR * float(clicks_at(rate).mean())
    return {"purchases": purchases, "sales_minor": sales, "return": sales / spend}


def intervals(found: Incrementality) -> dict[str, Interval]:
    """The three estimates by name."""
    return {
        "purchases": found.purchases.per_visitor,
        "sales_minor": found.sales_minor.per_visitor,
        "return": found.incremental_return,
    }


def experiments(world: World, n: int, seed: int, n_experiments: int) -> Iterator[dict[str, object]]:
    """One line for each outcome and estimator."""
    rows: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    last_click = []
    of = truth(world)
    for experiment in range(n_experiments):
        log = drawn(world, n, seed, experiment)
        reached = reached_visitors(log.exposures, log.purchases)
        for estimator in ("plain", "adjusted"):
            found = incrementality(reached, share=SHARE, is_adjusted=estimator == "adjusted")
            for outcome, i in intervals(found).items():
                rows[outcome, estimator].append((i.mid, i.low, i.high))
        [credit] = attribute(
            log.clicks, log.purchases, models=[Model.LAST_CLICK], windows_days=[30]
        )
        last_click.append(credit.sales_minor / found.spend_minor)
    for (outcome, estimator), values in rows.items():
        mid, low, high = np.array(values).T
        yield {
            "world": world.name,
            "outcome": outcome,
            "estimator": estimator,
            "experiments": n_experiments,
            "coverage": float(((low <= of[outcome]) & (of[outcome] <= high)).mean()),
            "truth": of[outcome],
            "mean": float(mid.mean()),
            "half_width": float(np.median(high - low) / 2),
            "found": float((low > 0).mean()),
            **({"last_click": float(np.mean(last_click))} if outcome == "return" else {}),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--visitors", type=int, default=8000, help="whom the campaign reaches")
    arguments = parser.parse_args()
    with Clock() as clock:
        for world in WORLDS:
            for line in experiments(
                world, arguments.visitors, arguments.seed, arguments.experiments
            ):
                emit(**line)
    emit(seed=arguments.seed, cpu_s=clock.cpu_s)


if __name__ == "__main__":
    main()
