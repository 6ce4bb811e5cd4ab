"""Propensities and click probabilities against what really happens."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from baihuo.simulate.clicks import look
from baihuo.simulate.placing import place


@pytest.mark.parametrize(("n_candidates", "page_size"), [(9, 4), (5, 5), (7, 3), (2, 6)])
def test_a_product_is_placed_as_often_as_its_propensity_says(
    n_candidates: int, page_size: int
) -> None:
    rng, n_pages = random.Random(1), 60_000
    seen: Counter[tuple[int, int]] = Counter()
    said: dict[tuple[int, int], float] = {}
    for _ in range(n_pages):
        placed, propensities = place(n_candidates, page_size, rng)
        assert len(set(placed)) == len(placed) == min(page_size, n_candidates)
        for position, (candidate, p) in enumerate(zip(placed, propensities, strict=True)):
            seen[candidate, position] += 1
            assert said.setdefault((candidate, position), p) == p
    for key, p in said.items():
        error = (p * (1 - p) / n_pages) ** 0.5
        assert seen[key] / n_pages == pytest.approx(p, abs=5 * error + 1e-9)
    for position in range(min(page_size, n_candidates)):
        everything = sum(said.get((c, position), 0.0) for c in range(n_candidates))
        assert everything == pytest.approx(1.0)


@pytest.mark.parametrize("model", ["position", "cascade"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_clicks_happen_as_often_as_the_model_says(model: str, device: str) -> None:
    rng, n_pages = random.Random(2), 40_000
    attractions = [0.1, 0.6, 0.3, 0.02, 0.5, 0.3, 0.9, 0.2]
    counts = [0] * len(attractions)
    for _ in range(n_pages):
        seen = look(model, device, attractions, rng)
        counts = [c + k for c, k in zip(counts, seen.is_clicked, strict=True)]
    for position, (count, p) in enumerate(zip(counts, seen.p_click, strict=True)):
        error = (p * (1 - p) / n_pages) ** 0.5
        assert count / n_pages == pytest.approx(p, abs=4.5 * error), (model, position)


def test_in_a_cascade_something_attractive_above_hides_what_is_below() -> None:
    rng = random.Random(3)
    dull = look("cascade", "phone", [0.05, 0.3], rng).p_click[1]
    bright = look("cascade", "phone", [0.95, 0.3], rng).p_click[1]
    assert bright < 0.75 * dull
    fixed = [look("position", "phone", [a, 0.3], rng).p_click[1] for a in (0.05, 0.95)]
    assert fixed[0] == fixed[1]
