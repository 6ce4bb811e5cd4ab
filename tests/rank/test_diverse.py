"""The greedy order of ``Diverse`` against a plain statement of its rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from baihuo.rank.selectors.diverse import spread


def plain(codes: list[int], twins: dict[int, set[int]], most: int, window: int) -> list[int]:
    waiting, order = list(range(len(codes))), list[int]()
    while waiting:
        last = order[-window:]
        shown = [codes[i] for i in last]

        def waits(i: int) -> bool:
            too_many = codes[i] >= 0 and shown.count(codes[i]) >= most  # noqa: B023
            return too_many or any(i in twins.get(j, ()) for j in last)  # noqa: B023

        chosen = next((i for i in waiting if not waits(i)), waiting[0])
        waiting.remove(chosen)
        order.append(chosen)
    return order


@given(
    codes=st.lists(st.integers(-1, 3), max_size=30),
    most=st.integers(1, 4),
    window=st.integers(1, 8),
    pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=6),
)
def test_the_order_is_the_rule_applied_place_by_place(
    codes: list[int], most: int, window: int, pairs: list[tuple[int, int]]
) -> None:
    twins: dict[int, set[int]] = {}
    for i, j in pairs:
        if i != j:
            twins.setdefault(i, set()).add(j)
            twins.setdefault(j, set()).add(i)
    order = spread(codes, twins, max_per_window=most, window=window)
    assert sorted(order) == list(range(len(codes)))  # nothing is lost
    assert order == plain(codes, twins, most, window)


def test_a_fifth_of_one_brand_waits_for_another() -> None:
    assert spread([7, 7, 7, 7, 7, 8], {}, max_per_window=4, window=8) == [0, 1, 2, 3, 5, 4]
