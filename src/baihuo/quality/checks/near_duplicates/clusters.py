"""Pairs of listings become clusters, each around one listing that stays.

Plain union-find would chain: a is similar to b, b to c, and a tin of paint ends up with a brush. Here
a listing joins a cluster only if it is certain to be the same product as the one that stays, and one that
is linked to two clusters joins neither: it could be either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

Pair = tuple[int, int]
_ROUNDS = 8


def clusters(
    certain: Iterable[Pair],
    *,
    priority: Mapping[int, int],
    certain_among: Callable[[list[Pair]], set[Pair]],
    not_the_same: frozenset[Pair] = frozenset(),
) -> dict[int, int]:
    """Which listing each merged one is merged into: member → the listing that stays.

    Args:
        certain: Pairs ``(a, b)``, ``a < b``, that are one product.
        priority: 0 for the listing that stays before any other, then 1, and so on: no ties.
        certain_among: Which of some pairs that were not compared yet are certain. Only called for
            pairs of a listing that stays and one that is linked to it through others.
        not_the_same: Pairs that never come into one cluster.
    """
    links: dict[int, set[int]] = defaultdict(set)
    for a, b in certain:
        links[a].add(b)
        links[b].add(a)
    known = {(a, b) for a in links for b in links[a] if a < b}
    rejected: set[Pair] = set()
    for _ in range(_ROUNDS):
        kept = _stars(links, priority, not_the_same)
        candidates = _not_compared(links, kept, priority, known, rejected)
        if not candidates:
            break
        certain = certain_among(sorted(candidates))
        rejected |= candidates - certain
        known |= certain
        for a, b in certain:
            links[a].add(b)
            links[b].add(a)
    kept = _stars(links, priority, not_the_same)
    return {
        n: head
        for n, head in kept.items()
        if n != head and all(kept[other] == head for other in links[n])
    }


def _stars(
    links: Mapping[int, set[int]], priority: Mapping[int, int], not_the_same: frozenset[Pair]
) -> dict[int, int]:
    """In the order of priority a free listing stays, and takes the free ones linked to it."""
    kept: dict[int, int] = {}
    for n in sorted(links, key=priority.__getitem__):
        if n in kept:
            continue
        kept[n] = n
        members = [n]
        free = [
            other for other in links[n] if other not in kept
        ]  # set difference with keys() would read all of them
        for other in sorted(free, key=priority.__getitem__):
            if not any(_pair(other, m) in not_the_same for m in members):
                kept[other] = n
                members.append(other)
    return kept


def _not_compared(
    links: Mapping[int, set[int]],
    kept: Mapping[int, int],
    priority: Mapping[int, int],
    known: set[Pair],
    rejected: set[Pair],
) -> set[Pair]:
    """Pairs of a listing that stays and one that only a member of its cluster is linked to."""
    candidates = set()
    for n, head in kept.items():
        if n == head:
            continue
        for other in links[n]:
            other_head = kept[other]
            if other_head != head and priority[head] < priority[other_head]:
                pair = _pair(head, other)
                if pair not in known and pair not in rejected:
                    candidates.add(pair)
    return candidates


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
