"""120 rows in quarantine, each put right in a random order of ways: in the end the shop is one whose rows were right."""

from __future__ import annotations

import multiprocessing
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from baihuo import connect, quality
from baihuo.core import Conflict

sys.path.insert(0, str(Path(__file__).parent))  # for a module that other processes import too
import mending  # type: ignore[import-not-found]  # found by the line above

server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["baihuo.quality", "baihuo.engine", "mending"])

N_ROWS, N_ROUNDS = 120, 2
FIRST_US = 1_748_736_000_000_000  # 1 June 2025
NOW_US = FIRST_US + 20 * 86_400_000_000
FUTURE_US = FIRST_US + 4_000 * 86_400_000_000
FIELDS = "event_id event_type visitor_id product_id time quantity price_minor currency surface"
WAYS = ("fix", "fix wrongly", "sheet", "stale sheet", "killed", "wait")

Row = dict[str, str]


def right(i: int) -> Row:
    """Event ``i`` as it should have come."""
    is_purchase = i % 5 in (0, 2)
    return {
        "event_id": f"e{i}",
        "event_type": "purchase" if is_purchase else "click",
        "visitor_id": f"v{i}",
        "product_id": f"p{i % 7}",
        "time": str(FIRST_US + i * 600_000_000),
        "quantity": "1" if is_purchase else "",
        "price_minor": "500" if is_purchase else "",
        "currency": "EUR" if is_purchase else "",
        "surface": "similar" if i % 5 == 4 else "search",
    }


def wrong(i: int) -> Row:
    """As it came: no quantity, from the future, no visitor, no known product; of surface ``similar`` it is right, and a rule takes it."""
    changes: tuple[Row, ...] = (
        {"quantity": "0"},
        {"time": str(FUTURE_US + i)},
        {"visitor_id": ""},
        {"product_id": f"gone-{i}"},
        {},
    )
    return right(i) | changes[i % 5]


def cure(i: int) -> Row:
    """What a person sets."""
    cures: tuple[Row, ...] = (
        {"quantity": "1"},
        {"occurred_at_us": right(i)["time"]},
        {"visitor_id": f"v{i}", "quantity": "1"},
        {"product_id": right(i)["product_id"]},
        {"surface": "similar"},
    )
    return cures[i % 5]


def wrong_cure(i: int) -> Row:
    """What a person sets who errs: the next check takes the row again."""
    cures: tuple[Row, ...] = (
        {"quantity": "-1"},
        {"occurred_at_us": str(FUTURE_US + i + 1)},
        {"visitor_id": f"v{i}", "quantity": "0"},
        {"product_id": f"gone-too-{i}"},
        {"surface": "similar"},
    )
    return cures[i % 5]


def shop_with(folder: Path, rows: list[Row]) -> Any:
    shop = mending.Shop(folder, NOW_US, rows_in_a_range=3 * N_ROWS)
    products = "".join(f"p{i},Mug number {i},5.00,EUR,9\n" for i in range(7))
    shop.take("products.csv", f"product_id,title,price,currency,stock_units\n{products}")
    names = FIELDS.split()
    lines = [",".join(row[n] for n in names) for row in rows]
    seen = [
        f"s{i},click,v{i},p{(i + 1) % 7},{FIRST_US + i * 600_000_000 - 60_000_000},,,,search"
        for i in range(N_ROWS)
    ]
    shop.take("events.csv", "\n".join([",".join(names), *lines, *seen]) + "\n")
    return shop


