"""Pages come back as they were served, with the very numbers that made them."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from tests.events.served_pages import served
from tests.waiting import wait_until

from baihuo.events import SERVED, ServedLog


def test_a_page_comes_back_exactly_from_another_process_view(tmp_path: Path) -> None:
    here, there = ServedLog(tmp_path / "s.sqlite"), ServedLog(tmp_path / "s.sqlite")
    page = served("q1")
    here.append(page)
    here.flush()
    [(seq, back)] = there.since(0)
    assert seq == 1
    assert (back.query, back.order, back.served_at_us) == (page.query, page.order, 8)
    assert back.page == replace(page.page, trace=(), facets=())
    assert back.features.tobytes() == page.features.tobytes()
    for log in (here, there):
        stored = log.get("q1")
        assert stored is not None
        assert (stored.query, stored.order) == (page.query, page.order)
        assert stored.page == back.page
        assert log.get("q2") is None
    here.close()
    there.close()


def test_the_next_worker_sees_a_page_about_as_soon_as_it_can_be_written(tmp_path: Path) -> None:
    here, there = ServedLog(tmp_path / "s.sqlite"), ServedLog(tmp_path / "s.sqlite")
    waits, writes = [], []
    for i in range(30):
        start = time.perf_counter()
        here.append(served(f"w{i}"))
        here.flush()
        writes.append(time.perf_counter() - start)
        here.append(served(f"q{i}"))
        waits.append(wait_until(partial(there.get, f"q{i}"), every_s=0.0005))
    # both took as long as this disk and the other processes here let them
    assert sorted(waits)[15] < 0.02 + 5 * sorted(writes)[15]
    here.close()
    there.close()


def test_page_two_is_kept_beside_page_one_and_a_repeat_is_not(tmp_path: Path) -> None:
    log = ServedLog(tmp_path / "s.sqlite")
    for page in (served("q1"), served("q1", page=2), served("q1", page=2)):
        log.append(page)
    log.flush()
    assert [s.page.page for _, s in log.since(0)] == [1, 2]
    stored = log.get("q1")
    assert stored is not None
    assert stored.page.page == 1
    log.close()


def test_parquet_has_one_row_a_placed_product_under_changing_features(tmp_path: Path) -> None:
    log = ServedLog(tmp_path / "s.sqlite")
    log.append(served("q1"))
    log.append(served("q2", names=()))
    log.append(served("q3", names=("ctr",)))
    log.flush()
    assert log.to_parquet(tmp_path / "served.parquet") == 6
    table = pq.read_table(tmp_path / "served.parquet")
    assert table.schema.equals(SERVED)
    rows = table.to_pylist()
    assert [r["feature_names"] for r in rows[::2]] == [["ctr", "age"], [], ["ctr"]]
    assert rows[1]["features"] == served("q1").features[1].tolist()
    assert rows[1]["product_id"] == "p2"
    assert rows[1]["at_us"] == 7
    log.close()


def test_what_was_appended_before_closing_is_there_after(tmp_path: Path) -> None:
    log = ServedLog(tmp_path / "s.sqlite")
    for i in range(50):
        log.append(served(f"q{i}"))
    log.close()
    log = ServedLog(tmp_path / "s.sqlite")
    assert len(log.since(0)) == 50
    log.close()
