"""The bands of the live bundle: what leaves them is found, and looking often finds nothing where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baihuo.monitor import Band, Watched, WatchedRows, watched
from baihuo.settings import MonitorSettings

_BAND = Band(
    **{
        name: value
        for name, value in MonitorSettings().model_dump().items()
        if name in Band.__dataclass_fields__
    }
)


def shown(
    rng: np.random.Generator,
    n_pages: int,
    *,
    n_visitors: int = 300,
    scale: float = 1.0,
    concentrated: float = 0.0,
) -> WatchedRows:
    """Pages of ten products whose P(click) is known; visitors click more or less than it, each in a way of their own.

    Args:
        scale: Real clicks for each that is predicted.
        concentrated: Share of placements that are of one category.
    """
    visitor = np.repeat(rng.integers(0, n_visitors, n_pages), 10)
    position = np.tile(np.arange(1, 11), n_pages)
    product = rng.integers(0, 400, len(visitor))
    product = np.where(rng.random(len(visitor)) < concentrated, product // 8 * 8, product)
    p = np.clip(rng.beta(2, 18, len(visitor)) * 2 / (1 + position / 5), 0, 1)
    habit = np.exp(rng.normal(0, 0.5, n_visitors) - 0.125)[visitor]
    clicks = (rng.random(len(visitor)) < np.clip(p * habit * scale, 0, 1)).astype(np.float64)
    return WatchedRows(
        visitor=visitor,
        surface=np.where(np.repeat(rng.random(n_pages) < 0.5, 10), "home", "search"),
        product=product,
        category=product % 8,
        position=position,
        clicks=clicks,
        p_click=p,
    )


def outside(found: list[Watched]) -> set[str]:
    return {one.name for one in found if one.is_outside}


def test_a_bundle_that_keeps_its_promises_is_inside() -> None:
    rng = np.random.default_rng(1)
    found = watched(shown(rng, 800), shown(rng, 800), _BAND)
    assert {one.name for one in found} == {
        "calibration",
        "ctr",
        "coverage of products",
        "coverage of categories",
    }
    assert not outside(found)
    assert all(one.low < 1.0 < one.high for one in found)


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({"scale": 0.25}, {"calibration", "ctr"}),
        ({"scale": 4.0}, {"calibration"}),  # more clicks than ever is nothing to go back for
        ({"concentrated": 1.0}, {"coverage of categories", "coverage of products"}),
    ],
)
def test_what_leaves_a_band_is_named_with_its_interval(
    changed: dict[str, Any], left: set[str]
) -> None:
    rng = np.random.default_rng(2)
    found = watched(shown(rng, 2_000, **changed), shown(rng, 1_500), _BAND)
    assert outside(found) == left
    for one in found:
        if one.is_outside:
            assert "the band is" in one.why
            assert one.low <= one.value <= one.high


def test_looking_again_and_again_raises_no_alarm() -> None:
    """Exactly at the edge of its band, where chance pulls hardest, on eleven looks at each of 20 logs."""
    at_the_edge = replace(_BAND, most_calibration_ratio=1.0001, false_alarms=0.05)
    n_alarms = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        before, live = shown(rng, 300), shown(rng, 1_500)
        sizes = range(1_000, 15_001, 1_400)
        looks = (watched(live.take(np.arange(len(live)) < n), before, at_the_edge) for n in sizes)
        n_alarms += any("calibration" in outside(found) for found in looks)
    assert n_alarms <= 1


def test_too_few_impressions_say_nothing() -> None:
    rng = np.random.default_rng(3)
    assert watched(shown(rng, 20, scale=0.0), shown(rng, 500), _BAND) == []
    one_visitor = shown(rng, 200, n_visitors=1, scale=0.0)
    assert not outside(watched(one_visitor, shown(rng, 500), _BAND))
