"""Pages of a visitor are gone from the live file and from sealed ones, and everybody else's stay as they were."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.events.served_pages import served
from tests.events.test_served_sealing import NOW_US, filled, query_id, seal, stored

from baihuo.core import Served
from baihuo.events import ServedLog, forget_pages

GONE = "visitor-to-forget"


def pages(n: int, *, start: int = 0) -> list[Served]:
    """Every seventh is the visitor's."""
    made = []
    for i in range(start, start + n):
        page = served(query_id(i), at_us=NOW_US + 1_000 * i)
        if i % 7 == 0:
            page = replace(
                page, query=replace(page.query, visitor_id=GONE, query_text=f"for me {i}")
            )
        made.append(page)
    return made


def read(log: ServedLog) -> list[Served]:
    return [page for batch in log.batches() for page in batch]


@pytest.mark.parametrize("n_live", [0, 90])
def test_pages_go_from_both_parts_while_the_log_is_written_and_read(
    n_live: int, tmp_path: Path
) -> None:
    path = tmp_path / "served.sqlite"
    made = pages(700)
    log = filled(path, made)
    assert seal(log).n_sealed == 699
    more = pages(n_live, start=700)
    for page in more:
        log.append(page)
    log.flush()
    noted: Counter[str] = Counter()
    failures: list[Exception] = []
    is_done = threading.Event()

    def read_on() -> None:
        while not is_done.is_set():
            try:
                assert len(read(log)) >= 600
            except Exception as error:
                failures.append(error)
                return

    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        forget_pages(
            path, {GONE}, lambda found: noted.update(found[f"{tmp_path.name}/served.sqlite"])
        )
    finally:
        is_done.set()
        reader.join()
    assert not failures
    kept = [page for page in made + more if page.query.visitor_id != GONE]
    assert [stored(p) for p in read(log)] == [stored(p) for p in kept]
    assert noted == {GONE: 100 + sum(i % 7 == 0 for i in range(700, 700 + n_live))}
    assert log.get(query_id(1)) is not None
    log.close()
    assert [f for f in tmp_path.rglob("*") if f.is_file() and GONE.encode() in f.read_bytes()] == []
    again = ServedLog(path)
    assert [stored(p) for p in read(again)] == [stored(p) for p in kept]
    again.close()
