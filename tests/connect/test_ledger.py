"""The same file twice, killed imports, imports at once: the list decides what is data."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.connect.conftest import Shop

from baihuo.connect import imports, segments
from baihuo.core import Conflict, ShopError

HEADER = "event_type,visitor_id,product_id,time\n"


def events(n: int) -> str:
    return HEADER + "".join(f"click,v{i},p{i},2024-05-01 10:00:00\n" for i in range(n)) + "bad,,,\n"


def test_the_same_bytes_again_change_nothing(shop: Shop) -> None:
    first = shop.take(shop.file("a.csv", events(9)))
    before = shop.snapshot()
    again = shop.take(shop.file("renamed.csv", events(9)))
    assert (again.n_in, again.n_known, again.import_ids) == (0, first.n_in, ())
    assert shop.snapshot() == before


def test_event_ids_that_a_file_lacks_are_the_same_on_every_machine(
    shop: Shop, shop_at: type[Shop], tmp_path: Path
) -> None:
    shop.take(shop.file("a.csv", events(9)))
    (tmp_path / "other").mkdir()
    other = shop_at(tmp_path / "other")
    other.take(other.file("b.csv", events(3)))
    other.take(other.file("a.csv", events(9)))
    ids = [r["event_id"] for r in shop.rows("events")]
    assert ids == [r["event_id"] for r in other.rows("events")][3:]
    assert len(set(ids)) == 9


def test_the_same_bytes_read_another_way_replace_what_was_there(shop: Shop) -> None:
    path = shop.file("a.csv", "event_type,visitor_id,who,time\nclick,,v7,2024-05-01\n")
    assert shop.take(path).reasons == {"no_visitor": 1}
    result = shop.take(path, mapping={"visitor_id": "who"})
    assert (result.n_kept, [r["visitor_id"] for r in shop.rows("events")]) == (1, ["v7"])
    assert shop.refused() == []
    assert [r.import_id for r in imports(shop.raw)] == [2]


def test_the_list_says_what_came_of_each_file(shop: Shop) -> None:
    shop.take(shop.file("a.csv", events(9)), shop.file("p.csv", "sku,title\n1,Cup\n2,\n"))
    found = json.loads((shop.raw / "imports.json").read_text())
    assert [(r["files"], r["kind"], r["n_in"], r["n_kept"], r["n_quarantined"]) for r in found] == [
        (["a.csv"], "events", 10, 9, 1),
        (["p.csv"], "products", 2, 1, 1),
    ]
    assert [r["reasons"] for r in found] == [{"no_visitor": 1}, {"no_title": 1}]


def test_files_before_a_broken_one_stay_and_are_skipped_next_time(shop: Shop) -> None:
    good, late = shop.file("a.csv", events(3)), shop.file("b.csv", events(4))
    broken = shop.file("c.jsonl", '{"visitor_id": 1}\n')
    with pytest.raises(ShopError):
        shop.take(good, broken)
    assert segments(shop.raw, "events") == []  # seen to be broken before anything was written
    assert shop.take(good, late).n_kept == 7


def test_leftovers_of_a_killed_import_are_no_data_and_are_replaced(shop: Shop) -> None:
    shop.take(shop.file("a.csv", events(3)))
    for name in ("events/000002.parquet", "quarantine/000002.parquet", "events/.000003.parquet.x"):
        (shop.raw / name).write_bytes(b"half")
    assert len(segments(shop.raw, "events")) == 1
    assert shop.take(shop.file("b.csv", events(5))).import_ids == (2,)
    assert len(shop.rows("events")) == 8
    assert not list((shop.raw / "events").glob(".0*"))


def test_two_imports_at_once_do_not_meet(shop: Shop) -> None:
    shop.raw.mkdir()
    with (shop.raw / ".import.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="another import"):
            shop.take(shop.file("a.csv", events(3)))
    assert shop.take(shop.file("a.csv", events(3))).n_kept == 3


def test_a_damaged_list_is_said_not_overwritten(shop: Shop) -> None:
    shop.take(shop.file("a.csv", events(3)))
    (shop.raw / "imports.json").write_text("[{")
    with pytest.raises(ShopError, match="not a manifest of imports"):
        shop.take(shop.file("b.csv", events(3)))


SCRIPT = """
import sys
from pathlib import Path
from baihuo.connect import import_files
from baihuo.engine import DuckTables
from baihuo.privacy import column_mask

print("ready", flush=True)
paths = [Path(p) for p in sys.argv[2:]]
import_files(paths, raw=Path(sys.argv[1]), tables=DuckTables(threads=1), mask=column_mask(b"k"))
"""


def test_killed_at_any_moment_an_import_happened_whole_or_not_at_all(shop: Shop) -> None:
    """Killed after growing delays until a run survives; at each step the list and the data agree."""
    paths = [shop.file(f"{n}.csv", events(n)) for n in (2_000, 3_000, 4_000, 5_000)]
    n_killed, delay_s = 0, 0.0
    while delay_s < 60:
        command = [sys.executable, "-c", SCRIPT, str(shop.raw), *map(str, paths)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay_s)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            n_killed += 1
        code = process.wait(timeout=300)
        process.stdout.close()
        found = imports(shop.raw)
        assert len(shop.rows("events")) == sum(r.n_kept for r in found)
        assert len({r["event_id"] for r in shop.rows("events")}) == sum(r.n_kept for r in found)
        if code == 0:
            break
        delay_s = 1.3 * delay_s + 0.05  # a slow machine is not killed a hundred times
    assert code == 0
    assert n_killed >= 2
    assert [r.n_kept for r in found] == [2_000, 3_000, 4_000, 5_000]
    assert len(list(shop.raw.rglob("*.parquet"))) == 12  # and nothing that was half-written
