"""The greedy order of ``Diverse`` against a plain statement of its rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from baihuo.rank.selectors.diverse import spread


def plain(
    codes: list[int], twins: dict[int, set[int]], most: int, window: int, depth: int
) -> list[int]:
    waiting, order = list(range(len(codes))), list[int]()
    while waiting and len(order) < depth:
        last = order[-window:]
        shown = [codes[i] for i in last]

        def waits(i: int) -> bool:
            too_many = codes[i] >= 0 and shown.count(codes[i]) >= most  # noqa: B023
            return too_many or any(i in twins.get(j, ()) for j in last)  # noqa: B023

        chosen = next((i for i in waiting if not waits(i)), waiting[0])
        waiting.remove(chosen)
        order.append(chosen)
    return order + waiting


@given(
    codes=st.lists(st.integers(-1, 3), max_size=30),
    most=st.integers(1, 4),
    window=st.integers(1, 8),
    depth=st.integers(0, 40),
    pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=6),
)
def test_the_order_is_the_rule_applied_place_by_place(
    codes: list[int], most: int, window: int, depth: int, pairs: list[tuple[int, int]]
) -> None:
    twins: dict[int, set[int]] = {}
    for i, j in pairs:
        if i != j:
            twins.setdefault(i, set()).add(j)
            twins.setdefault(j, set()).add(i)
    order = spread(codes, twins, max_per_window=most, window=window, depth=depth)
    assert sorted(order) == list(range(len(codes)))  # nothing is lost
    assert order == plain(codes, twins, most, window, depth)


def test_a_fifth_of_one_brand_waits_for_another() -> None:
    order = spread([7, 7, 7, 7, 7, 8], {}, max_per_window=4, window=8, depth=6)
    assert order == [0, 1, 2, 3, 5, 4]


def test_what_ranks_below_a_hundred_of_one_category_comes_between_them() -> None:
    codes = [7] * 100 + [8, 9] * 20
    order = spread(codes, {}, max_per_window=4, window=6, depth=72)
    shown = [codes[i] for i in order[:72]]
    assert max(shown[i : i + 6].count(7) for i in range(67)) == 4
    assert sorted(order) == list(range(len(codes)))
