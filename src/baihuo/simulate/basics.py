"""What a shop can know of somebody before the first click: region, where they came from, declared interests.

It says something about taste, modestly, and of some people nothing at all (:data:`P_ANY`): a region where one
department is at home or dear things sell, a referrer that writes about a department, interests of which some are
declared and not meant. The language, the platform and the hour of a visit say nothing of taste in this simulation.

Drawn from a stream of its own, after all else that a person is, so that no other draw depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers

COUNTRIES = ("GB", "US", "SG", "DE")  # of people who do not type Chinese, in turn
REGIONS = ("CN-GD", "CN-SH", "CN-BJ", "CN-ZJ", "CN-SC", "CN-HB", "CN-SD", "CN-XJ")
REFERRERS = ("", "search", "social", "newsletter", "deals", "magazine", "forum", "video")
"""Where people came from. Empty: they typed the address."""
P_ANY = 0.25  # of people whose region (or referrer, drawn apart) has nothing to do with their taste
P_DECLARED = 0.35  # of people who declare interests
P_NOT_MEANT = 0.3  # of declared interests that are any department, not one of theirs
N_NEUTRAL = 3  # the first referrers write about everything
_AT_HOME = 2.0  # how much likelier a value is for people whose first department is at home there
_PULL = 1.2  # log-odds between neighbours of the cheapest and the dearest taste


@dataclass(frozen=True, slots=True, eq=False)
class Basics:
    """One row a person."""

    country: NDArray[np.str_]
    region: NDArray[np.str_]  # of China, or the country
    referrer: NDArray[np.str_]
    interests: list[tuple[str, ...]]  # departments as categories name them; empty: none declared

    @classmethod
    def of(cls, shelf: Shelf, shoppers: Shoppers, *, seed: int) -> Basics:
        rng = np.random.default_rng([seed, 4])
        vocabulary = shelf.vocabulary
        codes = list(vocabulary.departments)
        names = [vocabulary.departments[code].name.en for code in codes]
        department = np.array([codes.index(t.department) for t in vocabulary.types])
        theirs = department[shoppers.types]
        is_chinese = shoppers.is_chinese
        country = np.array(COUNTRIES)[np.arange(len(shoppers)) % len(COUNTRIES)]
        country = np.where(is_chinese, "CN", country)
        level = shoppers.level.astype(np.float64)
        at = _drawn(rng, theirs[:, 0], level, n_values=len(REGIONS), n_neutral=0)
        came = _drawn(rng, theirs[:, 0], level, n_values=len(REFERRERS), n_neutral=N_NEUTRAL)
        return cls(
            country=country,
            region=np.where(is_chinese, np.array(REGIONS)[at], country),
            referrer=np.array(REFERRERS)[came],
            interests=[_declared(rng, names, row) for row in theirs.tolist()],
        )

    def known(self, person: int) -> dict[str, Any]:
        """As fields of an event; what is not known is left out."""
        fields = {
            "region": str(self.region[person]),
            "referrer": str(self.referrer[person]),
            "interests": " | ".join(self.interests[person]),
        }
        return {name: value for name, value in fields.items() if value}


def _drawn(
    rng: np.random.Generator,
    department: NDArray[np.int64],
    level: NDArray[np.float64],
    *,
    n_values: int,
    n_neutral: int,
) -> NDArray[np.int64]:
    """``[people]``: a value each, likelier where their department is at home and things are as dear as they like."""
    n = len(department)
    logit = value_logits(department, level, n_values=n_values, n_neutral=n_neutral)
    logit[rng.random(n) < P_ANY] = 0.0
    chance = np.exp(logit)
    upto = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
    return np.asarray((rng.random(n)[:, None] > upto).sum(axis=1), dtype=np.int64)


def value_logits(
    department: NDArray[np.int64], level: NDArray[np.float64], *, n_values: int, n_neutral: int
) -> NDArray[np.float64]:
    """``[people, values]``: how likely each value is for people whose value says something of them."""
    n, n_themed = len(department), n_values - n_neutral
    tilt = np.zeros(n_values)
    # Of the world, not of a seed: people of two shops, or of before and after, mean the same by a value.
    tilt[n_neutral:] = 2 * (np.arange(n_themed) * 0.618 % 1) - 1
    logit = _PULL * tilt * (level[:, None] - 0.45) / 0.2
    home = n_neutral + department % n_themed
    logit[np.arange(n), home] += np.log(_AT_HOME)
    return logit


def _declared(
    rng: np.random.Generator, names: list[str], departments: list[int]
) -> tuple[str, ...]:
    """One to three interests, of those who declare any."""
    if rng.random() >= P_DECLARED:
        return ()
    declared: dict[str, None] = {}
    for _ in range(int(rng.integers(1, 4))):
        is_meant = rng.random() >= P_NOT_MEANT
        which = departments[int(rng.integers(len(departments)))]
        declared.setdefault(names[which if is_meant else int(rng.integers(len(names)))])
    return tuple(declared)
