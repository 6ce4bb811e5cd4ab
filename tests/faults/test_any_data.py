"""Faults go into any rows: few, odd or broken ones, and a fault that fits nowhere changes nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.faults import AREAS, Dataset

TYPES = """impression click purchase cancel review search dwell add_to_cart ad_impression ad_click""".split()
AT_US = 1_700_000_000_000_000


def event(i: int, **cells: Any) -> dict[str, Any]:
    row = dict.fromkeys(name for name in EVENTS.names if name not in ("import_id", "line"))
    at_us = AT_US + i * 10**8
    row |= {"event_id": f"e{i}", "event_type": "click", "visitor_id": f"v{i % 3}"}
    row |= {"occurred_at_us": at_us, "received_at_us": at_us, "product_id": f"p{i % 2}"}
    return row | cells


def product(i: int, **cells: Any) -> dict[str, Any]:
    row = dict.fromkeys(name for name in PRODUCTS.names if name not in ("import_id", "line"))
    row |= {"product_id": f"p{i}", "codes": [], "images": [], "attributes": "{}", "variants": "[]"}
    return row | cells


def every_type(i: int) -> dict[str, Any]:
    cells = {"event_type": TYPES[i % 10], "query_id": "q", "session_id": "s", "order_id": f"o{i}"}
    return event(i, **cells, price_minor=100, quantity=1, rating=5.0, position=i % 4, country="DE")


NOTHING: dict[str, Any] = {"product_id": None, "visitor_id": "", "query_text": ""}
WHOLE: dict[str, Any] = {"title_en": "Red lamp 5 W for homes", "title_zh": "灯", "model": "A1"}
WHOLE |= {"price_minor": 100, "category": "A > B", "codes": ["4006381333931"], "images": ["a.jpg"]}
WHOLE |= {"stock_units": 4, "attributes": '{"a": "b", "Power": 5}', "description_en": "Hi. Ho."}
UNREADABLE: dict[str, Any] = {"attributes": "[", "variants": "null", "codes": None, "images": None}
ODD: dict[str, Any] = {"attributes": '{"Power": NaN, "b": [1]}', "variants": "{", "codes": [None]}
ODD |= {"images": [""], "title_en": " ", "title_zh": "", "category": "", "price_minor": -1}
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "nothing": ([], []),
    "four events": ([event(i) for i in range(4)], []),
    "four products": ([], [product(i) for i in range(4)]),
    "every type": ([every_type(i) for i in range(60)], [product(i, **WHOLE) for i in range(30)]),
    "no ids": (
        [event(i, **NOTHING) for i in range(50)],
        [product(i, **UNREADABLE) for i in range(4)],
    ),
    "odd values": ([event(i, **NOTHING) for i in range(50)], [product(i, **ODD) for i in range(4)]),
}


@pytest.mark.parametrize("case", CASES)
def test_no_fault_fails_on_rows_that_it_cannot_use(case: str) -> None:
    events, products = CASES[case]
    for seed in range(3):
        for fault in (fault for faults in AREAS.values() for fault in faults):
            dataset = Dataset(
                [dict(row) for row in events],
                [dict(row) for row in products],
                random.Random(seed),
            )
            fault.apply(dataset, 5)
            dataset.finish()
            if case == "nothing":
                assert not dataset.truth, fault.name


def test_every_fault_says_what_it_needs_and_has_a_name_of_its_own_in_its_area() -> None:
    for area, faults in AREAS.items():
        assert len({fault.name for fault in faults}) == len({(f.name, f.checks) for f in faults})
        for fault in faults:
            assert fault.needs, (area, fault.name)
            assert fault.checks, (area, fault.name)
