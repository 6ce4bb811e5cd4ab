"""The best order that knows only what was observed: what a page can reach, where the truth's own order reads minds.

For each visitor the posterior over the simulator's own people: drawn from its prior (:class:`Shoppers`) and weighted by the
likelihood of all that the visitor was seen to do (:mod:`baihuo.simulate.observed`). The likelihood of two hundred places leaves
hardly any of the drawn people, so it is raised step by step from 0 to 1: at each step people are drawn anew by their weights, and
moved by Metropolis steps that leave the posterior as it is (Del Moral et al. 2006, Sequential Monte Carlo samplers). What a product
is liked for beyond taste is not known either: its posterior is of the clicks, dwell times, carts and reviews of all visitors.
The posterior mean of P(click) orders a page with the highest expected gain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, ndtr, ndtri
from scipy.stats import rankdata

from baihuo.core import BadInput
from baihuo.simulate.basics import (
    N_NEUTRAL,
    P_ANY,
    P_NOT_MEANT,
    REFERRERS,
    REGIONS,
    value_logits,
)
from baihuo.simulate.clicks import GOES_ON_AFTER_CLICK, GOES_ON_AFTER_SKIP
from baihuo.simulate.listings import DAY_US, listings
from baihuo.simulate.observed import History, Meanings, Row, brand_of, histories
from baihuo.simulate.searches import N_ANY, N_LOOKED_AT, P_DUE, P_FAVOURITE, P_GIFT
from baihuo.simulate.shelf import COUNTED_RIGHT, GENDERS, Shelf
from baihuo.simulate.shop import SPAN_DAYS
from baihuo.simulate.shoppers import (
    APPEAL,
    BRAND,
    COLOUR,
    DEPARTMENT_PULL,
    ELSEWHERE,
    FAVOURITE,
    LEVEL,
    LEVEL_DEVIATION,
    LEVEL_MEAN,
    N_TYPES,
    NOT_FAVOURITE,
    NOT_FOR_THEM,
    OWNED,
    P_CASCADE,
    P_COLOUR,
    USED_UP,
    Shoppers,
    type_weights,
)
from baihuo.simulate.visits import (
    DWELL,
    DWELL_DEVIATION,
    DWELL_SLOPE,
    MOST_DWELL_S,
    P_CART,
    P_CART_SLOPE,
    STARS,
    STARS_DEVIATION,
    STARS_SLOPE,
)
from baihuo.simulate.vocabulary import vocabulary

N_DRAWN = 20_000  # people of the prior
N_SEARCHES = 200_000  # drawn for what texts mean
N_PEOPLE, N_PEOPLE_OF_APPEAL = 400, 64  # people a visitor; while products' appeal is learned
_LEAST_EFFECTIVE = 0.5  # of the people, at each step of the likelihood
_N_ROUNDS, _N_LAST_ROUNDS = 2, 6  # of moves at a step, and after the last
_OTHER_PEOPLE = 2_000_003  # added to the seed: none of the people of the prior was ever in the shop
_APPEALS = np.linspace(-3.2, 3.2, 33)  # a standard normal

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Some people, a row each; see :class:`Shoppers`."""

    departments: NDArray[np.int64]
    types: NDArray[np.int64]
    makers: NDArray[np.int64]
    likes_colour: NDArray[np.bool_]
    level: Floats
    is_woman: NDArray[np.bool_]

    @classmethod
    def of(cls, shoppers: Shoppers) -> People:
        return cls(
            shoppers.departments,
            shoppers.types.astype(np.int64),
            shoppers.makers.astype(np.int64),
            shoppers.likes_colour,
            shoppers.level.astype(np.float64),
            shoppers.is_woman,
        )

    def __len__(self) -> int:
        return len(self.level)

    def take(self, rows: Rows) -> People:
        return People(*(getattr(self, name)[rows] for name in self.__slots__))

    def where(self, is_theirs: NDArray[np.bool_], other: People) -> People:
        """``other`` where ``is_theirs``."""
        columns = []
        for name in self.__slots__:
            mine = getattr(self, name)
            mask = is_theirs.reshape(-1, *[1] * (mine.ndim - 1))
            columns.append(np.where(mask, getattr(other, name), mine))
        return People(*columns)


