"""Served pages of a visitor, and old ones, taken out of their log while it is written to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.events.served_pages import served
from tests.privacy_scan import files_with

from baihuo.core import Served
from baihuo.events import ServedLog, forget_old_pages, forget_pages, queries_of_pages

Noted = list[dict[str, Counter[str]]]


def page_of(visitor: str, i: int) -> Served:
    made = served(f"query-of-{visitor}-{i}")
    query = replace(made.query, visitor_id=visitor, query_text=f"typed by {visitor}")
    return replace(made, query=query, served_at_us=i)


def test_pages_of_a_visitor_leave_no_byte_and_others_stay(tmp_path: Path) -> None:
    path, noted = tmp_path / "7-served" / "served.sqlite", Noted()
    log = ServedLog(path)
    for i in range(40):
        for visitor in ("leaves", "stays"):
            log.append(page_of(visitor, i))
    log.flush()
    before = dict(log.since(0))
    needles = ["query-of-leaves-7", "typed by leaves"]
    assert set(files_with(tmp_path, needles)) == set(needles)
    forget_pages(path, {"leaves"}, noted.append)
    assert noted == [{"7-served/served.sqlite": Counter({"leaves": 40})}]
    assert files_with(tmp_path, needles) == {}
    stayed = {seq: p for seq, p in before.items() if p.query.visitor_id == "stays"}
    after = dict(log.since(0))
    assert after.keys() == stayed.keys()
    assert all(after[seq].page == p.page for seq, p in stayed.items())
    log.append(page_of("leaves", 99))  # served after it: the log is written to as before
    log.flush()
    assert [p.query.query_id for _, p in log.since(max(after))] == ["query-of-leaves-99"]
    log.close()


def test_pages_that_are_older_than_they_are_kept_go(tmp_path: Path) -> None:
    path, noted = tmp_path / "served.sqlite", Noted()
    assert forget_old_pages(path, 5, noted.append) == 0
    log = ServedLog(path)
    for i in range(10):
        log.append(page_of("v", i))
    log.close()
    assert forget_old_pages(path, 4, noted.append) == 4
    assert [at_us for _, _, at_us in queries_of_pages(path)] == [4, 5, 6, 7, 8, 9]
    assert forget_old_pages(path, 4, noted.append) == 0
    assert [n.total() for one in noted for n in one.values()] == [4]
