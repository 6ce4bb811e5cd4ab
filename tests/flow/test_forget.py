"""A visitor who asks is gone: from every byte of every file, and nobody else loses a row."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from tests.privacy_scan import files_with
from tests.small_events_shop import DAY_US, LEAVES, NOW_US, SECRETS, STAYS, append, live, made
from typer.testing import CliRunner

from baihuo import flow
from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.events import EventLog
from baihuo.quality import QualityReport
from baihuo.settings import Shop

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("forget") / "shop").root


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Shop:
    return Shop(Path(shutil.copytree(template, tmp_path / "shop")))


def rows_of_others(shop: Shop) -> dict[str, Rows]:
    """Every row of the raw and the clean events that is not of the visitor who leaves."""
    files = {"raw": f"{shop.raw}/events/*.parquet", "clean": f"{shop.clean_events}/*.parquet"}
    return {
        name: duckdb.execute(
            f"SELECT * FROM read_parquet('{of}', union_by_name = true) WHERE visitor_id <> '{LEAVES}' ORDER BY ALL"
        ).fetchall()
        for name, of in files.items()
    }


def n_raw(shop: Shop, visitor: str) -> int:
    found = duckdb.execute(
        f"SELECT count(*) FROM '{shop.raw}/events/*.parquet' WHERE visitor_id = '{visitor}'"
    ).fetchall()
    return int(found[0][0])


def events_in_log(shop: Shop) -> list[tuple[int, str]]:
    log = EventLog(shop.log)
    try:
        return [(seq, e.event_id) for seq, e in log.tail(0, limit=1_000_000)]
    finally:
        log.close()


def test_nothing_of_the_visitor_is_left_and_others_keep_every_row(shop: Shop) -> None:
    before = files_with(shop.root, SECRETS)
    assert set(before) == set(SECRETS), "the search has no force"
    assert len(before[LEAVES]) >= 8
    flow.check(shop)  # seals what waits
    others, others_in_log, n_theirs = rows_of_others(shop), events_in_log(shop), n_raw(shop, LEAVES)
    (receipt,) = flow.forget(shop, [LEAVES])
    assert files_with(shop.root, SECRETS) == {}
    assert rows_of_others(shop) == others
    assert events_in_log(shop) == [(s, e) for s, e in others_in_log if LEAVES not in e]
    assert receipt.status == "complete", "no bundle learned from anybody yet"
    in_events = [n for place, n in receipt.removed.items() if place.startswith("1-raw/events/")]
    assert sum(in_events) == n_theirs
    assert receipt.removed["1-raw/judgements.sqlite"] == 2, (
        "theirs, and one of a text only they typed"
    )
    assert receipt.removed["1-raw/quarantine/000002.parquet"] == 1


def test_values_withheld_at_import_go_with_their_visitor(shop: Shop) -> None:
    path = shop.root / "prices.csv"
    rows = [f"purchase,{v},2025-06-01T12:00:00Z,p1,cheap" for v in (LEAVES, STAYS)]
    path.write_text("\n".join(["event_type,visitor_id,time,product_id,price", *rows]) + "\n")
    done = CliRunner().invoke(app, ["import", str(path), "--shop", str(shop.root)])
    assert done.exit_code == 0, done.output
    path.unlink()
    flow.check(shop)
    (receipt,) = flow.forget(shop, [LEAVES])
    (file,) = (p for p in receipt.removed if p.startswith("1-raw/withheld/"))
    assert receipt.removed[file] == 1
    kept = duckdb.execute(f"SELECT raw FROM '{shop.root / file}'").fetchall()
    assert [STAYS in raw for (raw,) in kept] == [True]
    assert files_with(shop.root, SECRETS) == {}


def test_the_report_still_explains_every_row_that_came_in(shop: Shop) -> None:
    flow.check(shop)
    before = QualityReport.load(shop.quality_report)
    flow.forget(shop, [LEAVES])
    flow.check(shop)
    after = QualityReport.load(shop.quality_report).table("events")
    assert after.n_in == before.table("events").n_in
    assert after.n_in == after.n_kept + after.n_quarantined + after.n_merged + after.n_erased
    assert after.n_erased == 26, "21 imported rows and 5 that came in live"
    assert "erased_before" in (shop.clean / "report.html").read_text()


def test_a_check_between_the_request_and_the_erasure_leaves_the_visitor_out(shop: Shop) -> None:
    flow.request_erasure(shop, [LEAVES])
    report = flow.check(shop)
    assert report.table("events").n_erased == 26
    clean = f"SELECT count(*) FROM '{shop.clean_events}/*.parquet' WHERE visitor_id = '{LEAVES}'"
    assert duckdb.execute(clean).fetchall() == [(0,)]
    (receipt,) = flow.forget(shop)
    assert files_with(shop.root, SECRETS) == {}
    assert receipt.n_removed > 26


def test_a_client_that_sends_an_erased_event_again_changes_nothing(shop: Shop) -> None:
    flow.forget(shop, [LEAVES])
    assert append(shop, live(LEAVES, range(5))) == 0
    assert append(shop, live(LEAVES, range(5, 6))) == 1, "a new one is a new beginning"
    assert append(shop, live(STAYS, range(5))) == 0
    assert [e for _, e in events_in_log(shop) if LEAVES in e] == [f"live-{LEAVES}-5"]


def test_asked_again_a_visitor_who_came_back_is_erased_again(shop: Shop) -> None:
    flow.forget(shop, [LEAVES])
    append(shop, live(LEAVES, range(5, 7)))
    (receipt,) = flow.forget(shop, [LEAVES])
    assert receipt.removed["1-raw/events/live-61-62.parquet"] == 2
    assert files_with(shop.root, SECRETS) == {}
    assert [r.status for r in flow.erasures(shop)] == ["complete", "complete"]


_KILLED_AT_A_RENAME = """
import os, signal, sys
from itertools import count
from pathlib import Path
from baihuo import flow
from baihuo.settings import Shop

