"""Which kinds share a copy of the shop: as many as leave most of it clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from baihuo.dirt import EVENTS, PRODUCTS, Dataset, Key, Kind, NoRoom, Shop, plant
from baihuo.exam.independent.kinds import ALL

MOST_DIRT = {EVENTS: 0.12, PRODUCTS: 0.3}  # of a copy's rows, for kinds that spread over rows


def plant_all(
    shop: Shop,
    seed: int,
    *,
    only: Iterable[str] = (),
    avoid: Iterable[Key] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Dataset]:
    """Copies of the shop with dirt in them; every kind is in exactly one.

    ``avoid``: rows that get no dirt, for the checks touched them as they came. ``progress`` gets kinds planted
    and kinds in all.
    """
    chosen = [k for k in ALL.values() if not only or k.name in set(only)]
    beds: list[Dataset] = []
    groups: list[set[str]] = []
    avoid = list(avoid)
    for n_planted, kind in enumerate(in_order(chosen)):
        progress(n_planted, len(chosen))
        for n in range(len(beds) + 1):
            if n == len(beds):
                beds.append(Dataset(shop.copy(), f"dirt {seed} {n}", avoid=avoid))
                groups.append(set())
            elif kind.group in groups[n] or is_full(beds[n], kind):
                continue
            if _planted(beds[n], kind):
                groups[n] |= {kind.group} - {""}
                break
        if not beds[-1].cases:  # the shop has no row that this could be in
            beds.pop()
            groups.pop()
    progress(len(chosen), len(chosen))
    return beds


def in_order(kinds: list[Kind]) -> list[Kind]:
    """What cannot share a copy goes first; listings go before events, which stay away from dirty ones.

    Kinds of one subject are like each other, so they are dealt out: a copy with every sort of wrong price in it
    would be a shop without prices, in which nobody can say what is usual.
    """
    n_of_subject: Counter[tuple[str, str]] = Counter()
    places: dict[str, tuple[bool, bool, int]] = {}
    for kind in kinds:
        like = kind.hand, kind.subject
        n_of_subject[like] += 1
        places[kind.name] = kind.group == "", kind.table == EVENTS, n_of_subject[like]
    return sorted(kinds, key=lambda kind: places[kind.name])


def _planted(bed: Dataset, kind: Kind) -> bool:
    """Whether there was room. In an empty copy there always is: then it is all that the shop has."""
    bed.is_first = not bed.cases
    bed.is_table_clean = not any(table == kind.table for c in bed.cases for table, _ in c.rows)
    try:
        plant(bed, kind)
    except NoRoom:
        return False
    if kind.table == EVENTS:
        bed.shop.events.sort(key=lambda r: bed.arrived(r))
    return True


def is_full(bed: Dataset, kind: Kind) -> bool:
    return bed.n_dirty[kind.table] + kind.cases > MOST_DIRT[kind.table] * max(
        1, len(bed.shop.table(kind.table))
    )
