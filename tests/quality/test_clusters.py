"""Pairs become stars around the listing that stays; similarity is not transitive."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from baihuo.quality.checks.near_duplicates.clusters import Pair, clusters

PRIORITY = {n: n for n in range(12)}


def into(
    certain: set[Pair], also: frozenset[Pair] = frozenset(), apart: frozenset[Pair] = frozenset()
) -> dict[int, int]:
    """``also``: pairs that are certain once they are compared."""
    return clusters(
        certain,
        priority=PRIORITY,
        certain_among=lambda pairs: set(pairs) & also,
        not_the_same=apart,
    )


def test_similarity_is_not_transitive() -> None:
    assert into({(0, 1), (1, 2)}) == {}  # 1 is similar to both: it could be either
    assert into({(0, 1), (1, 2)}, also=frozenset({(0, 2)})) == {1: 0, 2: 0}


def test_two_that_are_not_the_same_do_not_meet_in_a_cluster_of_a_third() -> None:
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
    clusters_ = [
        {stays} | {m for m, kept in found.items() if kept == stays} for stays in set(found.values())
    ]
    assert not any(
        pair in apart for cluster in clusters_ for pair in combinations(sorted(cluster), 2)
    )
