"""What the independent exam promises of its dirt: much of it, the same for a seed, and by another hand."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from baihuo.dirt import CASES
from baihuo.exam import run
from baihuo.exam.kinds import ALL, kinds_of, load_kinds
from baihuo.exam.run import plant_all
from baihuo.exam.shop import clean_shop

ROOMS = (Path(run.__file__).parent, Path(run.__file__).parents[1] / "dirt")
MAY_IMPORT = ("baihuo.core", "baihuo.engine", "baihuo.exam", "baihuo.dirt")
# `own.py` reads a shop's files as an import does, and `examples.py` writes beside the checks: neither plants or grades.
OTHERS = {"own.py", "examples.py"}


def test_no_code_is_shared_with_the_checks() -> None:
    reached = {
        node.module
        for room in ROOMS
        for path in room.rglob("*.py")
        if path.name not in OTHERS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("baihuo")
    }
    assert {m for m in reached if not str(m).startswith(MAY_IMPORT)} == set()
    assert not reached & {f"baihuo.exam.{name.removesuffix('.py')}" for name in OTHERS}


def test_there_are_more_than_a_hundred_kinds_of_thirty_rows_each() -> None:
    load_kinds()
    few = {name for name, kind in ALL.items() if kind.cases < CASES}
    assert len(ALL) - len(few) >= 100
    # what can only be lost once, long cells, and visitors whose every event is a case
    assert few == {
        *("lost_day", "lost_hours", "lost_platform", "lost_type", "lost_visitors"),
        *("event_text_huge", "description_huge", "consent_denied"),
        # of the authors of the checks: visits, and what a shop has few of
        *("stuck_key", "export_time", "release_without_device"),
        *("platform_silent", "order_id_of_two", "review_of_another_product"),
    }


def test_the_same_seed_makes_the_same_shop_and_the_same_dirt() -> None:
    load_kinds()
    kinds = ("zero_width", "event_copied", "paid_negative")
    first, second = (clean_shop(5, events=900, products=80) for _ in range(2))
    assert [r.line() for r in first.events] == [r.line() for r in second.events]
    assert first.pictures == second.pictures
    copies = [plant_all(shop, 5, kinds_of(kinds)) for shop in (first, second)]
    lines = [[r.line() for copy in dirty for r in copy.shop.events] for dirty in copies]
    assert lines[0] == lines[1]
    assert clean_shop(6, events=900, products=80).events[0].line() != first.events[0].line()


def test_each_kind_is_planted_in_rows_that_no_other_kind_has() -> None:
    load_kinds()
    shop = clean_shop(7, events=3000, products=400)
    kinds = [n for n in ALL if n.startswith(("stock_", "paid_", "query_"))]
    copies = plant_all(shop, 7, kinds_of(kinds))
    for copy in copies:
        rows = Counter(key for case in copy.cases for key in case.rows)
        assert max(rows.values()) == 1
    assert {c.kind for copy in copies for c in copy.cases} == set(kinds)


def test_measures_are_planted_beside_attributes_that_are_no_json() -> None:
    load_kinds()
    kinds = ["attributes_broken", *(n for n in ALL if n.startswith("unit_"))]
    copies = plant_all(clean_shop(7, events=900, products=800), 7, kinds_of(kinds))
    assert {c.kind for copy in copies for c in copy.cases} >= {"attributes_broken", "unit_jin"}


@pytest.mark.slow(reason="plants all kinds: 10 s")
def test_all_kinds_are_planted_and_every_row_that_is_changed_is_named_by_a_case() -> None:
    """Else a changed row counts as clean, and what a check says of it as a false alarm."""
    load_kinds()
    shop = clean_shop(11, events=4000, products=1100)
    before = {r.key: r.values for t in (shop.events, shop.products) for r in t}
    silent, planted = set(), Counter[str]()
    for copy in plant_all(shop, 11, ALL.values()):
        planted.update(case.kind for case in copy.cases)
        named = {key for case in copy.cases for key in (*case.rows, *case.related)}
        for row in (*copy.shop.events, *copy.shop.products):
            if row.values != before.get(row.key, row.values) and row.key not in named:
                silent.add(row.key)  # clean rows may be added: advertisements beside a false one
    assert not silent
    few = {name for name, kind in ALL.items() if planted[name] < min(kind.cases, CASES) - 2}
    assert len(few) < 0.02 * len(ALL)  # the simulator sells no furniture with a width, and the like