class People:
    """Who puts the rows of a shop right, each row in a random order of ways."""

    def __init__(self, shop: Any, draw: random.Random) -> None:
        self.shop, self.draw = shop, draw
        self.sheets: list[Path] = []
        self.ways: dict[int, list[str]] = {i: [] for i in range(N_ROWS)}
        self.n_conflicts = self.n_killed = 0

    def waiting(self) -> dict[str, int]:
        """Row id → event, of the rows in quarantine that nobody sent in."""
        rows = quality.quarantined.list_rows(self.shop.at, limit=10 * N_ROWS)
        return {r.row_id: int(r.values["event_id"][1:]) for r in rows if r.waiting is None}

    def round(self, number: int) -> None:
        by_way: dict[str, dict[str, int]] = {way: {} for way in WAYS}
        for row_id, i in self.waiting().items():
            way = self.draw.choice(WAYS)
            by_way[way][row_id] = i
            self.ways[i].append(way)
        stale = self.sheet(f"stale-{number}.csv", by_way["stale sheet"])
        acts = [
            lambda: self.send(by_way["fix"], cure),
            lambda: self.send(by_way["fix wrongly"], wrong_cure),
            lambda: self.shop.send(self.sheet(f"sheet-{number}.csv", by_way["sheet"])),
            lambda: self.killed(by_way["killed"]),
            self.send_sheets_again,
            self.retry,
        ]
        self.draw.shuffle(acts)
        for act in acts:
            act()
        self.sheets.append(stale)  # sent in a later round
        self.shop.check()

    def send(self, rows: dict[str, int], values: Any) -> None:
        """Fixed, those that a rule took released."""
        rows = self.still_waiting(rows)
        fixed = {row_id: values(i) for row_id, i in rows.items() if i % 5 != 4}
        if fixed:
            self.shop.fix_all(fixed)
        if released := [row_id for row_id, i in rows.items() if i % 5 == 4]:
            self.shop.release(*released)

    def sheet(self, name: str, rows: dict[str, int]) -> Path:
        """Rows that a rule took stand in it unchanged."""
        file: Path = self.shop.sheet(name, {r: cure(i) for r, i in rows.items()})
        return file

    def killed(self, rows: dict[str, int]) -> None:
        """Sent in by a process that is killed; nobody knows how far it came."""
        changes = {row_id: cure(i) for row_id, i in self.still_waiting(rows).items()}
        args = (self.shop.folder, changes)
        kwargs = {"die_at": self.draw.randrange(1, 30), "told": self.shop.folder / "told"}
        process = server.Process(target=mending.send_and_die, args=args, kwargs=kwargs)
        process.start()
        process.join(60)
        self.n_killed += process.exitcode == -signal.SIGKILL

    def still_waiting(self, rows: dict[str, int]) -> dict[str, int]:
        """Without those that an older sheet sent in meanwhile."""
        replaced = self.shop.at.replaced
        return {row_id: i for row_id, i in rows.items() if row_id not in replaced}

    def send_sheets_again(self) -> None:
        for file in self.draw.choices(self.sheets, k=2) if self.sheets else ():
            self.shop.send(file)

    def retry(self) -> None:
        """A client that got no answer asks again."""
        replaced = self.shop.at.replaced
        for row_id in self.draw.sample(sorted(replaced), min(3, len(replaced))):
            with pytest.raises(Conflict, match="already"):
                self.shop.fix(row_id, quantity="7")
            self.n_conflicts += 1


@pytest.mark.slow(reason="hundreds of rows through a dozen checks, and processes that are killed")
def test_in_whatever_order_rows_are_put_right_they_count_as_if_they_had_been(
    tmp_path: Path,
) -> None:
    ideal = shop_with(tmp_path / "right", [right(i) for i in range(N_ROWS)])
    report = ideal.check()
    assert report.table("events").n_kept == 2 * N_ROWS

    shop = shop_with(tmp_path / "wrong", [wrong(i) for i in range(N_ROWS)])
    rule = shop.folder / "checks" / "kiosk.sql"
    rule.parent.mkdir()
    rule.write_text(
        "-- table: events\n-- action: quarantine\n-- why: w\n-- fix: m\n"
        "SELECT import_id, line FROM events WHERE surface = 'similar'\n"
    )
    shop.check()
    people = People(shop, random.Random(14))
    assert sorted(people.waiting().values()) == list(range(N_ROWS))
    for number in range(N_ROUNDS):
        people.round(number)
    assert people.n_killed >= 2
    assert people.n_conflicts >= 6
    assert len({tuple(ways) for ways in people.ways.values()}) > 25

    rule.unlink()  # the rest of what the rule took comes back by itself
    shop.check()
    rest = people.waiting()
    assert not any(i % 5 == 4 for i in rest.values())
    file = people.sheet("rest.csv", rest)
    shop.send(file)
    shop.send(file)
    people.send_sheets_again()
    last = shop.check()

    assert shop.quarantine() == []
    assert shop.events() == ideal.events()
    events = last.table("events")
    assert events.n_in == events.n_kept + events.n_merged  # all that was sent in is accounted for
    examples = [
        {
            "example_id": i,
            "visitor_id": f"v{i}",
            "product_id": right(i)["product_id"],
            "query_text": None,
            "at_us": int(right(i)["time"]) + 1,
        }
        for i in range(0, N_ROWS, 3)
    ]
    assert shop.features_of(examples).equals(ideal.features_of(examples))
    counts, wanted = shop.counters(NOW_US), ideal.counters(NOW_US)
    assert counts.keys() == wanted.keys()
    assert [name for name in counts if not counts[name].equals(wanted[name])] == []
    assert_traced(shop, people)


def assert_traced(shop: Any, people: People) -> None:
    """Each row that was sent in says from which it came, back to the one that came first."""
    new_ids = {new: old for old, new in shop.at.replaced.items()}
    assert len(new_ids) == len(shop.at.replaced)
    sent = [r for r in connect.imports(shop.raw) if r.options.get("origin")]
    assert sum(r.n_kept for r in sent) == len(new_ids)
    for row_id in people.draw.sample(sorted(new_ids), 5):
        first = row_id
        while first in new_ids:
            first = new_ids[first]
        [story] = quality.lineage(shop.at, first)
        assert story.now in ("merged", "refused")
        assert f"sent back in as {shop.at.replaced[first]}" in story.where
        [story] = quality.lineage(shop.at, row_id)
        assert story.sent_in is not None
        assert story.sent_in["from"] == new_ids[row_id]
