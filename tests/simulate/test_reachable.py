"""The best order of what was observed, against truths that do not need it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.simulate import SPAN_DAYS, UNTIL_US
from baihuo.simulate.along import Along
from baihuo.simulate.basics import Basics
from baihuo.simulate.intents import Intent, Typed
from baihuo.simulate.listings import DAY_US
from baihuo.simulate.observed import History, Meanings, histories
from baihuo.simulate.policy import LoggingPolicy
from baihuo.simulate.reachable import Appeal, People, World
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers, attraction
from baihuo.simulate.visits import Visits

_NO_INTENT = Intent(Typed("en", "", ()), "", type_index=-1)
_COUNTED_US = UNTIL_US - SPAN_DAYS * DAY_US
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def prior(shelf: Shelf) -> Shoppers:
    return Shoppers.of(shelf, seed=1_004, n_people=4_000)


@pytest.fixture(scope="module")
def world(shelf: Shelf, prior: Shoppers) -> World:
    return World(shelf, People.of(prior), 4, _COUNTED_US)


@pytest.fixture(scope="module")
def meanings(shelf: Shelf, prior: Shoppers) -> Meanings:
    return Meanings.drawn(shelf, prior, seed=4, n=30_000)


@pytest.fixture(scope="module")
def known(shelf: Shelf) -> Appeal:
    """Appeal is told: what is left to find out is who somebody is."""
    return Appeal(shelf.appeal, np.zeros(len(shelf)))


def visited(
    shelf: Shelf, people: Shoppers, person: int, n_sessions: int
) -> tuple[list[dict[str, Any]], Floats]:
    """What one person did in so many visits, on one device, and what they would click afterwards."""
    only = replace(
        people,
        activity=np.cumsum(np.arange(len(people)) == person).astype(np.float64),
        devices=np.where(np.arange(3) > 0, 0, people.devices),
    )
    events: list[dict[str, Any]] = []
    policy, rng = LoggingPolicy(shelf, 4), random.Random(person)
    basics = Basics.of(shelf, only, seed=4)
    visits = Visits(
        shelf, only, basics, policy, rng, lambda e, _: events.append(e), Along(shelf, policy)
    )
    for n in range(n_sessions):
        visits.session(_COUNTED_US + int(n * SPAN_DAYS * DAY_US / n_sessions))
    due, owned = visits.possessions(person, UNTIL_US)
    every = np.arange(len(shelf))
    about = {"intent": _NO_INTENT, "is_search": False, "due": due, "owned": owned}
    return events, attraction(shelf, only, person, every, **about)  # type: ignore[arg-type]


def reached(order: Floats, worth: Floats) -> float:
    return float(worth[np.argsort(-order, kind="stable")[:10]].mean())


def seen(shelf: Shelf, events: list[dict[str, Any]], meanings: Meanings) -> History:
    [history] = histories(shelf, events, meanings, until_us=UNTIL_US).values()
    return history


def test_without_a_history_everybody_of_the_prior_is_possible(world: World, known: Appeal) -> None:
    posterior = world.posterior(None, known, n=100, rng=np.random.default_rng(0))
    assert posterior.people is world.prior


def test_the_likelihood_has_the_choice_model_of_the_simulator(
    shelf: Shelf, prior: Shoppers, world: World, known: Appeal
) -> None:
    """What ``expected_clicks`` gives one person is ``attraction``, which shares no line with it."""
    someone = world.prior.take(np.array([17]))
    ours = world.expected_clicks(someone, None, known)[:, 0]
    every = np.arange(len(shelf))
    theirs = attraction(
        shelf,
        prior,
        17,
        every,
        intent=_NO_INTENT,
        is_search=False,
        due=frozenset(),
        owned=frozenset(),
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_moves_leave_the_prior_as_it_is(world: World, known: Appeal) -> None:
    """Where nothing but a referrer that says nothing was seen, the posterior is the prior."""
    nothing = seen_nothing()
    found = world.posterior(nothing, known, n=2_000, rng=np.random.default_rng(1)).people
    for mine, theirs in (
        (found.level, world.prior.level),
        (found.likes_colour.mean(axis=1), world.prior.likes_colour.mean(axis=1)),
        (found.is_woman, world.prior.is_woman),
    ):
        assert mine.mean() == pytest.approx(theirs.mean(), abs=4 * theirs.std() / 2_000**0.5)
    n_types = len(world.shelf.rows_of_type)
    ours, usual = (
        np.bincount(x.types.ravel(), minlength=n_types) / len(x) for x in (found, world.prior)
    )
    assert np.abs(ours - usual).max() < 4 * (usual.max() / 2_000) ** 0.5


def seen_nothing() -> History:
    whole, real = np.zeros(0, np.int64), np.zeros(0)
    return History(
        rows=whole,
        page=whole,
        place=whole,
        is_clicked=whole > 0,
        examination=real.astype(np.float32),
        fixed=real.astype(np.float32),
        is_search=whole > 0,
        dwell=real,
        put=whole.astype(np.int8),
        version=whole,
        search=whole,
        share=real,
        meant=(),
        due=(),
        p_due={},
        owned=(),
        basics={"referrer": "unheard-of"},
    )


@pytest.fixture(scope="module")
def short_visits(
    shelf: Shelf, world: World, meanings: Meanings, known: Appeal
) -> list[tuple[Floats, Floats]]:
    """Of 40 people after four visits: the posterior's P(click), and the truth."""
    people, rng = Shoppers.of(shelf, seed=2_004, n_people=40), np.random.default_rng(2)
    found = []
    for person in range(40):
        events, truth = visited(shelf, people, person, 4)
        history = seen(shelf, events, meanings)
        posterior = world.posterior(history, known, n=150, rng=rng)
        found.append((world.expected_clicks(posterior.people, history, known).mean(axis=1), truth))
    return found


