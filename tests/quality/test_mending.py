"""A row that is fixed comes back once, at its own time, whoever sends it, how often, and whatever is killed."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from baihuo import connect, quality
from baihuo.core import BadInput, Conflict, NotFound
from baihuo.quality import Overrides

sys.path.insert(0, str(Path(__file__).parent))  # for a module that other processes import too
import mending  # type: ignore[import-not-found]  # found by the line above

server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["baihuo.quality", "baihuo.engine", "mending"])

DAY_US = 86_400_000_000
NOW_US = 1_750_000_000_000_000  # 15 June 2025

PRODUCTS = (
    "product_id,title,price,currency,stock_units\np1,Blue mug,5.00,EUR,5\np2,Red mug,6.00,EUR,5\n"
)
EVENTS = """event_id,event_type,shopper,product_id,time,quantity,price
e1,click,v1,p1,2025-06-01T10:00:00Z,,
e2,purchase,v1,p1,2025-06-01T10:05:00Z,0,5.00
e3,click,v2,p2,2025-06-02T10:00:00Z,,
e4,click,v1,p2,2035-06-02T10:00:00Z,,
e5,purchase,,p2,2025-06-02T11:00:00Z,1,6.00
e6,click,v1,gone,2025-06-02T11:30:00Z,,
e7,click,v3,p1,2025-06-04T11:30:00Z,,
"""
"""Of these 2:3 has no quantity, 2:5 is from the future, 2:6 has no visitor, 2:7 an unknown product."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = mending.Shop(tmp_path_factory.mktemp("mending") / "shop", NOW_US)
    shop.take("products.csv", PRODUCTS)
    shop.take("events.csv", EVENTS, mapping={"visitor_id": "shopper"}, currency="EUR")
    shop.check()
    return shop.folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Any:
    shutil.copytree(made, tmp_path / "shop")
    return mending.Shop(tmp_path / "shop", NOW_US)


def event(shop: Any, event_id: str) -> dict[str, Any]:
    [found] = [e for e in shop.events() if e["event_id"] == event_id]
    return dict(found)


def test_an_event_whose_time_is_fixed_stands_at_that_time(shop: Any) -> None:
    """Its file said no time of receipt, so the import took the wrong one."""
    shop.fix("2:5", occurred_at_us="2025-06-01T12:00:00Z")
    shop.check()
    assert [e["event_id"] for e in shop.events()] == ["e1", "e4", "e3", "e7"]
    assert event(shop, "e4")["received_at_us"] == event(shop, "e4")["occurred_at_us"]


def test_a_time_of_receipt_that_the_file_said_stays(shop: Any) -> None:
    at = {"occurred_at_us": 1_748_900_000_000_000, "received_at_us": 1_748_900_060_000_000}
    row = {"event_id": "e9", "event_type": "purchase", "visitor_id": "v", "product_id": "p1"}
    shop.take("live.jsonl", json.dumps({**row, "quantity": 0, **at}) + "\n")
    shop.check()
    shop.fix("3:1", quantity="1", occurred_at_us="1748900001000000")
    shop.check()
    assert event(shop, "e9")["received_at_us"] == at["received_at_us"]


def test_a_refused_line_of_a_csv_file_needs_only_the_field_that_is_wrong(shop: Any) -> None:
    """The mapping and the currency of its import hold for it."""
    shop.fix("2:6", visitor_id="v9")
    shop.check()
    row = event(shop, "e5")
    assert (row["visitor_id"], row["price_minor"], row["currency"]) == ("v9", 600, "EUR")
    assert "2:6" not in shop.quarantine()
    assert not [c for c in quality.quarantined.count_rows(shop.at) if c["step"] == "import"]
    [story] = quality.lineage(shop.at, "2:6")
    assert (story.now, story.where.split("; ")[-1]) == ("refused", "sent back in as 3:1")


def test_a_refused_line_that_has_no_fields_asks_for_them(shop: Any) -> None:
    shop.take(
        "torn.csv", "event_type,visitor_id,product_id,time\nclick,v1\nclick,v1,p1,2025-06-01\n"
    )
    with pytest.raises(
        BadInput, match=r"3:2 cannot be read as fields \(too_few_columns\).*event_type"
    ) as error:
        shop.fix("3:2", product_id="p1")
    assert "--set" in error.value.fix
    assert len(connect.imports(shop.raw)) == 3


def test_who_sends_a_row_in_again_after_the_check_is_told_what_it_became(shop: Any) -> None:
    shop.fix("2:3", quantity="1")
    shop.check()
    with pytest.raises(Conflict, match="row 3:1 was sent in for 2:3 already"):
        shop.fix("2:3", quantity="1")
    with pytest.raises(Conflict, match="row 3:1 was sent in for 2:3 already"):
        shop.release("2:3")
    with pytest.raises(NotFound, match="not in quarantine"):
        shop.fix("2:2", quantity="1")
    assert len([e for e in shop.events() if e["event_id"] == "e2"]) == 1


