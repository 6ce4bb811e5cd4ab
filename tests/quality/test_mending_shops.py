"""1,000 small shops, each with its own random order of fixes, retries, kills and checks: in the end every row counts once, fixed.

One level below the processes of ``test_mending_orders.py``: what decides whether an import of fixed rows may count
(``require_not_sent``) and what takes the place of what (``Overrides`` and its SQL) are ours, what a person does and what a check
would find of single rows are this file's. All shops are then checked by one run over all their rows.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.quality.chosen import only

from baihuo.connect import ImportRecord
from baihuo.core import EVENTS, PRODUCTS, Conflict
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, Overrides, clean
from baihuo.quality.quarantine.send import require_not_sent

N_SHOPS, MOST_IMPORTS = 1_000, 100
HOUR_US = 3_600_000_000
FIRST_US = 1_748_736_000_000_000  # 1 June 2025
NOW_US = FIRST_US + 60 * 24 * HOUR_US
FUTURE_US = NOW_US + 4_000 * 24 * HOUR_US
_LISTED = 8  # every so many shops have a listing in quarantine, too: checks of listings cost more
_WORDS = "anchor basil copper dune ember fjord grove harbor ivory jade kelp lotus maple nectar opal".split()

Row = dict[str, Any]


def event(shop: int, **cells: Any) -> Row:
    return dict.fromkeys(EVENTS.names) | {"visitor_id": f"v{shop}", **cells}


def right_row(shop: int, sort: str) -> Row:
    """As it should have come: a click (which came from the future), a line of an order (which bought nothing), a listing."""
    at_us = FIRST_US + shop * HOUR_US + (30_000_000 if sort == "line" else 0)
    times = {"occurred_at_us": at_us, "received_at_us": at_us, "product_id": f"base{shop % 7}"}
    if sort == "click":
        return event(shop, event_id=f"c{shop}", event_type="click", **times)
    if sort == "line":
        bought = {"quantity": 1 + shop % 3, "price_minor": 500, "currency": "EUR"}
        order = {"event_id": f"o{shop}", "event_type": "purchase", "order_id": f"order-{shop}"}
        return event(shop, **times, **bought, **order)
    return listing(f"l{shop}", shop)


def listing(product_id: str, n: int) -> Row:
    words = random.Random(f"words {product_id}").sample(_WORDS, 5)
    return dict.fromkeys(PRODUCTS.names) | {
        "product_id": product_id,
        "title_en": f"{' '.join(words)} {n * 7919 % 10_007}",
        "price_minor": 1_000 + 13 * n,
        "currency": "EUR",
        "updated_at_us": FIRST_US,
    }


def wrong_row(shop: int, sort: str, n: int) -> Row:
    """As it came, or as somebody fixed it wrongly."""
    wrong: dict[str, Row] = {
        "click": {"occurred_at_us": FUTURE_US + n, "received_at_us": FUTURE_US + n},
        "line": {"quantity": -n},
        "listing": {"product_id": "", "title_en": None},
    }
    return right_row(shop, sort) | wrong[sort]


@dataclass
class Held:
    """A row of a shop: in quarantine or clean."""

    sort: str
    row_id: str
    values: Row
    is_right: bool


@dataclass
class SmallShop:
    """Its imports, and what its last check left in quarantine."""

    number: int
    draw: random.Random
    records: list[ImportRecord] = field(default_factory=list)
    rows: dict[str, Held] = field(default_factory=dict)
    quarantine: list[Held] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        sorts = ["click", "line"] + ["listing"] * (self.number % _LISTED == 0)
        for line, sort in enumerate(sorts, start=1):
            table = "products" if sort == "listing" else "events"
            held = Held(
                sort,
                f"{self.number * MOST_IMPORTS}:{line}",
                wrong_row(self.number, sort, line),
                False,
            )
            self.rows[f"{table} {held.row_id}"] = held
        self.check()

    def act(self) -> None:
        """Somebody sends a row that they saw in the list of the last check; or a check runs."""
        if self.draw.random() < 0.25 or not self.quarantine:
            self.check()
            return
        chosen = self.draw.choice(self.quarantine)
        together = [chosen]
        if self.draw.random() < 0.3:  # a sheet: all rows of the table
            table = is_listing(chosen)
            together = [held for held in self.quarantine if is_listing(held) == table]
        self.send(together, is_right=self.draw.random() < 0.6)

    def send(self, held: list[Held], *, is_right: bool) -> None:
        """An import of fixed copies; killed before it counts, or not; then sent again, or not."""
        made = [self.copy(one, is_right) for one in held]
        while True:
            import_id = self.number * MOST_IMPORTS + 1 + len(self.records)
            origins = [{"line": n, "from": one.row_id} for n, one in enumerate(held, start=1)]
            record = a_record(import_id, "products" if is_listing(held[0]) else "events", origins)
            try:
                require_not_sent(self.records, record)
            except Conflict:
                self.seen["refused"] += 1
                return
            if self.draw.random() < 0.3:
                self.seen["killed"] += 1
                if self.draw.random() < 0.5:
                    return
                continue
            self.records.append(record)
            for n, one in enumerate(made, start=1):
                one.row_id = f"{import_id}:{n}"
                self.rows[f"{record.kind} {one.row_id}"] = one
            if self.draw.random() < 0.5:
                return  # else no answer came, and it is sent again

    def copy(self, held: Held, is_right: bool) -> Held:
        values = right_row(self.number, held.sort)
        if not is_right:
            values = wrong_row(self.number, held.sort, 2 + len(self.rows))
        return Held(held.sort, "", values, is_right)

    def check(self) -> None:
        """What a check leaves: rows that nothing replaced and that are wrong."""
        gone = {f"{r.kind} {s['from']}" for r in self.records for s in origin_of(r)}
        self.quarantine = [h for key, h in self.rows.items() if key not in gone and not h.is_right]

    def end(self) -> None:
        """People go on until nothing is left."""
        self.check()
        while self.quarantine:
            for held in list(self.quarantine):
                self.send([held], is_right=True)
            self.check()


def is_listing(held: Held) -> bool:
    return held.sort == "listing"


def origin_of(record: ImportRecord) -> list[dict[str, Any]]:
    origin: Any = record.options["origin"]
    return list(origin["rows"])


def a_record(import_id: int, kind: Any, rows: list[dict[str, Any]]) -> ImportRecord:
    origin = {"what": "mended", "by": "ann", "why": "w", "at_us": 0, "rows": rows}
    n = len(rows)
    return ImportRecord(
        import_id=import_id,
        files=["fixed.jsonl"],
        sha256="",
        kind=kind,
        format="jsonl",
        n_in=n,
        n_kept=n,
        n_quarantined=0,
        reasons={},
        at_us=0,
        options={"origin": origin},
    )


def write(rows: list[tuple[str, Row]], file: Path, schema: pa.Schema) -> Path:
    numbered = [
        row | dict(zip(("import_id", "line"), map(int, row_id.split(":")), strict=True))
        for row_id, row in rows
    ]
    pq.write_table(pa.Table.from_pylist(numbered, schema=schema), file)
    return file


def test_in_a_thousand_random_orders_every_row_of_every_shop_counts_once(tmp_path: Path) -> None:
    shops = [SmallShop(n, random.Random(f"shop {n}")) for n in range(1, N_SHOPS + 1)]
    for shop in shops:
        for _ in range(shop.draw.randrange(1, 9)):
            shop.act()
        shop.end()
    seen = sum((shop.seen for shop in shops), Counter[str]())
    assert seen["refused"] > 300
    assert seen["killed"] > 300
    draw = random.Random(1)
    rows = [(key.split()[0], h) for shop in shops for key, h in shop.rows.items()]
    draw.shuffle(rows)  # files hold rows in any order
    base = [(f"0:{n}", listing(f"base{n}", 5_000 + n)) for n in range(7)]
    events = [(h.row_id, h.values) for kind, h in rows if kind == "events"]
    products = [(h.row_id, h.values) for kind, h in rows if kind == "products"] + base
    out = tmp_path / "clean"
    clean(
        DuckTables(threads=1),
        events=[write(events, tmp_path / "events.parquet", EVENTS)],
        products=[write(products, tmp_path / "products.parquet", PRODUCTS)],
        out=out,
        rules=only("schema", "times", "duplicates", "orphans"),
        now_us=NOW_US,
        options=CleanOptions(overrides=Overrides.of([r for s in shops for r in s.records])),
    )
    names = ["event_id", "received_at_us", "quantity"]
    found = pq.read_table(out / "events", columns=names).to_pylist()
    wanted = [right_row(s.number, sort) for s in shops for sort in ("click", "line")]
    wanted.sort(key=lambda row: row["received_at_us"])
    assert found == [{name: row[name] for name in names} for row in wanted]  # once, in time
    listed = sorted(pq.read_table(out / "products.parquet")["product_id"].to_pylist())
    of_shops = [f"l{s.number}" for s in shops if s.number % _LISTED == 0]
    assert listed == sorted([*of_shops, *(f"base{n}" for n in range(7))])
