"""An impression and its outcome within the attribution window, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.core import BadInput, Event, EventType
from baihuo.core.tables import events_to_table
from baihuo.engine import DuckTables
from baihuo.train import impressions, split_by_time

_MINUTE = 60_000_000
_START = 1_750_000_000_000_000


def _event(kind: str, minute: float, product: str | None = None, **more: Any) -> Event:
    at_us = _START + int(minute * _MINUTE)
    fields = {
        "event_id": f"{kind}-{product}-{minute}-{more.get('query_id')}",
        "visitor_id": "ann",
        "occurred_at_us": at_us,
        "received_at_us": at_us + 1000,
        **more,
    }
    return Event(event_type=EventType(kind), product_id=product, **fields)


def _examples(tmp_path: Path, *events: Event) -> list[dict[str, Any]]:
    end = _event("search", 600, visitor_id="late", query_id="q-late", surface="search")
    impressions(DuckTables(threads=1), events=events_to_table([*events, end]), out=tmp_path / "e")
    return pq.read_table(tmp_path / "e").to_pylist()


_PAGE: dict[str, Any] = {"query_id": "q1", "surface": "search", "query_text": "mug"}


def test_outcomes_inside_the_window_count_and_the_best_one_grades(tmp_path: Path) -> None:
    rows = _examples(
        tmp_path,
        _event("search", 0, **_PAGE),
        *(_event("impression", 1, p, position=i, **_PAGE) for i, p in enumerate("abcd", 1)),
        _event("click", 2, "a", **_PAGE),
        _event("click", 3, "b", **_PAGE),
        _event("add_to_cart", 4, "b"),  # names no page, but who else showed it
        _event("click", 5, "c", **_PAGE),
        _event("purchase", 20, "c", **_PAGE),
        _event("purchase", 40, "d"),  # too late
    )
    assert [(r["product_id"], r["is_clicked"], r["gain"]) for r in rows] == [
        ("a", 1, 1),
        ("b", 1, 2),
        ("c", 1, 3),
        ("d", 0, 0),
    ]
    assert {r["at_us"] for r in rows} == {_START + 1000}  # when we first heard of the page


def test_a_click_on_another_page_or_by_another_visitor_does_not_count(tmp_path: Path) -> None:
    rows = _examples(
        tmp_path,
        _event("impression", 1, "a", position=1, **_PAGE),
        _event("click", 2, "a", **{**_PAGE, "query_id": "q2"}),
        _event("click", 2, "a", visitor_id="bob", **_PAGE),
        _event("click", 2, "a"),
    )
    assert [r["is_clicked"] for r in rows if r["query_id"] == "q1"] == [0]


def test_an_impression_whose_window_had_not_closed_is_left_out(tmp_path: Path) -> None:
    late = {"query_id": "q9", "surface": "home"}
    rows = _examples(
        tmp_path,
        _event("impression", 1, "a", position=1, **_PAGE),
        _event("impression", 580, "a", position=1, **late),
    )
    assert [r["query_id"] for r in rows] == ["q1"]


def test_a_product_seen_twice_on_a_page_is_one_example(tmp_path: Path) -> None:
    rows = _examples(
        tmp_path,
        _event("impression", 1, "a", position=3, **_PAGE),
        _event("impression", 2, "a", position=3, **_PAGE),
    )
    assert [(r["product_id"], r["position"]) for r in rows] == [("a", 3)]


def test_similar_looks_at_the_last_product_clicked_before_the_page(tmp_path: Path) -> None:
    similar = {"query_id": "q3", "surface": "similar"}
    rows = _examples(
        tmp_path,
        _event("impression", 1, "a", position=1, **_PAGE),
        _event("click", 2, "a", **_PAGE),
        _event("click", 3, "b", **_PAGE),
        _event("impression", 4, "c", position=1, **similar),
        _event("click", 5, "c", **similar),
    )
    assert {r["query_id"]: r["anchor_id"] for r in rows} == {"q1": None, "q3": "b"}


def test_impressions_without_a_page_teach_no_position(tmp_path: Path) -> None:
    assert not _examples(tmp_path, _event("impression", 1, "a", position=1, surface="search"))


def test_the_split_cuts_between_pages_and_keeps_the_newest_for_the_test() -> None:
    at_us = [i // 4 for i in range(400)]  # pages of 4
    split = split_by_time(pa.table({"at_us": at_us}), validation_share=0.2, test_share=0.1)
    assert (split.train_from_us, split.validation_from_us, split.test_from_us) == (0, 70, 90)
    assert split.until_us == 100


def test_one_page_cannot_be_split() -> None:
    with pytest.raises(BadInput, match="too few pages"):
        split_by_time(pa.table({"at_us": [5, 5, 5, 5]}))