@dataclass(frozen=True, slots=True, eq=False)
class Appeal:
    """What is known of products' appeal: mean and standard deviation, ``[products]``."""

    mean: Floats
    deviation: Floats

    @property
    def shrink(self) -> Floats:
        """What a logit is multiplied by for P(click) to be its mean over the appeal (MacKay 1992)."""
        return np.asarray(1 / np.sqrt(1 + np.pi / 8 * (APPEAL * self.deviation) ** 2))


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """People who may be one visitor, equally likely each."""

    people: People
    n_effective: float  # of the people, at the worst step, before they were drawn anew
    n_steps: int  # in which the likelihood came in
    n_drawn: int  # how many people of the prior they descend from


@dataclass(eq=False)
class World:
    """The simulator's prior over people and products, and the likelihood of what they are seen to do."""

    shelf: Shelf
    prior: People
    seed: int
    counted_us: int  # when the shop counted its sales

    @cached_property
    def unknown_appeal(self) -> Appeal:
        return Appeal(np.zeros(len(self.shelf)), np.ones(len(self.shelf)))

    @cached_property
    def _weights(self) -> tuple[Floats, Rows, NDArray[np.bool_]]:
        return type_weights(self.shelf)

    @cached_property
    def _makers_of_type(self) -> Floats:
        """``[types, brands]``: the share of each maker in a type."""
        shares = np.zeros((len(self.shelf.rows_of_type), len(self.shelf.vocabulary.brands)))
        np.add.at(shares, (self.shelf.type_index, self.shelf.brand_index), 1.0)
        return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1)

    @cached_property
    def _any_type(self) -> Floats:
        some = self.shelf.type_index[: min(N_ANY, len(self.shelf))]
        return np.bincount(some, minlength=len(self.shelf.rows_of_type)) / len(some)

    @cached_property
    def _usual_type(self) -> Floats:
        """``[types]``: P(somebody comes for it)."""
        n = np.bincount(self.prior.types.ravel(), minlength=len(self._any_type))
        return P_FAVOURITE * n / n.sum() + (1 - P_FAVOURITE) * self._any_type

    def taste(self, people: People, rows: Rows) -> Floats:
        """``[rows, people]``: the logit of a click without appeal, page and possessions."""
        shelf, each = self.shelf, np.arange(len(people))
        brands = np.zeros((self._makers_of_type.shape[1], len(people)), np.float32)
        brands[people.makers.T, each] = BRAND
        colours = np.float32(COLOUR) * people.likes_colour.T
        level = shelf.level[rows, None].astype(np.float32)
        far = np.abs(level - people.level.astype(np.float32))
        logit = brands[shelf.brand_index[rows]] + colours[shelf.colour_index[rows]]
        return np.asarray(logit + np.float32(LEVEL) * far)

    def elsewhere(self, people: People, rows: Rows) -> Floats:
        """What pages that were not searched for add to it, in addition to their constant."""
        shelf, each = self.shelf, np.arange(len(people))
        types = np.full((len(self._any_type), len(people)), NOT_FAVOURITE, np.float32)
        types[people.types.T, each] = FAVOURITE
        genders = np.zeros((len(GENDERS), len(people)), np.float32)
        other = np.where(people.is_woman, GENDERS.index("men"), GENDERS.index("women"))
        genders[other, each] = NOT_FOR_THEM
        return np.asarray(types[shelf.type_index[rows]] + genders[shelf.gender[rows]])

    def expected_clicks(self, people: People, history: History | None, appeal: Appeal) -> Floats:
        """``[products, people]``: P(click, once looked at) of each product at the end, on a page that was not searched for."""
        every, shrink = np.arange(len(self.shelf)), appeal.shrink
        logit = self.taste(people, every) + self.elsewhere(people, every)
        logit = (logit + (ELSEWHERE + APPEAL * appeal.mean)[:, None]) * shrink[:, None]
        p = expit(logit)
        for row, p_due in () if history is None else history.p_due.items():
            kept, used_up = (expit(logit[row] + k * shrink[row]) for k in (OWNED, USED_UP))
            p[row] = p_due * used_up + (1 - p_due) * kept
        for row in () if history is None else history.owned:
            p[row] = expit(logit[row] + OWNED * shrink[row])
        return np.asarray(p, np.float64)

    def likelihood(self, history: History, appeal: Appeal) -> Callable[[People], Floats]:
        """The log-likelihood of a history for each of some people: ``[people]``."""
        seen = _Seen.of(self, history, appeal)
        return lambda people: seen.log_likelihood(people) + self._of_basics(people, history)

    def _of_basics(self, people: People, history: History) -> Floats:
        """Log-likelihood of region, referrer and declared interests."""
        total, known = np.zeros(len(people)), history.basics
        department = self._weights[1][people.types]
        for name, values, n_neutral in (
            ("region", REGIONS, 0),
            ("referrer", REFERRERS, N_NEUTRAL),
        ):
            if known.get(name) in values and known.get(name):
                logits = value_logits(
                    department[:, 0],
                    people.level.astype(np.float64),
                    n_values=len(values),
                    n_neutral=n_neutral,
                )
                chance = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
                at = values.index(known[name])
                total += np.log(P_ANY / len(values) + (1 - P_ANY) * chance[:, at])
        if known.get("interests"):
            total += np.log(self._p_declared(department, known["interests"].split(" | ")))
        return total

    def _p_declared(self, department: Rows, declared: list[str]) -> Floats:
        """P(these interests and no others, in one to three draws), by inclusion and exclusion."""
        vocabulary = self.shelf.vocabulary
        codes = sorted(vocabulary.departments)  # as type_weights numbers them
        names = [vocabulary.departments[code].name.en for code in codes]
        each = np.zeros((len(department), len(names)))
        for k in range(N_TYPES):
            each[np.arange(len(department)), department[:, k]] += (1 - P_NOT_MEANT) / N_TYPES
        each += P_NOT_MEANT / len(names)
        at = [names.index(name) for name in declared if name in names]
        total = np.zeros(len(department))
        for chosen in range(1, 2 ** len(at)):
            some = [a for i, a in enumerate(at) if chosen >> i & 1]
            q = each[:, some].sum(axis=1)
            total += (-1) ** (len(at) - len(some)) * (q + q**2 + q**3) / 3
        return np.maximum(total, 1e-9)

    def p_types(self, people: People, versions: History) -> Floats:
        """``[versions, people]``: log P(they come for that type, and type that maker and gender) over that of anybody."""
        total = np.zeros((len(versions.meant), len(people)))
        for v, (intent, due) in enumerate(zip(versions.meant, versions.due, strict=True)):
            if intent is None or intent.type_index < 0:
                continue
            kind = intent.type_index
            n = (people.types == kind).sum(axis=1)
            p = P_FAVOURITE * n / N_TYPES + (1 - P_FAVOURITE) * self._any_type[kind]
            if due:
                p = (1 - P_DUE) * p + P_DUE * (kind in due) / len(due)
            total[v] = np.log(np.maximum(p, 1e-9)) - np.log(max(self._usual_type[kind], 1e-9))
            if (brand := brand_of(intent)) >= 0:
                total[v] += np.log(self._p_maker(people, kind, brand))
            if intent.typed.gender:
                is_own = people.is_woman == (intent.typed.gender == "women")
                total[v] += np.log(np.where(is_own, 1 - P_GIFT / 2, P_GIFT / 2))
        return total

    def _p_maker(self, people: People, kind: int, brand: int) -> Floats:
        """P(the listing that they have in mind is of this maker): of some listings one of a maker they like, or else any."""
        shares = self._makers_of_type[kind]
        likes = np.zeros((len(people), len(shares)))
        likes[np.arange(len(people))[:, None], people.makers] = 1
        liked = likes @ shares
        none = (1 - liked) ** N_LOOKED_AT
        is_liked = likes[:, brand] > 0
        of_liked = (1 - none) / np.maximum(liked, 1e-9)
        of_others = none / np.maximum(1 - liked, 1e-9)
        return np.maximum(shares[brand] * np.where(is_liked, of_liked, of_others), 1e-9)

    def _log_prior_of_types(self, people: People) -> Floats:
        """Of the favourite types and the two departments."""
        weight, department, used_up = self._weights
        pull = (department == people.departments[:, :1]) | (department == people.departments[:, 1:])
        w = weight * np.where(pull, DEPARTMENT_PULL, 1.0)
        theirs = np.take_along_axis(w, people.types, axis=1)
        first = theirs[:, :-1]
        left = w.sum(axis=1, keepdims=True) - np.cumsum(first, axis=1) + first
        left_used = (w * used_up).sum(axis=1)
        left_used -= (first * used_up[people.types[:, :-1]]).sum(axis=1)
        ordered = np.sort(people.types, axis=1)
        is_possible = (ordered[:, 1:] != ordered[:, :-1]).all(axis=1) & used_up[people.types[:, -1]]
        with np.errstate(divide="ignore", invalid="ignore"):
            total = np.log(first / left).sum(axis=1) + np.log(theirs[:, -1] / left_used)
        return np.where(is_possible, total, -np.inf)

    def posterior(
        self, history: History | None, appeal: Appeal, *, n: int, rng: np.random.Generator
    ) -> Posterior:
        """``n`` people who may be this visitor; None: nothing was seen, and all of the prior may be."""
        if history is None or (not len(history.version) and not history.basics):
            return Posterior(self.prior, float(len(self.prior)), 0, len(self.prior))
        likelihood = self.likelihood(history, appeal)
        drawn = rng.choice(len(self.prior), n, replace=False)
        people, origin = self.prior.take(drawn), np.arange(n)
        value, power, n_steps, effective = likelihood(people), 0.0, 0, float(n)
        seen = _Proposals.of(self, history)
        while power < 1:
            more = _next_power(value, 1 - power)
            power = 1.0 if power + more >= 1 - 1e-9 else power + more
            weights = np.exp(more * value - logsumexp(more * value))
            effective = min(effective, float(1 / (weights**2).sum()))
            kept = np.searchsorted(np.cumsum(weights), (np.arange(n) + rng.random()) / n)
            kept = np.minimum(kept, n - 1)
            people, value, origin = people.take(kept), value[kept], origin[kept]
            for _ in range(_N_ROUNDS if power < 1 else _N_LAST_ROUNDS):
                people, value = self._moved(people, value, likelihood, power, seen, rng)
            n_steps += 1
        return Posterior(people, effective, n_steps, len(np.unique(origin)))

    def _moved(
        self,
        people: People,
        value: Floats,
        likelihood: Callable[[People], Floats],
        power: float,
        seen: _Proposals,
        rng: np.random.Generator,
    ) -> tuple[People, Floats]:
        """One Metropolis step of each kind, for everybody at once."""
        for propose in (seen.types, seen.maker, seen.level, seen.colour, seen.types, seen.gender):
            other, log_ratio = propose(people, rng)
            gained = np.full(len(people), -np.inf)
            possible = np.flatnonzero(np.isfinite(log_ratio))
            found = value.copy()
            if len(possible):
                found[possible] = likelihood(other.take(possible))
                gained[possible] = power * (found - value)[possible] + log_ratio[possible]
            is_taken = np.log(rng.random(len(people))) < gained
            people, value = people.where(is_taken, other), np.where(is_taken, found, value)
        other = replace_departments(people, rng, self._weights[1])
        gained = self._log_prior_of_types(other) - self._log_prior_of_types(people)
        return people.where(np.log(rng.random(len(people))) < gained, other), value

    def appeal(
        self, all_histories: Iterable[History], reviews: Iterable[tuple[int, int]]
    ) -> Appeal:
        """What all visitors' clicks, dwell times and carts, and reviews (row, stars), say of each product's appeal."""
        rng, every = np.random.default_rng([self.seed, 5]), list(all_histories)
        mean, deviation = self._appeal_by_place(every)
        of_place = -(((_APPEALS - mean[:, None]) / deviation[:, None]) ** 2) / 2
        edges = np.array([-np.inf, 2, 3, 4, 5, np.inf])  # whole stars, from 1 to 5
        upto = ndtr((edges - (STARS + STARS_SLOPE * _APPEALS[:, None])) / STARS_DEVIATION)
        stars = np.log(np.maximum(np.diff(upto, axis=1), 1e-12))  # [appeals, stars]
        for row, given in reviews:
            of_place[row] += stars[:, given - 1]
        found = Appeal(mean, deviation)
        # Twice: who clicked is known better once what they clicked is
        for _ in range(2):
            log_p = of_place.copy()
            for history in every:
                if len(history.version):
                    of = self.posterior(history, found, n=N_PEOPLE_OF_APPEAL, rng=rng)
                    _Seen.of(self, history, found).add_appeal(of.people, log_p)
            p = np.exp(log_p - logsumexp(log_p, axis=1, keepdims=True))
            mean = p @ _APPEALS
            found = Appeal(mean, np.sqrt(np.maximum(p @ _APPEALS**2 - mean**2, 0)))
        return found

    def _appeal_by_place(self, all_histories: list[History]) -> tuple[Floats, Floats]:
        """Mean and deviation of appeal given how often a product was seen, among those of its type: the shop's beliefs of what
        sells are half right (:class:`Shelf`), of all that was sold when it counted."""
        shelf = self.shelf
        seen = sum(
            (np.bincount(h.rows, minlength=len(shelf)) for h in all_histories),
            start=np.zeros(len(shelf)),
        )
        mean, deviation = np.zeros(len(shelf)), np.ones(len(shelf))
        for rows in shelf.rows_of_type:
            rows = rows[shelf.released_at_us[rows] < self.counted_us]
            share = (rankdata(seen[rows]) - 0.5) / max(len(rows), 1)
            mean[rows] = COUNTED_RIGHT * ndtri(share)
            deviation[rows] = np.sqrt(1 - COUNTED_RIGHT**2)
        return mean, deviation


