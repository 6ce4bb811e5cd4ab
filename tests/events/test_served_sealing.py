"""Older pages move to files that nobody rewrites, every reader sees both parts, and the live file shrinks."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
from tests.events.served_pages import served

from baihuo.core import BrokenFile, Served
from baihuo.events import SealedCounts, ServedLog, is_upkeep_due, keep_up, peek_served, remove_pages
from baihuo.events.compact import PAGE_DEFAULTS, QUERY_DEFAULTS, PageSource, bytes_to_page
from baihuo.events.served_file import PageRow

DAY_US = 86_400_000_000
NOW_US = 1_790_000_000_000_000


def stored(page: Served) -> tuple[object, ...]:
    """What has to come back of a page."""
    kept = replace(page.page, trace=(), facets=())
    values = page.features.tobytes()
    return page.query, kept, page.order, page.feature_names, values, page.served_at_us


def query_id(n: int) -> str:
    """As the server makes them: milliseconds, then what is random."""
    return f"{(NOW_US // 1000 + n):012x}-{n:024x}"


def pages(n: int, *, start: int = 0) -> list[Served]:
    names = [("ctr", "age"), ("ctr",), ()]
    return [
        served(query_id(i), names=names[i % 3], at_us=NOW_US + 1_000 * i + 500)
        for i in range(start, start + n)
    ]


def filled(path: Path, made: list[Served]) -> ServedLog:
    log = ServedLog(path)
    for page in made:
        log.append(page)
    log.flush()
    return log


def seal(
    log: ServedLog, *, now_us: int = NOW_US + DAY_US, keep_days: float = 400.0
) -> SealedCounts:
    return log.seal(now_us=now_us, keep_days=keep_days)


def test_every_page_comes_back_exactly_from_both_parts(tmp_path: Path) -> None:
    made = pages(700)
    log = filled(tmp_path / "s.sqlite", made[:600])
    assert seal(log).n_sealed == 599  # the newest stays
    for page in made[600:]:
        log.append(page)
    log.flush()
    read = [page for batch in log.batches() for page in batch]
    assert [stored(p) for p in read] == [stored(p) for p in made]
    assert [seq for seq, _ in log.since(598, 10)] == [599]
    assert [seq for seq, _ in log.since(599, 3)] == [600, 601, 602]
    log.close()


@pytest.mark.parametrize("newest", [0, 1, 100, 101, 102, 350, 699, 700, 5_000])
def test_the_newest_pages_are_counted_over_both_parts(tmp_path: Path, newest: int) -> None:
    made = pages(700)
    log = filled(tmp_path / "s.sqlite", made[:300])
    seal(log)
    for page in made[300:600]:
        log.append(page)
    log.flush()
    seal(log)
    for page in made[600:]:
        log.append(page)
    log.flush()
    read = [page.page.query_id for batch in log.batches(newest=newest) for page in batch]
    assert read == [p.page.query_id for p in made][max(0, 700 - newest) :]
    log.close()


def test_the_training_table_is_the_same_before_and_after_sealing(tmp_path: Path) -> None:
    log = filled(tmp_path / "s.sqlite", pages(300))
    n = log.to_parquet(tmp_path / "before.parquet")
    seal(log)
    assert log.to_parquet(tmp_path / "after.parquet") == n
    before, after = (
        pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in ("before", "after")
    )
    assert repr(before) == repr(after)  # NaN is not equal to itself
    log.close()


def test_the_live_file_shrinks(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    log = filled(path, pages(4_000))
    log.close()  # into the file
    before = path.stat().st_size
    log = ServedLog(path)
    done = seal(log)
    log.close()
    assert path.stat().st_size < before / 10
    assert done.freed_bytes > before / 2
    files = list((tmp_path / "sealed").iterdir())
    assert [f.name for f in files] == ["pages-1-3999.parquet"]


def test_a_later_page_of_a_sealed_search_is_found_and_written_once(tmp_path: Path) -> None:
    made = pages(600)
    log = filled(tmp_path / "s.sqlite", made)
    seal(log)
    log.close()
    log = ServedLog(tmp_path / "s.sqlite")  # a worker that does not remember it
    first = log.get(query_id(123))
    assert first is not None
    assert (first.query, first.order) == (made[123].query, made[123].order)
    assert first.page == replace(made[123].page, trace=(), facets=())
    log.append(made[123])  # shown again, an hour later
    log.append(served(query_id(123), page=2, at_us=NOW_US + DAY_US))
    log.flush()
    same = [p.page.page for b in log.batches() for p in b if p.page.query_id == query_id(123)]
    assert same == [1, 2]
    assert log.get(query_id(601)) is None
    assert log.get("an id of the caller") is None
    log.close()


def test_a_page_younger_than_asked_for_stays_and_few_pages_wait(tmp_path: Path) -> None:
    log = filled(tmp_path / "s.sqlite", pages(100))
    at_50 = NOW_US + 50_000
    assert log.seal(now_us=at_50 + 3_600_000_000, older_than_s=3600, keep_days=1).n_sealed == 50
    assert (
        log.seal(now_us=NOW_US + DAY_US, older_than_s=3600, at_least=50, keep_days=1).n_sealed == 0
    )
    log.close()


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    log = filled(tmp_path / "s.sqlite", pages(10))
    seal(log)
    connection = sqlite3.connect(tmp_path / "s.sqlite")
    connection.execute("DELETE FROM pages")  # the newest page of somebody who was forgotten
    connection.commit()
    connection.close()
    log.append(served("late"))
    log.flush()
    assert [seq for seq, _ in log.since(9)] == [10]
    log.close()


def test_a_page_past_its_days_is_dropped_and_counted_a_day_after_it_was_noted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.sqlite"
    log = filled(path, pages(10))
    seal(log)
    late = NOW_US + 31 * DAY_US
    assert seal(log, now_us=late, keep_days=30).n_dropped == 0  # noted
    assert seal(log, now_us=late + DAY_US // 2, keep_days=30).n_dropped == 0
    assert seal(log, now_us=late + DAY_US, keep_days=30).n_dropped == 9
    assert [p.page.query_id for b in log.batches() for p in b] == [query_id(9)]
    assert not list((tmp_path / "sealed").iterdir())
    state = peek_served(path)
    assert (state.n_pages, state.n_sealed, state.n_dropped) == (1, 0, 9)
    log.close()


def test_a_clock_that_jumps_400_days_ahead_for_a_moment_drops_nothing(tmp_path: Path) -> None:
    log = filled(tmp_path / "s.sqlite", pages(10))
    seal(log)
    assert seal(log, now_us=NOW_US + 401 * DAY_US).n_dropped == 0
    assert seal(log, now_us=NOW_US + 2 * DAY_US).n_dropped == 0  # it is right again
    assert seal(log, now_us=NOW_US + 401 * DAY_US).n_dropped == 0  # and jumps once more
    assert len([p for b in log.batches() for p in b]) == 10
    log.close()


def test_a_changed_or_missing_file_is_an_error_and_not_fewer_pages(tmp_path: Path) -> None:
    log = filled(tmp_path / "s.sqlite", pages(300))
    seal(log)
    [segment] = log.segments()
    whole = segment.file.read_bytes()
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 1
    segment.file.write_bytes(flipped)
    with pytest.raises(BrokenFile, match="damaged"):
        list(log.batches())
    segment.file.unlink()
    with pytest.raises(BrokenFile, match="missing"):
        list(log.batches())
    assert log.get(query_id(3)) is None  # a shopper's page is made as a new one
    segment.file.write_bytes(whole)
    assert sum(map(len, log.batches())) == 300
    log.close()


def test_upkeep_is_due_once_a_day_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    now = NOW_US + 10_000

    def is_due(now_us: int) -> bool:
        return is_upkeep_due(path, now_us=now_us, keep_days=30)

    assert not is_due(now)  # no file yet
    log = filled(path, pages(10))
    assert not is_due(now)
    assert not is_due(now + 3_600_000_000)
    late = now + DAY_US
    assert is_due(late)
    assert keep_up(path, now_us=late, keep_days=30).n_sealed == 9
    assert not is_due(late)
    past = now + 31 * DAY_US
    assert is_due(past)
    assert keep_up(path, now_us=past, keep_days=30).n_dropped == 0
    assert not is_due(past + DAY_US // 2)  # noted; looked at again after a day
    assert is_due(past + DAY_US)
    assert keep_up(path, now_us=past + DAY_US, keep_days=30).n_dropped == 9
    assert not is_due(past + DAY_US)
    log.close()


def test_a_moved_shop_still_finds_its_sealed_pages(tmp_path: Path) -> None:
    log = filled(tmp_path / "shop" / "s.sqlite", pages(10))
    seal(log)
    log.close()
    os.rename(tmp_path / "shop", tmp_path / "moved")
    log = ServedLog(tmp_path / "moved" / "s.sqlite")
    assert sum(map(len, log.batches())) == 10
    log.close()


def test_pages_are_written_and_read_while_others_are_sealed(tmp_path: Path) -> None:
    made = pages(3_000)
    log = filled(tmp_path / "s.sqlite", made[:2_000])
    waits: list[float] = []
    sealing = threading.Thread(target=seal, args=(log,))
    sealing.start()
    for page in made[2_000:]:
        start = time.thread_time()
        log.append(page)
        waits.append(time.thread_time() - start)
        if len(waits) % 100 == 0:
            assert sum(map(len, log.batches())) >= 2_000
    sealing.join()
    log.flush()
    assert [p.page.query_id for b in log.batches() for p in b] == [p.page.query_id for p in made]
    log.close()


def test_pages_are_taken_out_of_both_parts_bytes_and_all(tmp_path: Path) -> None:
    path, made = tmp_path / "s.sqlite", pages(700)
    for i in (3, 400, 650):
        query = replace(made[i].query, visitor_id="somebody-to-forget")
        made[i] = replace(made[i], query=query)
    log = filled(path, made[:600])
    seal(log)
    for page in made[600:]:
        log.append(page)
    log.flush()
    doomed = [
        s
        for s, p in log.since(0) + log.since(250) + log.since(500) + log.since(600)
        if "forget" in p.query.visitor_id
    ]
    reading = log.batches()
    n_read = len(next(reading))  # of the file that is replaced now
    remove_pages(path, set(doomed))
    left = [p for i, p in enumerate(made) if i not in (3, 400, 650)]
    assert n_read + sum(map(len, reading)) >= len(left)
    assert [stored(p) for b in log.batches() for p in b] == [stored(p) for p in left]
    assert log.get(query_id(3)) is None
    assert peek_served(path).n_pages == 697
    log.close()
    assert len(list((tmp_path / "sealed").iterdir())) == 1
    tables = [pq.read_table(f).to_pylist() for f in (tmp_path / "sealed").iterdir()]
    assert "somebody-to-forget" not in str(tables)
    remove_pages(path, range(1, 10_000))
    assert peek_served(path).n_pages == 0
    assert not list((tmp_path / "sealed").iterdir())
    log = filled(path, [served("late")])
    assert [seq for seq, _ in log.since(0)] == [701]
    log.close()


# Where a sealing dies: before the file has its name, before it is registered, while its rows are deleted.
DIES = {
    "before the rename": "served_segment.pq.ParquetWriter.close = die",
    "before it is registered": "served_sealing.hash_of = die",
    "before the rows are deleted": "served_sealing._delete_sealed = lambda *a, n=[0]: n.append(0) or (len(n) > 2 and die())",
    "while the rows are deleted": "served_sealing._BATCH = 20; n = []; served_sealing.time.sleep = lambda s: n.append(0) or (len(n) > 4 and die())",
}
SEALER = """
import os, signal, sys
from pathlib import Path
from baihuo.events import SealedCounts, ServedLog, served_sealing, served_segment
def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
log = ServedLog(Path(sys.argv[1]))
{dies}
log.seal(now_us=int(sys.argv[2]), keep_days=400)
"""


@pytest.mark.parametrize("moment", DIES)
def test_a_sealing_killed_anywhere_loses_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    path, made = tmp_path / "s.sqlite", pages(101)
    log = filled(path, made[:100])
    script = SEALER.format(dies=DIES[moment])
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(NOW_US + DAY_US)],
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert [stored(p) for b in log.batches() for p in b] == [stored(p) for p in made[:100]]
    log.append(made[100])
    log.flush()
    for _ in range(2):
        seal(log)
        assert [stored(p) for b in log.batches() for p in b] == [stored(p) for p in made]
    files = [f for f in (tmp_path / "sealed").iterdir() if not f.name.startswith(".")]
    assert sorted(files) == sorted(s.file for s in log.segments())
    assert peek_served(path).n_pages == 101
    log.close()


# The tables of version 1, and a row as it wrote them.
VERSION_1 = """
CREATE TABLE served (
    seq INTEGER PRIMARY KEY, query_id TEXT NOT NULL, page INTEGER NOT NULL,
    body BLOB NOT NULL, names INTEGER NOT NULL, features BLOB NOT NULL, UNIQUE (query_id, page)
);
CREATE TABLE names (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
PRAGMA user_version = 1;
"""


def version_1(path: Path, made: list[Served]) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(VERSION_1)
    for page in made:
        names = "\n".join(page.feature_names)
        connection.execute("INSERT OR IGNORE INTO names (names) VALUES (?)", (names,))
        number = connection.execute("SELECT id FROM names WHERE names = ?", (names,)).fetchone()[0]
        kept = replace(page.page, trace=(), facets=())
        fields = {
            name: getattr(kept, name) for name in kept.__slots__ if name not in ("trace", "facets")
        }
        body = orjson.dumps(
            {
                "query": page.query,
                "page": fields,
                "order": page.order,
                "served_at_us": page.served_at_us,
            }
        )
        features = np.ascontiguousarray(page.features, dtype="<f4").tobytes()
        connection.execute(
            "INSERT INTO served (query_id, page, body, names, features) VALUES (?, ?, ?, ?, ?)",
            (page.page.query_id, page.page.page, body, number, features),
        )
    connection.commit()
    connection.close()


def test_a_log_of_version_1_is_read_on_and_sealed(tmp_path: Path) -> None:
    path, made = tmp_path / "s.sqlite", pages(1_200)
    version_1(path, made[:1_000])
    assert peek_served(path).n_pages == 1_000
    log = ServedLog(path)
    for page in made[1_000:]:
        log.append(page)
    log.flush()
    assert [stored(p) for b in log.batches() for p in b] == [stored(p) for p in made]
    for newest in (150, 250, 1_200):
        read = [p for b in log.batches(newest=newest) for p in b]
        assert [stored(p) for p in read] == [stored(p) for p in made[-newest:]]
    assert (found := log.get(query_id(5))) is not None
    assert found.order == made[5].order
    state = peek_served(path)
    assert (state.n_pages, state.newest_at_us) == (1_200, made[-1].served_at_us)
    before = path.stat().st_size
    seal(log)
    assert [stored(p) for b in log.batches() for p in b] == [stored(p) for p in made]
    assert peek_served(path).n_pages == 1_200
    log.close()
    assert path.stat().st_size < before / 5  # rewritten once: it was not made to shrink


def test_what_a_page_leaves_out_is_what_it_always_left_out() -> None:
    """A default that changes would change what older pages say: then FORMAT has to be raised."""
    page = served("q")
    plain = replace(
        page,
        query=type(page.query)(query_id="q", surface=page.query.surface, visitor_id="v", at_us=1),
    )
    row = PageRow.of(plain)
    back = bytes_to_page(row.body, PageSource.of(plain))
    query = back.query
    said = (query.language, query.sort.value, query.page, query.page_size, query.basics.country)
    assert said == ("en", "relevance", 1, 24, None)
    assert len(QUERY_DEFAULTS) == 16, "a new field of Query: is its default what older pages meant?"
    assert len(PAGE_DEFAULTS) == 11, "a new field of Page: is its default what older pages meant?"
