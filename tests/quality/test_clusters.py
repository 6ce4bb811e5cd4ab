"""Pairs become stars around the listing that stays; likeness is never handed on."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from baihuo.quality.checks.near_duplicates.clusters import Pair, clusters

PLACE = {n: n for n in range(12)}


def into(
    certain: set[Pair], also: frozenset[Pair] = frozenset(), apart: frozenset[Pair] = frozenset()
) -> dict[int, int]:
    """``also``: what is certain once somebody asks."""
    return clusters(certain, place=PLACE, judge=lambda asked: set(asked) & also, apart=apart)


def test_likeness_is_not_handed_on_from_neighbour_to_neighbour() -> None:
    assert into({(0, 1), (1, 2)}) == {}  # 1 is like both: which of them it is cannot be told
    assert into({(0, 1), (1, 2)}, also=frozenset({(0, 2)})) == {1: 0, 2: 0}


def test_two_told_apart_do_not_meet_in_a_cluster_of_a_third() -> None:
    assert into({(0, 1), (0, 2)}, apart=frozenset({(1, 2)})) == {1: 0}


pairs = st.sets(st.sampled_from(list(combinations(range(12), 2))), max_size=30)


@given(pairs, pairs, pairs)
def test_every_merge_is_itself_certain_and_into_one_that_stays(
    certain: Any, also: Any, apart: Any
) -> None:
    certain -= apart
    found = into(certain, frozenset(also - apart), frozenset(apart))
    for member, stays in found.items():
        assert (min(member, stays), max(member, stays)) in certain | also
        assert stays not in found
        assert stays < member
    members = [
        {stays} | {m for m, of in found.items() if of == stays} for stays in set(found.values())
    ]
    assert not any(pair in apart for its in members for pair in combinations(sorted(its), 2))