def replace_departments(people: People, rng: np.random.Generator, department: Rows) -> People:
    """Others in place of one of the two, drawn as the prior draws them."""
    other, which = people.departments.copy(), rng.integers(0, 2, len(people))
    other[np.arange(len(people)), which] = rng.integers(0, department.max() + 1, len(people))
    return replace(people, departments=other)


def _next_power(value: Floats, most: float) -> float:
    """How much more of the likelihood leaves enough effective people."""

    below = value - value.max()

    def effective(power: float) -> float:
        weights = np.exp(power * below)
        return float(weights.sum() ** 2 / (weights**2).sum())

    low, high = 0.0, most
    if effective(most) >= _LEAST_EFFECTIVE * len(value):
        return most
    for _ in range(20):
        middle = (low + high) / 2
        enough = effective(middle) >= _LEAST_EFFECTIVE * len(value)
        low, high = (middle, high) if enough else (low, middle)
    return max(low, 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class _Proposals:
    """Changes of people with the log of what a Metropolis step multiplies the likelihood ratio by."""

    world: World
    types_seen: Floats  # [types] P(proposed): half the prior's, half what the visitor was shown
    colours_seen: Rows

    @classmethod
    def of(cls, world: World, history: History) -> _Proposals:
        rows = history.rows
        usual = world._usual_type
        clicked = history.rows[history.is_clicked]
        at = world.shelf.type_index[np.r_[rows, np.repeat(clicked, 5)]]
        shown = np.bincount(at, minlength=len(usual)) + 1e-3
        for intent in history.meant:
            if intent is not None and intent.type_index >= 0:
                shown[intent.type_index] += 10
        shown_colours = np.unique(world.shelf.colour_index[rows]).astype(np.int64)
        every = np.arange(world.prior.likes_colour.shape[1])
        return cls(
            world,
            0.5 * usual / usual.sum() + 0.5 * shown / shown.sum(),
            shown_colours if len(rows) else every,
        )

    def types(self, people: People, rng: np.random.Generator) -> tuple[People, Floats]:
        """Another favourite type in one place, with makers as the prior draws them."""
        n, each = len(people), np.arange(len(people))
        k = rng.integers(0, N_TYPES, n)
        drawn = np.searchsorted(np.cumsum(self.types_seen), rng.random(n) * self.types_seen.sum())
        drawn = np.minimum(drawn, len(self.types_seen) - 1)
        types, makers = people.types.copy(), people.makers.copy()
        before = types[each, k]
        types[each, k] = drawn
        for place, is_there in ((k + 1, k >= 0), (np.zeros(n, np.int64), k == 0)):
            made = self._maker(drawn, rng)
            makers[each, place] = np.where(is_there, made, makers[each, place])
        other = replace(people, types=types, makers=makers)
        world = self.world
        ratio = world._log_prior_of_types(other) - world._log_prior_of_types(people)
        return other, ratio + np.log(self.types_seen[before]) - np.log(self.types_seen[drawn])

    def _maker(self, types: Rows, rng: np.random.Generator) -> Rows:
        upto = np.cumsum(self.world._makers_of_type[types], axis=1)
        return np.asarray((rng.random(len(types))[:, None] * upto[:, -1:] > upto).sum(axis=1))

    def maker(self, people: People, rng: np.random.Generator) -> tuple[People, Floats]:
        """Another maker of one favourite type."""
        n, each = len(people), np.arange(len(people))
        place, makers = rng.integers(0, N_TYPES + 1, n), people.makers.copy()
        makers[each, place] = self._maker(people.types[each, np.maximum(place - 1, 0)], rng)
        return replace(people, makers=makers), np.zeros(n)

    def level(self, people: People, rng: np.random.Generator) -> tuple[People, Floats]:
        """A little more or less, of several sizes."""
        step = rng.normal(0, 1, len(people)) * rng.choice([0.03, 0.1, 0.3], len(people))
        level = people.level + step
        at, before = ((x - LEVEL_MEAN) / LEVEL_DEVIATION for x in (level, people.level))
        ratio = np.where((level > 0.02) & (level < 0.98), (before**2 - at**2) / 2, -np.inf)
        return replace(people, level=level), ratio

    def colour(self, people: People, rng: np.random.Generator) -> tuple[People, Floats]:
        """One colour of what was shown is liked that was not, or the other way."""
        n, each = len(people), np.arange(len(people))
        which, colours = rng.choice(self.colours_seen, n), people.likes_colour.copy()
        liked = colours[each, which]
        colours[each, which] = ~liked
        odds = np.log(P_COLOUR / (1 - P_COLOUR))
        return replace(people, likes_colour=colours), np.where(liked, -odds, odds)

    def gender(self, people: People, rng: np.random.Generator) -> tuple[People, Floats]:
        return replace(people, is_woman=~people.is_woman), np.zeros(len(people))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A history as the likelihood reads it. Arrays have people last."""

    world: World
    history: History
    rows: Rows  # [some] each row once
    at: Rows  # [looks] into rows, those of searches behind all others
    fixed: Floats  # [looks, 1] with the mean appeal
    shrink: Floats  # [looks, 1]
    by_place: tuple[Rows, ...]  # looks at each place, from the top

    @classmethod
    def of(cls, world: World, history: History, appeal: Appeal) -> _Seen:
        h = history
        rows, at = np.unique(h.rows, return_inverse=True)
        fixed = (h.fixed + APPEAL * appeal.mean[h.rows]).astype(np.float32)
        shrink = appeal.shrink[h.rows].astype(np.float32)
        places = range(int(h.place.max()) + 1 if len(h.place) else 0)
        by_place = tuple(np.flatnonzero(h.place == k) for k in places)
        at = at.reshape(-1) + len(rows) * h.is_search
        return cls(world, h, rows, at, fixed[:, None], shrink[:, None], by_place)

    def logits(self, people: People) -> Floats:
        """``[looks, people]``, of a click once looked at."""
        taste = self.world.taste(people, self.rows)
        both = np.concatenate([taste + self.world.elsewhere(people, self.rows), taste])
        return np.asarray((both[self.at] + self.fixed) * self.shrink)

    def log_likelihood(self, people: People) -> Floats:
        """``[people]``; how they look at pages is summed over, and so is what they meant."""
        h = self.history
        if not len(h.version):
            return np.zeros(len(people))
        score = self._by_model(expit(self.logits(people)))
        score += self.world.p_types(people, h) + np.log(h.share)[:, None]
        starts = np.flatnonzero(np.diff(h.search, prepend=-1))
        most = np.maximum.reduceat(score, starts, axis=1)
        spread = np.add.reduceat(np.exp(score - most[:, h.search]), starts, axis=1)
        total = (most + np.log(spread)).sum(axis=1)
        alone, in_turn = total + np.log([[1 - P_CASCADE], [P_CASCADE]])
        return np.asarray(np.logaddexp(alone, in_turn))

    def _by_model(self, p: Floats) -> Floats:
        """``[models, versions, people]``: of the pages of each, for people who look at each place alone or in turn."""
        h = self.history
        is_clicked = h.is_clicked[:, None]
        total = np.zeros((2, len(h.share), p.shape[1]))
        of_clicks = self._of_clicks(p[h.is_clicked])
        starts = np.flatnonzero(np.diff(h.version, prepend=-1))
        looks = np.searchsorted(h.version[h.page], h.version[starts])
        for n, examination in enumerate((h.examination[:, None], self._reading(p))):
            click = examination * p
            each = np.log(np.where(is_clicked, click, 1 - click))
            each[h.is_clicked] += of_clicks
            total[n, h.version[starts]] = np.add.reduceat(each, looks, axis=0)
        return total

    def _of_clicks(self, p: Floats) -> Floats:
        """``[clicks, people]``: log-likelihood of dwell times and carts of what was clicked."""
        h = self.history
        dwell, put = h.dwell[h.is_clicked, None], h.put[h.is_clicked, None]
        off = (dwell - DWELL - DWELL_SLOPE * p) / DWELL_DEVIATION
        is_timed = dwell < np.log(MOST_DWELL_S) - 1e-3
        chance = P_CART + P_CART_SLOPE * p
        of_cart = np.where(put == 1, np.log(chance), np.where(put == 0, np.log1p(-chance), 0))
        return np.asarray(np.where(is_timed, -(off**2) / 2, 0) + of_cart)

    def _reading(self, p: Floats) -> Floats:
        """P(looked at | what was done above), of people who look from the top down."""
        h, found = self.history, np.empty_like(p)
        reads = np.ones((len(h.version), p.shape[1]), p.dtype)
        for looks in self.by_place:
            page = h.page[looks]
            before = reads[page]
            found[looks] = before
            click = before * p[looks]
            goes_on = np.float32(GOES_ON_AFTER_SKIP) * (before - click) / (1 - click)
            is_clicked = h.is_clicked[looks, None]
            reads[page] = np.where(is_clicked, np.float32(GOES_ON_AFTER_CLICK), goes_on)
        return found

    def add_appeal(self, people: People, log_p: Floats) -> None:
        """Add what this visitor says of the appeal of what they saw to ``[products, appeals]``, people being their posterior."""
        h = self.history
        logit = self.logits(people)
        p = expit(logit)
        by_model = self._by_model(p)
        worth = np.logaddexp(*by_model) + self.world.p_types(people, h) + np.log(h.share)[:, None]
        best: dict[int, tuple[float, int]] = {}  # of each search the version that explains most
        for v, found in enumerate(zip(worth.mean(axis=1).tolist(), h.search.tolist(), strict=True)):
            best[found[1]] = max(best.get(found[1], (-np.inf, 0)), (found[0], v))
        looks = np.isin(h.version[h.page], [v for _, v in best.values()])
        alone, turn = by_model.sum(axis=1) + np.log([[1 - P_CASCADE], [P_CASCADE]])
        in_turn = expit(turn - alone)
        examined = (1 - in_turn) * h.examination[:, None] + in_turn * self._reading(p)
        of_clicks = looks[h.is_clicked]
        # Without what is believed of the appeal so far
        logit = logit / self.shrink - self.fixed + h.fixed[:, None]
        examined, logit = examined[looks], logit[looks]
        is_clicked, rows = h.is_clicked[looks], h.rows[looks]
        for n, appeal in enumerate(_APPEALS):
            p = expit(logit + np.float32(APPEAL * appeal))
            each = np.where(is_clicked[:, None], examined * p, 1 - examined * p)
            followed = np.zeros((int(h.is_clicked.sum()), len(people)))
            followed[of_clicks] = p[is_clicked]
            each[is_clicked] *= np.exp(self._of_clicks(followed)[of_clicks])
            np.add.at(log_p[:, n], rows, np.log(each.mean(axis=1)))


@dataclass(frozen=True, slots=True, eq=False)
class Reachable:
    """Posterior means of P(click, once looked at), and what they rest on."""

    product_ids: tuple[str, ...]
    by_visitor: Mapping[str, Floats]  # of visitors with a history: [products]
    anybody: Floats  # [products]: nothing was seen
    n_effective: Mapping[str, float]
    n_drawn: Mapping[str, int]
    beside: Callable[[str | None, int], Floats]
    """(visitor, or None for somebody new; row of a product they would click) → the same, given that they would."""

    def quality(self) -> dict[str, float]:
        """How far the samples are to be trusted: effective people at the worst step, and how many people of the prior they descend from."""
        effective, drawn = list(self.n_effective.values()), list(self.n_drawn.values())
        return {
            "n_people": N_PEOPLE,
            "least_effective": float(min(effective, default=np.nan)),
            "median_drawn": float(np.median(drawn)) if drawn else float("nan"),
        }


def reachable(folder: Path, events: Iterable[Row], visitor_ids: Iterable[str]) -> Reachable:
    """What can be known of visitors of a sample shop.

    Args:
        folder: The sample shop, for its catalogue. Its truth is not read.
        events: Of the shop, clean, with the fields of :class:`baihuo.core.Event`.
        visitor_ids: Whose pages are asked for.

    Raises:
        BadInput: another version made the shop.
    """
    note = json.loads((folder / "simulation.json").read_bytes())
    if "until_us" not in note:
        raise BadInput(
            "simulation.json does not say when the history ends", fix="make the shop again"
        )
    seed, until_us = note["seed"], note["until_us"]
    words = vocabulary()
    made = list(listings(words, seed=seed, n_products=note["n_products"], until_us=until_us))
    shelf = Shelf.of(words, made, seed=seed, counted_us=until_us - SPAN_DAYS * DAY_US)
    of_prior = Shoppers.of(shelf, seed=seed + _OTHER_PEOPLE, n_people=N_DRAWN)
    world = World(shelf, People.of(of_prior), seed, until_us - SPAN_DAYS * DAY_US)
    meanings = Meanings.drawn(shelf, of_prior, seed=seed, n=N_SEARCHES)
    rows = list(events)
    seen = histories(shelf, rows, meanings, until_us=until_us)
    row_of = {m.product.product_id: i for i, m in enumerate(made)}
    reviews = [
        (row_of[e["product_id"]], int(e["rating"]))
        for e in rows
        if e["event_type"] == "review" and e.get("rating") and e["product_id"] in row_of
    ]
    appeal = world.appeal(seen.values(), reviews)
    rng, found = np.random.default_rng([seed, 6]), dict[str, Posterior]()
    some = world.prior.take(np.arange(5 * N_PEOPLE))
    p_of: dict[str | None, Floats] = {None: world.expected_clicks(some, None, appeal)}
    for visitor_id in visitor_ids:
        history = seen.get(visitor_id)
        of = world.posterior(history, appeal, n=N_PEOPLE, rng=rng)
        found[visitor_id] = of
        people = of.people.take(np.arange(min(len(of.people), 5 * N_PEOPLE)))
        p_of[visitor_id] = world.expected_clicks(people, history, appeal).astype(np.float32)

    def beside(visitor_id: str | None, anchor: int) -> Floats:
        p = p_of[visitor_id]
        weights = p[anchor] / p.sum(axis=0)
        return np.asarray(p @ weights / weights.sum())

    return Reachable(
        product_ids=tuple(m.product.product_id for m in made),
        by_visitor={v: p_of[v].mean(axis=1) for v in found},
        anybody=p_of[None].mean(axis=1),
        n_effective={v: one.n_effective for v, one in found.items()},
        n_drawn={v: one.n_drawn for v, one in found.items()},
        beside=beside,
    )
