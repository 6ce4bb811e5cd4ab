"""What ``import baihuo`` gives a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import baihuo
from baihuo.settings import Shop as ShopFolder

EVENTS = [
    {
        "event_id": f"e{i}",
        "event_type": kind,
        "visitor_id": f"v{i % 7}",
        "product_id": "p1",
        "occurred_at": f"2026-03-0{1 + i % 5}T10:00:0{i % 10}Z",
    }
    for i, kind in enumerate(("impression", "click", "purchase") * 10)
]


def test_every_listed_name_is_there_and_there_are_few() -> None:
    assert len(baihuo.__all__) <= 25
    assert all(getattr(baihuo, name) is not None for name in baihuo.__all__)
    assert {name for name in dir(baihuo) if name[0].isupper()} <= set(baihuo.__all__)


def test_importing_it_loads_no_library() -> None:
    code = "import sys, baihuo; print([m for m in ('duckdb', 'pyarrow', 'numpy', 'torch') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_frame_is_checked_as_a_file_is_and_comes_back_as_it_was_given() -> None:
    broken = {**EVENTS[0], "event_id": "e99", "visitor_id": None}
    frame = pl.DataFrame([*EVENTS, broken, EVENTS[4]])
    checked = baihuo.check(events=frame)
    assert isinstance(checked.events, pl.DataFrame)
    assert set(checked.events["event_id"]) == {row["event_id"] for row in EVENTS}
    assert next(s.n_in for s in checked.report.steps if s.table == "events") == len(frame) - 1
    of_dicts = baihuo.check(events=[*EVENTS, broken, EVENTS[4]])
    assert isinstance(of_dicts.events, pa.Table)
    assert of_dicts.events.num_rows == len(EVENTS)
    assert (checked.folder / "report.html").exists()
    assert len(repr(checked)) < 500
    assert checked.report.verdict in repr(checked)  # a notebook prints it


def test_what_cannot_be_checked_says_what_to_give() -> None:
    with pytest.raises(baihuo.BadInput, match="nothing to check"):
        baihuo.check()
    with pytest.raises(baihuo.BadInput, match="polars"):
        baihuo.check(events=object())


def test_a_released_shop_is_searched_in_a_notebook(released_shop: ShopFolder) -> None:
    with baihuo.Shop.open(released_shop.root) as shop:
        found = shop.search("手机", page_size=5)
        first = found["results"][0]["product_id"]
        assert [r["position"] for r in found["results"]] == [1, 2, 3, 4, 5]
        similar = shop.recommend("similar", product_id=first, page_size=3)
        assert first not in {r["product_id"] for r in similar["results"]}
        assert shop.recommend("home")["results"]
        assert shop.evaluate()
        with pytest.raises(baihuo.BadInput, match="no sort"):
            shop.search("手机", sort="cheapest")
        with pytest.raises(baihuo.BadInput, match="do not go together"):
            shop.recommend("similar")


def test_an_empty_shop_says_what_to_do_first(tmp_path: Path) -> None:
    with baihuo.Shop.open(tmp_path / "new") as shop:
        counts = shop.add(events=EVENTS, products=[{"product_id": "p1", "title": "Red kettle"}])
        assert counts == {"rows": 31, "kept": 31, "quarantined": 0}
        assert shop.check().verdict in ("ok", "warn", "stop")
        with pytest.raises(baihuo.NotFound, match="nothing was released"):
            shop.search("kettle")
