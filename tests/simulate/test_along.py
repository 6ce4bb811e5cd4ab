"""Some take an accessory along: as often as the truth says, and nobody does anything else otherwise because of it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from baihuo.simulate import SampleShop, along
from baihuo.simulate.along import P_ALONG, Along
from baihuo.simulate.listings import DAY_US
from baihuo.simulate.policy import LoggingPolicy
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shop import UNTIL_US
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.visits import Visits


def rows_of(shelf: Shelf, code: str) -> list[int]:
    number = [t.code for t in shelf.vocabulary.types].index(code)
    return list(map(int, shelf.rows_of_type[number]))


def test_a_case_goes_with_a_phone_as_often_as_stated_and_with_a_pan_never(shelf: Shelf) -> None:
    beside = Along(shelf, LoggingPolicy(shelf, seed=4), random.Random(1))
    phone, pan = rows_of(shelf, "phone")[0], rows_of(shelf, "pan")[0]
    cases = set(rows_of(shelf, "phone_case"))
    n = 4_000
    found = [beside.taken([phone], UNTIL_US - DAY_US) for _ in range(n)]
    share = sum(len(cases & set(rows)) for rows in found) / n
    assert share == pytest.approx(P_ALONG, abs=4 * (P_ALONG * (1 - P_ALONG) / n) ** 0.5)
    types = {int(shelf.type_index[r]) for rows in found for r in rows}
    allowed = shelf.vocabulary.types[shelf.type_index[phone]].goes_with
    assert {shelf.vocabulary.types[t].code for t in types} == set(allowed)
    assert not cases & {r for _ in range(200) for r in beside.taken([pan], UNTIL_US - DAY_US)}


def test_all_other_events_stay_as_they_were(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def lived(share: float) -> list[dict[str, Any]]:
        monkeypatch.setattr(along, "P_ALONG", share)
        policy, events = LoggingPolicy(shelf, seed=4), []
        people = Shoppers.of(shelf, seed=4, n_people=60)
        visits = Visits(
            shelf,
            people,
            policy,
            random.Random(9),
            lambda event, _truth: events.append(event),
            Along(shelf, policy, random.Random(2)),
        )
        for n in range(150):
            visits.session(UNTIL_US - DAY_US * (20 - n // 10))
        return events

    without, with_it = lived(0.0), lived(0.9)
    known = {event["event_id"] for event in without}
    assert [event for event in with_it if event["event_id"] in known] == without
    more = [event for event in with_it if event["event_id"] not in known]
    kinds = Counter(event["event_type"] for event in more)
    assert set(kinds) == {"add_to_cart", "purchase"}
    assert kinds["add_to_cart"] == kinds["purchase"] > 10
    orders = {event.get("order_id") for event in without}
    assert {event["order_id"] for event in more if event["event_type"] == "purchase"} <= orders


def test_the_truth_names_what_goes_with_what(shop: SampleShop) -> None:
    file: Path = shop.truth / "goes_with.parquet"
    pairs = duckdb.execute(f"select type, goes_with from '{file}'").fetchall()
    assert ("sandals", "sunscreen") in pairs
    assert not any("nuts" in pair for pair in pairs)