@pytest.mark.slow(reason="forty posteriors")
def test_what_is_expected_of_the_best_order_comes_true(
    short_visits: list[tuple[Floats, Floats]],
) -> None:
    off = np.array([reached(ours, truth) - reached(ours, ours) for ours, truth in short_visits])
    assert abs(off.mean()) < 3 * off.std() / len(off) ** 0.5
    means = np.array([truth.mean() - ours.mean() for ours, truth in short_visits])
    assert abs(means.mean()) < 3 * means.std() / len(means) ** 0.5


@pytest.mark.slow(reason="forty posteriors")
def test_no_order_without_the_posterior_reaches_more(
    shelf: Shelf, world: World, known: Appeal, short_visits: list[tuple[Floats, Floats]]
) -> None:
    everybody = world.expected_clicks(world.prior.take(np.arange(2_000)), None, known)
    prior_mean = everybody.mean(axis=1)
    ours = np.array([reached(p, truth) for p, truth in short_visits])
    for other in (prior_mean, shelf.appeal, shelf.policy_score):
        gained = ours - np.array([reached(other, truth) for _, truth in short_visits])
        assert gained.mean() > 2 * gained.std() / len(gained) ** 0.5
    ideal = np.array([reached(truth, truth) for _, truth in short_visits])
    assert ours.mean() < ideal.mean()


@pytest.mark.slow(reason="histories of a hundred and fifty visits")
def test_a_very_long_history_reads_a_mind(
    shelf: Shelf, world: World, meanings: Meanings, known: Appeal
) -> None:
    people, rng, found = Shoppers.of(shelf, seed=2_004, n_people=3), np.random.default_rng(3), []
    for person in range(3):
        events, truth = visited(shelf, people, person, 150)
        history = seen(shelf, events, meanings)
        posterior = world.posterior(history, known, n=150, rng=rng)
        ours = world.expected_clicks(posterior.people, history, known).mean(axis=1)
        found.append(reached(ours, truth) / reached(truth, truth))
    assert np.mean(found) > 0.9


def test_appeal_is_learned_of_clicks_and_stars(
    shelf: Shelf, prior: Shoppers, world: World, meanings: Meanings
) -> None:
    events = []
    for person in range(6):
        events += visited(shelf, prior, person, 6)[0]
    row = int(np.argmin(np.abs(shelf.appeal)))
    learned = world.appeal(histories(shelf, events, meanings, until_us=UNTIL_US).values(), [])
    praised = world.appeal([], [(row, 5)] * 3)
    blamed = world.appeal([], [(row, 2)] * 3)
    assert blamed.mean[row] < praised.mean[row]
    assert praised.deviation[row] < 1
    clicked = [e["product_id"] for e in events if e["event_type"] == "click"]
    row_of = {m.product.product_id: i for i, m in enumerate(shelf.listings)}
    rows = [row_of[c] for c in clicked]
    assert learned.mean[rows].mean() > learned.mean.mean()
    assert learned.deviation[rows].mean() < learned.deviation.mean()
