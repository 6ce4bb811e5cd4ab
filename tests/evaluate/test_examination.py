"""Examination found from random positions, beside what the simulator's shoppers really looked at."""

from __future__ import annotations

import random

import numpy as np
import pytest

from baihuo.core import Unsupported
from baihuo.evaluate import DrawnImpressions, Examination, examination_by_surface
from baihuo.simulate.clicks import DECAY, look

DEPTH = 12
DEVICES = tuple(DECAY)


def pages(
    model: str, n: int, seed: int, *, surface: str = "home"
) -> tuple[DrawnImpressions, list[float]]:
    """Pages of products in random order, and how likely each position was looked at."""
    rng, dice = np.random.default_rng(seed), random.Random(seed)
    visitor = np.repeat(rng.integers(0, n // 4, n), DEPTH)
    clicks, looked = [], []
    for _ in range(n):
        seen = look(model, dice.choice(DEVICES), rng.beta(1, 6, DEPTH).tolist(), dice)
        clicks.append(seen.is_clicked)
        looked.append(seen.examination)
    rows = DrawnImpressions(
        position=np.tile(np.arange(1, DEPTH + 1), n),
        clicks=np.array(clicks, float).ravel(),
        weight=np.ones(n * DEPTH),
        stratum=np.full(n * DEPTH, surface),
        surface=np.full(n * DEPTH, surface),
        visitor=visitor,
    )
    return rows, np.mean(looked, axis=0).tolist()


def fitted(model: str, n: int, seed: int) -> tuple[Examination, list[float]]:
    rows, truth = pages(model, n, seed)
    return examination_by_surface(rows, seed=seed)["home"], truth


@pytest.mark.parametrize("model", ["position", "cascade"])
def test_examination_is_found_under_both_click_models(model: str) -> None:
    curve, truth = fitted(model, 6_000, 918_273)
    for k in range(1, DEPTH + 1):
        found = curve.interval(k)
        assert found.mid == pytest.approx(truth[k - 1], rel=0.12), f"position {k}"
        assert found.low - 0.02 <= truth[k - 1] <= found.high + 0.02, f"position {k}"
    assert curve.at(np.array([1]))[0] == 1.0


@pytest.mark.parametrize("model", ["position", "cascade"])
def test_its_intervals_hold_the_truth_about_as_often_as_they_say(model: str) -> None:
    held = []
    for seed in range(55_000, 55_014):
        curve, truth = fitted(model, 250, seed)
        held += [curve.interval(k).low <= truth[k - 1] <= curve.interval(k).high for k in (3, 9)]
    assert np.mean(held) >= 0.85


def test_better_products_at_the_top_are_not_mistaken_for_examination() -> None:
    """Two products of very different worth that mostly stand at positions 1 and 2, and are swapped now and then."""
    rng, n = np.random.default_rng(31_337), 40_000
    swapped = rng.random(n) < 0.05
    position = np.concatenate([1 + swapped, 2 - swapped])
    worth = np.repeat([0.4, 0.1], n)
    p_click = worth * np.where(position == 2, 0.6, 1.0)
    moved = np.tile(swapped, 2)
    rows = DrawnImpressions(
        position=position,
        clicks=(rng.random(2 * n) < p_click).astype(float),
        weight=np.where(moved, 1 / 0.05, 1 / 0.95),
        stratum=np.repeat(["first", "second"], n),
        surface=np.full(2 * n, "search"),
        visitor=np.tile(np.arange(n) % 4_000, 2),
    )
    found = examination_by_surface(rows, seed=1)["search"].interval(2)
    assert found.low <= 0.6 <= found.high
    assert found.high - found.low < 0.2
    naive = rows.clicks[position == 2].mean() / rows.clicks[position == 1].mean()
    assert naive < 0.3


def test_a_surface_with_few_clicks_stays_near_the_others() -> None:
    many, _ = pages("position", 2_000, 77_001)
    few, _ = pages("position", 12, 77_002, surface="similar")
    both = DrawnImpressions(
        **{
            name: np.concatenate([getattr(many, name), getattr(few, name)])
            for name in ("position", "clicks", "weight", "stratum", "surface", "visitor")
        }
    )
    curves = examination_by_surface(both, seed=3)
    home, similar = curves["home"].interval(6), curves["similar"].interval(6)
    assert similar.mid == pytest.approx(home.mid, rel=0.25)
    assert similar.high - similar.low > home.high - home.low


def test_too_few_clicks_are_refused_with_what_to_do() -> None:
    rows, _ = pages("position", 30, 4)
    with pytest.raises(Unsupported, match="360 impressions were placed by chance") as refused:
        examination_by_surface(rows, seed=1)
    assert "slot_probability" in refused.value.fix


def test_a_curve_is_the_same_after_it_was_stored() -> None:
    curve, _ = fitted("cascade", 500, 8)
    again = Examination.from_json(curve.to_json())
    np.testing.assert_array_equal(again.at(np.arange(1, 30)), curve.at(np.arange(1, 30)))