renamed = count(1)

def seen(event, paths):
    if event == "os.rename" and str(paths[1]).startswith(sys.argv[1]) and next(renamed) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(seen)
flow.forget(Shop(Path(sys.argv[1])), [sys.argv[3]])
"""


@pytest.mark.parametrize("moment", [3, 12])
def test_a_run_that_is_killed_is_finished_by_the_next(shop: Shop, moment: int) -> None:
    flow.check(shop)
    others, n_theirs = rows_of_others(shop), n_raw(shop, LEAVES)
    # Not forked: DuckDB's threads, which tests share, would not live on in the child.
    command = [sys.executable, "-c", _KILLED_AT_A_RENAME, str(shop.root), str(moment), LEAVES]
    ended = subprocess.run(command, check=False, timeout=120, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (receipt,) = flow.forget(shop)
    assert files_with(shop.root, SECRETS) == {}
    assert rows_of_others(shop) == others
    in_events = [n for place, n in receipt.removed.items() if place.startswith("1-raw/events/")]
    assert sum(in_events) == n_theirs, "counted once"


def test_events_that_come_in_meanwhile_are_all_kept(shop: Shop) -> None:
    log, is_over, n_sent = EventLog(shop.log), threading.Event(), 0

    def forget() -> None:
        flow.forget(shop, [LEAVES])
        is_over.set()

    with_log = threading.Thread(target=forget)
    with_log.start()
    while not is_over.is_set() or n_sent < 50:
        log.append(live("newcomer", range(n_sent, n_sent + 5)))
        n_sent += 5
        time.sleep(0.01)
    with_log.join()
    log.close()
    flow.check(shop)
    found = Counter(e for _, e in events_in_log(shop) if "newcomer" in e)
    assert found == {f"live-newcomer-{i}": 1 for i in range(n_sent)}
    assert n_raw(shop, "newcomer") == n_sent


def test_ids_are_given_on_the_command_line_and_in_a_file(shop: Shop, tmp_path: Path) -> None:
    run: Callable[..., Any] = CliRunner().invoke
    file = tmp_path / "asked.txt"
    file.write_text(f"{LEAVES}\n\nnobody-knows-me\n")
    at = ["--shop", str(shop.root)]
    flow.request_erasure(shop, ["visitor-1"])
    assert json.loads(run(app, ["status", "--json", *at]).stdout)["erasures"]["n_pending"] == 1
    assert "baihuo forget" in run(app, ["status", *at]).stdout
    done = run(app, ["forget", "visitor-2", "--file", str(file), "--json", *at])
    assert done.exit_code == 0, done.output
    receipts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["status"] for r in receipts] == ["complete"] * 4
    assert [r["n_removed"] > 0 for r in receipts] == [True, True, True, False]
    assert LEAVES not in done.stdout
    assert files_with(shop.root, [LEAVES, "visitor-1-", "query-visitor-2-"]) == {}
    assert STAYS in files_with(shop.root, [STAYS])
    shown = run(app, ["visitors", "receipts", *at])
    assert receipts[0]["receipt_id"] in shown.stdout
    assert "all requests are done" in run(app, ["status", *at]).stdout
    audit = run(app, ["audit", "--action", "visitor", "--json", *at]).stdout
    assert len(audit.splitlines()) == 8
    assert LEAVES not in audit


def test_an_empty_id_is_refused(shop: Shop) -> None:
    with pytest.raises(BadInput, match="empty"):
        flow.forget(shop, [" "])


def test_an_export_on_the_command_line_holds_what_files_hold(shop: Shop) -> None:
    at = ["--shop", str(shop.root)]
    document = json.loads(CliRunner().invoke(app, ["visitors", "export", LEAVES, *at]).stdout)
    assert len(document["events"]) == 21 + 5, "imported, sealed and waiting"
    assert [j["query_text"] for j in document["judgements"]] == ["lamp"]
    ids = {e["visitor_id"] for e in document["events"]}
    assert ids == {LEAVES}
    flow.forget(shop, [LEAVES])
    gone = json.loads(CliRunner().invoke(app, ["visitors", "export", LEAVES, *at]).stdout)
    assert gone == {
        "visitor_id": LEAVES,
        "events": [],
        "pages": [],
        "judgements": [],
        "conversations": [],
        "auctions": [],
        "profile": {},
    }


def test_what_is_older_than_it_is_kept_goes_and_is_counted(shop: Shop) -> None:
    kept = {"events_days": 15, "judgements_days": 5, "refused_days": None}
    settings = json.loads(shop.settings_file.read_text()) | {"privacy": {"retention": kept}}
    shop.settings_file.write_text(json.dumps(settings))
    flow.check(shop)
    before_us = NOW_US - 15 * DAY_US
    is_new = f"received_at_us >= {before_us + DAY_US // 4}"  # the test itself takes a while
    raw = f"read_parquet('{shop.raw}/events/*.parquet', union_by_name = true)"
    kept_rows = duckdb.execute(f"SELECT * FROM {raw} WHERE {is_new} ORDER BY ALL").fetchall()
    n_before = len(duckdb.execute(f"SELECT 1 FROM {raw}").fetchall())
    n_in = QualityReport.load(shop.quality_report).table("events").n_in
    receipt = flow.forget_expired(shop)
    assert receipt is not None
    assert duckdb.execute(f"SELECT * FROM {raw} ORDER BY ALL").fetchall() == kept_rows
    assert receipt.removed["1-raw/events/000002.parquet"] == n_before - len(kept_rows)
    assert receipt.removed["1-raw/judgements.sqlite"] == 1
    events = QualityReport.load(shop.quality_report).table("events")
    assert (events.n_in, events.n_erased) == (n_in, n_before - len(kept_rows))
    assert flow.forget_expired(shop) is None, "nothing is so old any more"
    assert [r.kind for r in flow.erasures(shop)] == ["retention"]


def test_an_import_of_the_same_rows_does_not_bring_an_erased_visitor_back(
    shop: Shop, tmp_path: Path
) -> None:
    flow.forget(shop, [LEAVES])
    row = {"event_type": "click", "visitor_id": LEAVES, "product_id": "p1"}
    export = tmp_path / "export.jsonl"
    rows = [
        row | {"event_id": "exported-old", "occurred_at_us": NOW_US - DAY_US},
        row | {"event_id": "exported-new", "occurred_at_us": NOW_US + 3_600_000_000},
        row | {"event_id": "of-another", "occurred_at_us": NOW_US, "visitor_id": STAYS},
    ]
    export.write_text("".join(json.dumps(r) + "\n" for r in rows))
    flow.import_files(shop, [export])
    n_in = flow.check(shop).table("events").n_in
    found = files_with(shop.root, ["exported-old", "exported-new", "of-another"])
    assert "exported-old" not in found
    assert {"exported-new", "of-another"} <= set(found), "what came after the erasure is new"
    (receipt,) = flow.erasures(shop)
    assert receipt.removed["1-raw/events/000003.parquet"] == 1
    assert n_in == flow.check(shop).table("events").n_in == 12 * 21 + 12 * 5 + 3


def test_only_days_in_which_the_visitor_did_something_are_checked_again(
    shop: Shop, tmp_path: Path
) -> None:
    settings = {"engine": {"threads": 1, "partition_rows": 90}}
    shop.settings_file.write_text(json.dumps(settings))
    once = tmp_path / "once.jsonl"
    row = {"event_id": "once", "event_type": "click", "visitor_id": "once", "product_id": "p1"}
    once.write_text(json.dumps(row | {"occurred_at_us": NOW_US - 13 * DAY_US}) + "\n")
    flow.import_files(shop, [once])
    flow.check(shop)
    flow.check(shop)  # what waits for later days waits no more

    def files() -> dict[str, int]:
        return {f.name: f.stat().st_mtime_ns for f in sorted(shop.clean_events.glob("*.parquet"))}

    before = files()
    assert len(before) > 3
    flow.forget(shop, ["once"])
    changed = [name for name, at_ns in files().items() if before[name] != at_ns]
    assert 1 <= len(changed) < len(before) - 1
    clean = duckdb.execute(f"SELECT * FROM '{shop.clean_events}/*.parquet' ORDER BY ALL").fetchall()
    steps = QualityReport.load(shop.quality_report).steps
    flow.check(shop, is_full=True)
    again = duckdb.execute(f"SELECT * FROM '{shop.clean_events}/*.parquet' ORDER BY ALL").fetchall()
    assert (again, QualityReport.load(shop.quality_report).steps) == (clean, steps)


def test_by_the_id_that_its_server_knows_a_visitor_is_forgotten_before_and_after_ids_became_pseudonyms(
    shop: Shop,
) -> None:
    shop.settings_file.write_text("privacy: {ids: hmac}\n")
    stored = shop.pseudonyms().identities.of(LEAVES)
    append(shop, [replace(e, event_id=f"{e.event_id}-later") for e in live(stored, range(3))])
    assert set(files_with(shop.root, [LEAVES, stored])) == {LEAVES, stored}
    flow.forget(shop, [LEAVES])
    assert files_with(shop.root, [*SECRETS, stored]) == {}


def test_an_update_forgets_who_asked_and_does_not_go_on_from_weights_that_know_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    continued: list[object] = []

    def train(of: Shop, **options: object) -> SimpleNamespace:
        continued.append(options["continued"])
        return SimpleNamespace(bundle_id="made")

    monkeypatch.setattr(flow, "train", train)
    monkeypatch.setattr(flow, "release", lambda *args, **options: "gate")
    monkeypatch.setattr(flow, "live_bundle", lambda of: pytest.fail("its weights know them"))
    monkeypatch.setattr(flow, "watch_once", lambda *args, **options: "looked")
    monkeypatch.setattr(flow, "retraining_due", lambda of: "the live bundle learned from them")
    flow.request_erasure(shop, [LEAVES])
    flow.update_live(shop)
    assert files_with(shop.root, SECRETS) == {}
    assert continued == [None]


def test_an_update_by_a_clock_that_is_far_ahead_of_the_log_removes_nothing_for_its_age(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = json.loads(shop.settings_file.read_text())
    shop.settings_file.write_text(
        json.dumps(settings | {"privacy": {"retention": {"events_days": 365}}})
    )
    for name in ("train", "live_bundle", "watch_once", "release"):
        monkeypatch.setattr(flow, name, lambda *args, **options: SimpleNamespace(bundle_id="b"))
    monkeypatch.setattr("baihuo.flow.ClickModels.open", lambda found: None)
    flow.check(shop)  # seals what waits
    rows = rows_of_others(shop)["raw"]
    for ahead_days in (400, 20):
        at_us = NOW_US + ahead_days * DAY_US
        monkeypatch.setattr("baihuo.flow.forgetting.now_us", lambda at_us=at_us: at_us)
        caplog.clear()
        flow.update_live(shop)
        assert rows_of_others(shop)["raw"] == rows
        assert ("the machine's clock is wrong" in caplog.text) is (ahead_days == 400)
    assert flow.forget_expired(shop) is None, "in line, and nothing is a year old"
    monkeypatch.setattr("baihuo.flow.forgetting.now_us", lambda: NOW_US + 400 * DAY_US)
    assert flow.forget_expired(shop) is not None, "a person who asks is believed"
    assert rows_of_others(shop)["raw"] == []