def test_of_two_people_who_read_the_quarantine_together_one_is_too_late(shop: Any) -> None:
    """Both looked before either sent."""
    rows = {r.row_id: r for r in quality.quarantined.list_rows(shop.at)}
    stale = shop.at
    first = shop.sheet("first.csv", {"2:3": {"quantity": "1"}})
    edits = quality.spreadsheet.read_edits(stale, first)
    shop.fix("2:3", quantity="2")
    pairs = [(e.row, e.values) for e in edits]
    with pytest.raises(Conflict, match="3:1 was sent in for 2:3 already"):
        quality.fix_all(stale, pairs, by="b", why="y", mask=mending.masked)
    pairs = [(rows["2:7"], {"product_id": "p1"}), (rows["2:3"], {"quantity": "3"})]
    with pytest.raises(Conflict, match="3:1 was sent in for 2:3 already"):
        quality.fix_all(stale, pairs, by="b", why="y", mask=mending.masked)
    assert [r.import_id for r in connect.imports(shop.raw)] == [1, 2, 3]
    shop.check()
    assert event(shop, "e2")["quantity"] == 2


def test_processes_that_fix_one_row_at_once_send_it_in_once(shop: Any) -> None:
    start, told = server.Barrier(3), [shop.folder / f"told-{i}" for i in range(3)]
    processes = [
        server.Process(
            target=mending.send_at_once,
            args=(shop.folder, "2:3", {"quantity": str(i + 1)}, start, told[i]),
        )
        for i in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    said = [json.loads(path.read_text()) for path in told]
    assert [s["new"] for s in said if "new" in s] == ["3:1"]
    assert all(
        "already" in s["error"] or "is running" in s["error"] for s in said if "new" not in s
    )
    shop.check()
    assert len([e for e in shop.events() if e["event_id"] == "e2"]) == 1


def test_two_copies_that_an_older_version_let_in_count_once(shop: Any) -> None:
    shop.fix("2:3", quantity="1")
    shop.fix("2:5", occurred_at_us="2025-06-01T12:00:00Z")
    path = shop.raw / "imports.json"
    path.write_text(path.read_text().replace('"from": "2:5"', '"from": "2:3"'))
    shop.check()
    assert event(shop, "e2")["quantity"] == 1
    assert not [e for e in shop.events() if e["event_id"] == "e4"]
    [story] = quality.lineage(shop.at, "4:1")
    assert story.where == "merged into 3:1 by superseded"
    assert shop.at.replaced["2:3"] == "3:1"
    assert Overrides.of(connect.imports(shop.raw)).superseded["events"].num_rows == 2


@pytest.mark.parametrize(
    "values", [{"quantity": "two"}, {"price_minor": "dear"}], ids=["refused", "withheld"]
)
def test_an_import_that_is_not_accepted_never_was(
    shop: Any, values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other process sees it, even for a moment."""
    seen: list[int] = []
    commit = connect.import_manifest.commit

    def counted(*given: Any) -> Any:
        seen.append(1)
        return commit(*given)

    monkeypatch.setattr(connect.import_manifest, "commit", counted)
    files = sorted(p for p in shop.raw.rglob("*.parquet"))
    with pytest.raises(BadInput, match="nothing was changed"):
        shop.fix("2:3", **values)
    assert seen == []
    assert sorted(p for p in shop.raw.rglob("*.parquet")) == files


def killed(shop: Any, changes: dict[str, dict[str, str]], die_at: int | None) -> int:
    """How a process ended that sent rows in and was killed at the nth thing it did; how many things there are, without ``die_at``."""
    told = shop.folder / "told"
    process = server.Process(
        target=mending.send_and_die,
        args=(shop.folder, changes),
        kwargs={"die_at": die_at, "told": told},
    )
    process.start()
    process.join(60)
    return int(told.read_text()) if die_at is None else process.exitcode or 0


def test_killed_at_any_moment_and_sent_again_a_row_is_back_once(made: Path, tmp_path: Path) -> None:
    changes = {
        "2:3": {"quantity": "1"},
        "2:6": {"visitor_id": "v9"},
        "2:7": {"product_id": "p1"},
        "2:5": {"occurred_at_us": "2025-06-01T12:00:00Z"},
    }
    shutil.copytree(made, tmp_path / "whole")
    whole = mending.Shop(tmp_path / "whole", NOW_US)
    n = killed(whole, changes, None)
    whole.check()
    assert len(whole.events()) == 7
    for moment in range(1, n + 1, 12):
        shutil.copytree(made, tmp_path / f"shop-{moment}")
        shop = mending.Shop(tmp_path / f"shop-{moment}", NOW_US)
        sheet = shop.sheet("fixed.csv", changes)
        assert killed(shop, changes, moment) == -signal.SIGKILL
        shop.send(sheet)  # who was killed sends all of it again, and another person too
        shop.send(sheet)
        shop.check()
        assert shop.events() == whole.events()
        assert shop.quarantine() == []


def test_an_old_event_that_comes_back_changes_later_examples_and_no_earlier_ones(shop: Any) -> None:
    [e2_us] = [
        r.values["occurred_at_us"]
        for r in quality.quarantined.list_rows(shop.at)
        if r.row_id == "2:3"
    ]
    examples = [
        {
            "example_id": i,
            "visitor_id": "v1",
            "product_id": "p1",
            "query_text": None,
            "at_us": e2_us + i * 60_000_000,
        }
        for i in range(-3, 4)
    ]
    before = shop.features_of(examples).to_pylist()
    shop.fix("2:3", quantity="1")
    shop.check()
    after = shop.features_of(examples).to_pylist()
    changed = [a["example_id"] for a, b in zip(after, before, strict=True) if a != b]
    assert changed == [1, 2, 3]  # at its own moment it is not known yet
