"""The fifth hand's kinds of listings: how many, each planted, and what its helpers promise."""

from __future__ import annotations

from collections import Counter

import pytest

from baihuo.exam.independent import run
from baihuo.exam.independent.dirt.fifth.tools import ASKED, askers, let_ask
from baihuo.exam.independent.kinds import ALL, CASES, Bed
from baihuo.exam.independent.rounds import plant_all
from baihuo.exam.independent.rows import EVENTS, PRODUCTS
from baihuo.exam.independent.shop import clean_shop


def kinds_of_hand() -> list[str]:
    run.load_kinds()
    return [name for name, kind in ALL.items() if kind.hand == "fifth"]


def test_the_fifth_hand_has_88_kinds_of_listings() -> None:
    names = kinds_of_hand()
    assert len(names) == 88
    assert {ALL[name].table for name in names} == {PRODUCTS}
    assert {ALL[name].cases for name in names} == {CASES}


def test_a_new_hand_comes_behind_the_others() -> None:
    run.load_kinds()
    hands = [kind.hand for kind in ALL.values()]
    assert set(hands[-hands.count("fifth") :]) == {"fifth"}


@pytest.mark.slow(reason="plants 88 kinds: 2 s")
def test_each_kind_of_the_fifth_hand_is_planted_and_names_what_it_changed() -> None:
    names = kinds_of_hand()
    shop = clean_shop(5, events=6000, products=1500)
    before = {r.key: r.values for r in (*shop.events, *shop.products)}
    planted: Counter[str] = Counter()
    for bed in plant_all(shop, 5, only=names):
        planted.update(case.kind for case in bed.cases)
        named = {key for case in bed.cases for key in (*case.rows, *case.related)}
        rows = {r.key: r.values for r in (*bed.shop.events, *bed.shop.products)}
        changed = {key for key, held in rows.items() if held != before.get(key, held)}
        assert changed <= named
        dirty = {case.rows[0] for case in bed.cases}
        assert all(rows[key] != before.get(key) for key in dirty)
    assert {name for name in names if planted[name] < CASES} <= {"memory_storage_swapped"}
    assert planted["memory_storage_swapped"] > 0  # no more laptops in a shop of this size


def test_visitors_are_asked_the_sound_price_until_everybody_knows_it() -> None:
    bed = Bed(clean_shop(7, events=900, products=80), "asked")
    row = bed.shop.products[0]
    name = str(row.values["product_id"])
    let_ask(bed, row, set(askers(bed).get(name, ())))
    assert len(askers(bed)[name]) >= ASKED
    carts = [
        r.values
        for r in bed.shop.events
        if r.key[0] == EVENTS and r.key in bed.taken and r.values["event_type"] == "add_to_cart"
    ]
    assert {v["price"] for v in carts} == {row.values["price"]}
    arrived = [bed.arrived(r) for r in bed.shop.events]
    assert arrived == sorted(arrived)


def test_other_brands_of_a_title_are_not_those_that_another_kind_spoilt() -> None:
    kinds_of_hand()
    bed = Bed(clean_shop(7, events=900, products=600), "brands")
    for name in ("brand_cyrillic_letter", "title_stuffed_with_other_brands"):
        ALL[name].plant(bed, ALL[name])
    rows = {r.key: r.values for r in bed.shop.products}
    stuffed = [c for c in bed.cases if c.kind == "title_stuffed_with_other_brands"]
    assert stuffed
    assert all(rows[c.rows[0]]["title_en"].isascii() for c in stuffed)
