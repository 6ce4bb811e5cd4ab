"""Hostile texts of ``bench/abuse.py``, and how long its health is said to have waited."""

from __future__ import annotations

import pytest

from suites.abuse.server import percentile_of_moments
from suites.abuse.texts import filled, hostile_units


def test_units_are_drawn_by_the_seed_behind_the_known_ones() -> None:
    first, again, other = (hostile_units(60, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first[:3] == other[:3] == ["a-", "a.", "a@"]


@pytest.mark.parametrize("variant", [0, 1, 17])
def test_a_hostile_text_is_as_long_as_it_may_be(variant: int) -> None:
    texts = [filled(unit, 500, variant=variant) for unit in hostile_units(60, seed=3)]
    assert {len(text) for text in texts} == {500}
    assert all(unit in text for unit, text in zip(hostile_units(60, seed=3), texts, strict=True))


def test_one_long_block_counts_for_every_moment_of_it() -> None:
    assert percentile_of_moments([0.001] * 99) < 0.01
    assert percentile_of_moments([0.001] * 99 + [1.0]) > 0.9  # half of all moments were in it
