"""Two runs at once, a run that is killed, a disk that is full: nothing half-written, nothing lost."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Conflict, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.engine.disk import is_full_disk
from baihuo.quality import CleanOptions, QualityReport, clean
from baihuo.quality.engine import journal
from baihuo.quality.engine.clean import WRITTEN
from baihuo.quality.engine.journal import Journal
from baihuo.quality.engine.lock import NAME, locked

sys.path.insert(0, str(Path(__file__).parent))  # for a module that other processes import too
import killing  # type: ignore[import-not-found]  # found by the line above

NOW_US = 1_760_000_000_000_000
"""Later than every event here."""

server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["baihuo.quality", "baihuo.engine", "killing"])
RESULTS = (*WRITTEN, "report.json")
FOLDERS = {"events", "partitions"}


@pytest.fixture
def raw(tmp_path: Path, event: Callable[..., Any]) -> Path:
    """A small shop with dirt for several steps."""
    events = [
        event("click", 3_000 * i, visitor_id=f"v{i % 5}", query_id=f"q{i}") for i in range(60)
    ]
    events += [event("purchase", i, quantity=0) for i in range(3)]
    events += [event("click", 90 + i, product_id="gone") for i in range(3)]
    events += [event("impression", 100 + i, position=0) for i in range(3)]
    pq.write_table(events_to_table(events), tmp_path / "events.parquet")
    shop = [
        Product(product_id=p, title_en=f"Thing {p}", price_minor=100) for p in ("p1", "p1", "p2")
    ]
    pq.write_table(products_to_table(shop), tmp_path / "products.parquet")
    return tmp_path


def cleaned(raw: Path, out: Path, **other: Any) -> QualityReport:
    return clean(
        DuckTables(threads=1),
        events=[raw / "events.parquet"],
        products=[raw / "products.parquet"],
        out=out,
        rules=only("bad_quantity", "bad_position", "duplicates", "orphans"),
        options=CleanOptions(partition_rows=killing.IN_A_RANGE),
        **{"now_us": NOW_US, **other},
    )


def bytes_of(out: Path) -> dict[str, bytes]:
    whole = {name: (out / name).read_bytes() for name in RESULTS}
    for folder in sorted(FOLDERS):
        whole |= {f"{folder}/{p.name}": p.read_bytes() for p in sorted((out / folder).iterdir())}
    return whole


def ended(process: Any) -> None:
    """Wait for it, but not for ever."""
    process.join(120)
    if process.is_alive():
        process.kill()
        pytest.fail("the other process did not end")


def in_another_process(raw: Path, out: Path, die_at: int | None) -> tuple[int, int]:
    """Exit code, and how often it touched the disk (0 when it was killed)."""
    told = raw / f"told-{out.name}"
    one = server.Process(
        target=killing.run, args=(raw, out, NOW_US), kwargs={"die_at": die_at, "told": told}
    )
    one.start()
    ended(one)
    return one.exitcode or 0, int(told.read_text()) if told.exists() else 0


def test_killed_at_any_touch_of_the_disk_the_next_run_gives_the_same_bytes(raw: Path) -> None:
    code, n_touches = in_another_process(raw, raw / "undisturbed", None)
    assert code == 0
    assert n_touches > 60
    whole = bytes_of(raw / "undisturbed")
    assert sum(name.startswith("events/") for name in whole) == 2
    # the last touches are the renames
    moments = [2, n_touches // 4, n_touches // 2, n_touches - 14, n_touches - 5, n_touches - 1]
    resumed = 0
    for moment in moments:
        out = raw / f"killed-{moment}"
        code, _ = in_another_process(raw, out, moment)
        assert code == -signal.SIGKILL
        if (out / "report.json").exists():  # said to be whole: it is
            assert bytes_of(out) == whole
        for name in whole:  # never half a file under its name
            if (out / name).exists():
                assert (out / name).read_bytes() == whole[name]
        steps: list[str] = []
        report = cleaned(raw, out, progress=lambda what, *_: steps.append(what))  # noqa: B023
        assert bytes_of(out) == whole
        assert {p.name for p in out.iterdir()} == {*RESULTS, *FOLDERS, NAME}
        assert report.run_id == json.loads(whole["report.json"])["run_id"]
        resumed += any("going on" in what for what in steps)
    assert resumed >= len(moments) // 2


def test_killed_when_a_range_of_days_ends_the_next_run_goes_on(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Journal.note

    def killed(journal: Journal, name: str, **result: Any) -> None:
        if name.startswith("range "):
            raise KeyboardInterrupt
        note(journal, name, **result)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            cleaned(raw, raw / "out")
    cleaned(raw, raw / "out")
    cleaned(raw, raw / "fresh")
    assert bytes_of(raw / "out") == bytes_of(raw / "fresh")


def test_killed_twice_over_an_older_result_it_still_ends_right(raw: Path) -> None:
    cleaned(raw, raw / "out", now_us=NOW_US - 1)
    old = bytes_of(raw / "out")
    for moment in (25, 50):
        assert in_another_process(raw, raw / "out", moment)[0] == -signal.SIGKILL
        assert bytes_of(raw / "out") == old
    cleaned(raw, raw / "out")
    cleaned(raw, raw / "fresh")
    for name in set(RESULTS) - {"report.html", "history.jsonl"}:  # those two tell of the run before
        assert (raw / "out" / name).read_bytes() == (raw / "fresh" / name).read_bytes()
    assert len((raw / "out" / "history.jsonl").read_text().splitlines()) == 2


def test_a_run_goes_on_with_the_clock_of_the_killed_one_but_not_over_other_data(raw: Path) -> None:
    out = raw / "out"
    assert in_another_process(raw, out, 50)[0] == -signal.SIGKILL
    started = Journal.open(out, key="something else", now_us=None)
    assert started.done == {}
    assert in_another_process(raw, out, 50)[0] == -signal.SIGKILL
    assert cleaned(raw, out, now_us=None).checked_at_us == NOW_US


@pytest.mark.parametrize("boot", ["another start of the machine\n", None])
def test_no_run_is_gone_on_with_after_the_machine_went_down(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot: str | None
) -> None:
    """What the rounds left is not synced to the disk, so after a power cut half of a file may be there."""
    out = raw / "out"
    assert in_another_process(raw, out, 50)[0] == -signal.SIGKILL
    if boot is not None:
        (tmp_path / "boot_id").write_text(boot)
    monkeypatch.setattr(journal, "_BOOT_ID", tmp_path / "boot_id")
    steps: list[str] = []
    cleaned(raw, out, progress=lambda what, *_: steps.append(what))
    assert not any("going on" in what for what in steps)


def test_a_second_run_is_refused_and_told_who_holds_the_folder(raw: Path) -> None:
    with locked(raw / "out"), pytest.raises(Conflict) as refused:
        cleaned(raw, raw / "out")
    assert f"process {os.getpid()} on {socket.gethostname()}, since 20" in refused.value.what
    assert "wait" in refused.value.fix
    cleaned(raw, raw / "out")


def test_a_lock_of_a_dead_process_is_known_as_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = server.Process(target=int)
    gone.start()
    ended(gone)
    left = {"pid": gone.pid, "host": socket.gethostname(), "started_at_us": 1}
    (tmp_path / NAME).write_text(json.dumps(left))
    with locked(tmp_path) as before:
        assert before is not None
        assert before.pid == gone.pid
    with locked(tmp_path) as before:
        assert before is None

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks on this file system")

    monkeypatch.setattr("fcntl.flock", no_locks)
    (tmp_path / NAME).write_text(json.dumps(left))
    with locked(tmp_path):
        pass
    for living in ({**left, "pid": os.getppid()}, {**left, "host": "elsewhere"}):
        (tmp_path / NAME).write_text(json.dumps(living))
        with pytest.raises(Conflict, match="another run"), locked(tmp_path):
            pass


@pytest.mark.parametrize("most", [0, 600, 5_000])
def test_a_full_disk_is_said_and_the_old_result_stays(raw: Path, most: int) -> None:
    cleaned(raw, raw / "out", now_us=NOW_US - 1)
    old = bytes_of(raw / "out")
    one = server.Process(
        target=killing.with_little_room, args=(raw, raw / "out", NOW_US, most, raw / "told")
    )
    one.start()
    ended(one)
    assert one.exitcode == 0
    assert "is full" in (raw / "told").read_text()
    assert "free some space" in (raw / "told").read_text()
    assert bytes_of(raw / "out") == old
    assert {p.name for p in (raw / "out").iterdir()} == {*RESULTS, *FOLDERS, NAME}


def test_other_errors_are_not_called_a_full_disk() -> None:
    assert not is_full_disk(OSError(errno.EACCES, "Permission denied"))
    assert not is_full_disk(ValueError("no space left on device"))
    assert is_full_disk(OSError(errno.ENOSPC, "x"))


def test_a_killed_run_that_is_old_is_not_gone_on_with(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, key="x", now_us=None)
    journal.note("events_1_schema", has_found=False)
    assert Journal.open(tmp_path, key="x", now_us=None).done
    path = tmp_path / ".clean" / "journal.jsonl"
    first, *others = [json.loads(line) for line in path.read_text().splitlines()]
    first["clock_us"] = time.time_ns() // 1000 - 25 * 3_600_000_000
    path.write_text("".join(json.dumps(line) + "\n" for line in (first, *others)))
    assert Journal.open(tmp_path, key="x", now_us=None).done == {}
