"""Pairs of listings become clusters, each around one listing that stays.

Plain union-find would chain: a is like b, b is like c, and a tin of paint ends up with a brush. Here
a listing joins a cluster only by its own likeness to the one that stays, and one that is like listings of
two clusters joins neither: which of the two it is cannot be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

Pair = tuple[int, int]
_ROUNDS = 8


def clusters(
    certain: Iterable[Pair],
    *,
    place: Mapping[int, int],
    judge: Callable[[list[Pair]], set[Pair]],
    apart: frozenset[Pair] = frozenset(),
) -> dict[int, int]:
    """Which listing each merged one is merged into: member → the one that stays.

    Args:
        certain: Pairs ``(a, b)``, ``a < b``, that are one product.
        place: 0 for the listing that would rather stay than any other, and so on: no ties.
        judge: Which of some pairs nobody compared yet are certain. Only called for pairs of a
            listing that stays and one that is linked to it through others.
        apart: Pairs that never come into one cluster.
    """
    links: dict[int, set[int]] = defaultdict(set)
    for a, b in certain:
        links[a].add(b)
        links[b].add(a)
    known = {(a, b) for a in links for b in links[a] if a < b}
    denied: set[Pair] = set()
    for _ in range(_ROUNDS):
        kept = _stars(links, place, apart)
        asked = _not_compared(links, kept, place, known, denied)
        if not asked:
            break
        found = judge(sorted(asked))
        denied |= asked - found
        known |= found
        for a, b in found:
            links[a].add(b)
            links[b].add(a)
    kept = _stars(links, place, apart)
    return {
        n: of for n, of in kept.items() if n != of and all(kept[other] == of for other in links[n])
    }


def _stars(
    links: Mapping[int, set[int]], place: Mapping[int, int], apart: frozenset[Pair]
) -> dict[int, int]:
    """In the order of ``place`` a listing that is free stays, and takes those linked to it."""
    kept: dict[int, int] = {}
    for n in sorted(links, key=place.__getitem__):
        if n in kept:
            continue
        kept[n] = n
        members = [n]
        free = [
            other for other in links[n] if other not in kept
        ]  # minus keys() would read them all
        for other in sorted(free, key=place.__getitem__):
            if not any(_pair(other, m) in apart for m in members):
                kept[other] = n
                members.append(other)
    return kept


def _not_compared(
    links: Mapping[int, set[int]],
    kept: Mapping[int, int],
    place: Mapping[int, int],
    known: set[Pair],
    denied: set[Pair],
) -> set[Pair]:
    """Where a member's own neighbour stayed outside: the neighbour and the one that stays."""
    asked = set()
    for n, of in kept.items():
        if n == of:
            continue
        for other in links[n]:
            head = kept[other]
            if head != of and place[of] < place[head]:
                pair = _pair(of, other)
                if pair not in known and pair not in denied:
                    asked.add(pair)
    return asked


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)
