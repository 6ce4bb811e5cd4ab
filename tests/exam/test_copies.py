"""Copies with dirt are checked two at a time, and graded in their order."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from baihuo.core import ShopError
from baihuo.dirt import EVENTS, PRODUCTS, Dataset, Shop
from baihuo.exam import run
from baihuo.exam.kinds import ALL, kinds_of, load_kinds
from baihuo.exam.line import Output
from baihuo.exam.run import MOST_DIRT, in_order, plant_all
from baihuo.exam.shop import clean_shop


def test_copies_come_back_in_order_whichever_ends_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_ended = threading.Event()

    def check(shop: Shop, folder: Path, options: object) -> Output:
        if folder.name == "round0":  # ends last: waits for the other process
            assert second_ended.wait(timeout=30)
        second_ended.set()
        return Output(exit_code=int(folder.name[-1]))

    monkeypatch.setattr(run, "run_line", check)
    monkeypatch.setattr(run, "n_cores", lambda: 2)
    copies = [Dataset(Shop([], []), str(n)) for n in range(4)]
    answers = list(run.checked(copies, tmp_path))
    assert [copy for copy, _ in answers] == copies
    assert [output.exit_code for _, output in answers] == [0, 1, 2, 3]


def test_a_copy_that_cannot_be_checked_ends_the_exam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def check(shop: Shop, folder: Path, options: object) -> Output:
        begun.append(folder.name)
        raise ShopError("the check ended without results", fix="look at the files")

    monkeypatch.setattr(run, "run_line", check)
    monkeypatch.setattr(run, "n_cores", lambda: 1)
    with pytest.raises(ShopError, match="without results"):
        list(run.checked([Dataset(Shop([], []), str(n)) for n in range(50)], tmp_path))
    assert len(begun) <= 3


def test_progress_names_each_stage_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "run_line", lambda shop, folder, options: Output())
    told: list[tuple[str, int, int]] = []
    run.examine(
        seeds=[3],
        names=["zero_width"],
        n_events=300,
        n_products=120,
        progress=lambda *at: told.append(at),
    )
    assert told[0] == ("seed 3: clean copy checked", 0, 1)
    assert told[-1] == ("seed 3: copies checked", 1, 1)
    assert ("seed 3: kinds planted", 1, 1) in told


def test_most_rows_of_a_copy_stay_clean_and_few_copies_are_enough() -> None:
    load_kinds()
    shop = clean_shop(3, events=4000, products=2000)
    kinds = ["line_camel_case", *(n for n in ALL if n.startswith(("title_", "stock_")))]
    copies = plant_all(shop, 3, kinds_of(kinds))
    for copy in copies:
        assert copy.n_dirty[PRODUCTS] <= MOST_DIRT[PRODUCTS] * len(shop.products)
    # lines with other names of columns have the file of events to themselves, and listings beside them
    [alone] = [copy for copy in copies if "line_camel_case" in {c.kind for c in copy.cases}]
    assert {key[0] for case in alone.cases for key in case.rows} == {EVENTS, PRODUCTS}


def test_kinds_of_one_sort_are_dealt_out_over_the_copies() -> None:
    """A copy with every sort of wrong price in it is a shop in which nobody can say what is usual."""
    load_kinds()
    prices = [k for k in ALL.values() if (k.hand, k.subject) == ("first", "prices") and not k.group]
    others = [k for k in ALL.values() if (k.hand, k.subject) == ("third", "titles")]
    order = [k.name for k in in_order([*prices, *others]) if k.table == PRODUCTS]
    of_prices = [n for n, name in enumerate(order) if name in {k.name for k in prices}]
    assert len(of_prices) >= 4
    assert of_prices[1] - of_prices[0] > 1
