"""The log against a list: same ids, same order, whatever happens between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import BadInput, Conflict, Event, EventType, ShopError
from baihuo.core.tables import EVENTS, TIMELY, table_to_events
from baihuo.events import Belief, EventLog


def event(event_id: str, received_at_us: int = 2, **values: object) -> Event:
    return Event(
        event_id=event_id,
        event_type=EventType.CLICK,
        visitor_id="v1",
        occurred_at_us=1,
        received_at_us=received_at_us,
        **values,  # type: ignore[arg-type]
    )


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.integers(0, 30), max_size=5)),
        st.tuples(st.just("seal"), st.just([])),
        st.tuples(st.just("reopen"), st.just([])),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(steps=steps)
def test_the_log_is_a_list_without_repeats_whatever_is_sealed_or_reopened(
    steps: list[tuple[str, list[int]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, sealed = Path(folder) / "log.sqlite", Path(folder) / "events"
        log, model = EventLog(path), list[str]()
        try:
            for step, ids in steps:
                if step == "append":
                    new = list(dict.fromkeys(f"e{i}" for i in ids if f"e{i}" not in model))
                    appended = log.append([event(f"e{i}") for i in ids])
                    assert (appended.n_new, appended.n_known) == (len(new), len(ids) - len(new))
                    model += new
                elif step == "seal":
                    log.seal(sealed)
                else:
                    log.close()
                    log = EventLog(path)
                rows = log.tail(0)
                assert rows == [(i, event(e)) for i, e in enumerate(model, start=1)]
                assert log.last_seq() == len(model)
                assert log.tail(3, limit=2) == rows[3:5]
            in_files = [
                e for f in sorted(sealed.glob("*")) for e in table_to_events(pq.read_table(f))
            ]
            assert len(in_files) == len({e.event_id for e in in_files})
        finally:
            log.close()


def test_every_field_comes_back_as_it_went_in(tmp_path: Path) -> None:
    full = event(
        "e1",
        session_id="s",
        query_id="q",
        query_text="手机 ☎",
        product_id="p",
        variant_id="v",
        order_id="o",
        surface="search",
        position=3,
        propensity=0.1,
        price_minor=2**62,
        currency="EUR",
        quantity=2,
        dwell_ms=5,
        rating=4.5,
        text="good",
        platform="web",
        device="phone",
        country="DE",
    )
    log = EventLog(tmp_path / "log.sqlite")
    log.append([full])
    assert log.tail(0) == [(1, full)]
    segment = log.seal(tmp_path / "events")
    assert log.tail(0) == [(1, full)]
    assert segment is not None
    assert segment.name == "live-1-1.parquet"
    table = pq.read_table(segment)
    assert table.drop_columns([TIMELY]).schema.equals(EVENTS)
    assert (table["import_id"].to_pylist(), table["line"].to_pylist()) == ([0], [1])
    log.close()


def test_the_log_shrinks_when_it_is_sealed(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    log = EventLog(path)
    log.append([event(f"e{i:05}", text="x" * 500) for i in range(5_000)])
    log.close()  # into the file
    before = path.stat().st_size
    log = EventLog(path)
    log.seal(tmp_path / "events")
    log.close()
    assert path.stat().st_size < before / 3  # what is left are the ids
    log = EventLog(path)
    assert log.append([event("e00007"), event("new")]).n_known == 1
    assert len(log.tail(0)) == 5_001
    log.close()


def test_a_log_of_an_older_version_shrinks_too(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")  # without what lets a file shrink in steps
    connection.execute("CREATE TABLE unused (a)")
    connection.close()
    log = EventLog(path)
    log.append([event(f"e{i:05}", text="x" * 500) for i in range(5_000)])
    log.close()
    before = path.stat().st_size
    log = EventLog(path)
    log.seal(tmp_path / "events")
    assert [seq for seq, _ in log.tail(4_990)] == list(range(4_991, 5_001))
    log.close()
    assert path.stat().st_size < before / 3


def test_a_second_process_reads_what_the_first_appended(tmp_path: Path) -> None:
    first, second = EventLog(tmp_path / "log.sqlite"), EventLog(tmp_path / "log.sqlite")
    assert first.append([event("a")]).n_new == 1
    assert [e.event_id for _, e in second.tail(0)] == ["a"]
    assert second.append([event("a"), event("b")]).n_known == 1
    assert [(s, e.event_id) for s, e in first.tail(1)] == [(2, "b")]
    first.close()
    second.close()


def test_text_that_no_file_can_hold_spoils_only_its_own_call(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite")
    waiting = log.submit([event("a")])
    with pytest.raises(BadInput, match="valid Unicode"):
        log.append([event("b", query_text="\ud800")])
    assert waiting.result().n_new == 1
    log.close()


def test_a_full_disk_is_an_error_and_not_an_acknowledgement(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite")
    log.append([event("a")])
    log._commits._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own full disk
    with pytest.raises(ShopError, match="full") as told:
        log.append([event(f"b{i}", text="x" * 3000) for i in range(100)])
    assert "free disk space" in told.value.fix
    assert [e.event_id for _, e in log.tail(0)] == ["a"]
    log._commits._connection.execute("PRAGMA max_page_count = 1000000")
    assert log.append([event("c")]).n_new == 1
    log.close()


def test_a_log_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    EventLog(tmp_path / "log.sqlite").close()
    connection = sqlite3.connect(tmp_path / "log.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Conflict, match="upgrade baihuo"):
        EventLog(tmp_path / "log.sqlite")


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite")
    log.close()
    log.close()
    with pytest.raises(Conflict, match="is closed"):
        log.append([event("a")])


# Where a sealing dies: before the file has its name, before it is registered, before and while rows
# are emptied. The process kills itself, so nothing of Python's own clean-up runs.
DIES = {
    "before the rename": "sealing.pq.ParquetWriter.close = die",
    "before it is registered": "sealing.os.path.relpath = die",
    "before the rows are emptied": "sealing._empty_sealed = lambda c, n=[0]: n.append(0) or (len(n) > 2 and die())",
    "while the rows are emptied": (
        "sealing.EMPTIED_ROWS = 2; n = [0]\n"
        "class Dying(sqlite3.Connection):\n"
        "    def execute(self, sql, *a):\n"
        "        n[0] += sql.startswith('UPDATE')\n"
        "        return die() if n[0] == 2 else super().execute(sql, *a)\n"
        "log.open_sqlite = lambda path, *a, **k: sqlite3.connect(path, isolation_level=None, factory=Dying)"
    ),
}
SEALER = """
import os, signal, sqlite3, sys
from dataclasses import replace
from pathlib import Path
from baihuo.events import log, sealing
def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
held = log.EventLog(Path(sys.argv[1]))
{dies}
held.seal(Path(sys.argv[2]))
"""


@pytest.mark.parametrize("moment", DIES)
def test_a_sealing_killed_anywhere_loses_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    path, sealed = tmp_path / "log.sqlite", tmp_path / "events"
    log = EventLog(path)
    log.append([event(f"e{i}") for i in range(7)])
    script = SEALER.format(dies=DIES[moment])
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(sealed)], capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    expected = [(i + 1, event(f"e{i}")) for i in range(7)]
    assert log.tail(0) == expected
    log.append([event("late")])
    log.seal(sealed)
    log.seal(sealed)
    assert log.tail(0) == [*expected, (8, event("late"))]
    files = [f for f in sealed.iterdir() if not f.name.startswith(".")]
    assert sorted(files) == sorted(s.file for s in log.segments())
    lines = sorted(n for f in files for n in pq.read_table(f)["line"].to_pylist())
    assert lines == list(range(1, 9))
    assert log.append([event("e3")]).n_known == 1
    log.close()


def test_a_moved_shop_still_finds_its_segments(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "shop" / "log.sqlite")
    log.append([event("a")])
    log.seal(tmp_path / "shop" / "events")
    log.close()
    os.rename(tmp_path / "shop", tmp_path / "moved")
    log = EventLog(tmp_path / "moved" / "log.sqlite")
    assert [e.event_id for _, e in log.tail(0)] == ["a"]
    log.close()


def test_a_vouched_purchase_is_known_only_where_the_log_holds_that_purchase(
    tmp_path: Path,
) -> None:
    squat = event("order-1", product_id="p1")
    bought = replace(squat, event_type=EventType.PURCHASE, visitor_id="v2")
    others = [replace(bought, visitor_id=f"w{i}", event_id=f"o-{i}") for i in range(3)]
    beliefs = dict.fromkeys(["order-1", "o-0", "o-1", "o-2"], Belief.VOUCHED)
    log, n_new = EventLog(tmp_path / "log.sqlite"), []
    try:
        log.append([squat, *others])
        for _ in range(3):  # from the second on, all of it is in segments
            n_new.append(log.submit([bought, *others], beliefs=beliefs).result().n_new)
            log.seal(tmp_path / "events")
        stored = [e for _, e in log.tail(0) if e.visitor_id == "v2"]
    finally:
        log.close()
    assert n_new == [1, 0, 0]
    assert [replace(e, event_id="order-1") for e in stored] == [bought]
