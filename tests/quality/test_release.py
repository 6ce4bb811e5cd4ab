"""Quarantine browsed, fixed and released; the lineage of every row."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo import connect
from baihuo.core import BadInput, Conflict, NotFound, ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import (
    CleanOptions,
    Overrides,
    QualityReport,
    RowStore,
    clean,
    fix,
    lineage,
    release_from_quarantine,
)
from baihuo.quality.quarantine import quarantined

AT_US = 1_750_000_000_000_000


@dataclass
class Shop:
    """A shop's two folders and the verbs on them."""

    folder: Path
    tables: DuckTables

    def imports(self, name: str, rows: list[dict[str, Any]], raw_lines: str = "") -> None:
        path = self.folder / name
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows) + raw_lines)
        connect.import_files([path], raw=self.raw, tables=self.tables, mask=masked)

    def check(self, **other: Any) -> QualityReport:
        return clean(
            self.tables,
            events=connect.segments(self.raw, "events"),
            products=connect.segments(self.raw, "products"),
            out=self.clean,
            rules=only(
                "bad_quantity",
                "bad_listing_price",
                "no_title",
                "no_visitor",
                "duplicates",
                "orphans",
            ),
            now_us=AT_US + 10**12,
            options=CleanOptions(overrides=Overrides.of(connect.imports(self.raw)), **other),
        )

    def fix(self, row: str, **values: str) -> str:
        return fix(self.at, row, values, by="ann", why="the till said so", mask=masked)

    def release(self, *rows: str) -> list[str]:
        return release_from_quarantine(self.at, rows, by="ann", why="it is right", mask=masked)

    def read(self, name: str) -> list[dict[str, Any]]:
        path = self.clean / ("events" if name == "events" else f"{name}.parquet")
        return pq.read_table(path).to_pylist()

    def story(self, name: str) -> Any:
        [story] = lineage(self.at, name)
        return story

    @property
    def raw(self) -> Path:
        return ShopPaths(self.folder).raw

    @property
    def clean(self) -> Path:
        return ShopPaths(self.folder).clean

    @property
    def at(self) -> RowStore:
        return RowStore.of(self.tables, self.raw, self.clean)


def masked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column


def event(n: int, **other: Any) -> dict[str, Any]:
    said = {
        "event_id": f"e{n}",
        "event_type": "click",
        "visitor_id": f"v{n % 3}",
        "product_id": "p1",
        "occurred_at_us": AT_US + n * 60_000_000,
        "query_id": f"q{n}",
    }
    return {**said, **other}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Products 1:1 and 1:2; of the events 2:6 has no quantity, 2:7 no known product, 2:8 no visitor."""
    made = Shop(tmp_path, DuckTables(threads=1))
    made.imports(
        "products.jsonl",
        [
            {
                "product_id": "p1",
                "title": "One",
                "category": ["A/V", "Mugs"],
                "codes": ["4006381333931"],
            },
            {"product_id": "p2", "title": "二", "price_minor": -4, "currency": "EUR"},
        ],
    )
    made.imports(
        "events.jsonl",
        [
            *(event(n) for n in range(5)),
            event(5, event_type="purchase", quantity=0, price_minor=500, currency="EUR"),
            event(6, product_id="gone"),
        ],
        '{"event_id":"e7","event_type":"click","product_id":"p1","occurred_at_us":1750000000000000}\n',
    )
    made.check()
    return made


def test_quarantine_shows_what_each_check_took_and_what_the_import_refused(shop: Shop) -> None:
    counts = {(c["table"], c["step"], c["check"]): c["n"] for c in quarantined.count_rows(shop.at)}
    assert counts == {
        ("events", "schema", "bad_quantity"): 1,
        ("events", "orphans", "unknown_product"): 1,
        ("events", "import", "no_visitor"): 1,
    }
    rows = quarantined.list_rows(shop.at)
    assert [r.row_id for r in rows] == ["2:6", "2:7", "2:8"]
    assert rows[0].values["quantity"] == 0
    assert rows[2].raw is not None
    assert "visitor" in (rows[2].fix or "")
    assert [r.row_id for r in quarantined.list_rows(shop.at, check="orphans")] == ["2:7"]
    assert [r.row_id for r in quarantined.list_rows(shop.at, limit=1, after="events/2:6")] == [
        "2:7"
    ]
    assert quarantined.list_rows(shop.at, table="products") == []
    with pytest.raises(NotFound, match="not in quarantine"):
        quarantined.find_row(shop.at, "2:1")
    with pytest.raises(NotFound, match="not in quarantine"):
        quarantined.find_row(shop.at, "nonsense")


def test_a_fixed_row_takes_the_place_of_its_origin_and_is_counted(shop: Shop) -> None:
    before = shop.check().table("events")
    assert shop.fix("2:6", quantity="2") == "3:1"
    after = shop.check().table("events")
    assert (after.n_in, after.n_kept) == (before.n_in + 1, before.n_kept + 1)
    assert (after.n_quarantined, after.n_merged) == (before.n_quarantined - 1, before.n_merged + 1)
    [row] = [r for r in shop.read("events") if r["event_id"] == "e5"]
    assert (row["quantity"], row["import_id"], row["received_at_us"]) == (2, 3, AT_US + 300_000_000)
    old, new = shop.story("2:6"), shop.story("3:1")
    assert (old.now, old.where) == ("merged", "merged into 3:1 by superseded; sent back in as 3:1")
    assert old.raw["quantity"] == 0
    assert new.sent_in["by"] == "ann"
    assert new.sent_in["set"] == {"quantity": {"old": 0, "new": "2"}}
    assert new.sent_in["from"] == "2:6"
    assert new.now == "clean"


def test_a_fixed_row_is_checked_like_any_other(shop: Shop) -> None:
    shop.fix("2:6", quantity="0", price_minor="")
    shop.check()
    assert shop.story("3:1").now == "quarantined"
    assert shop.fix("3:1", quantity="1") == "4:1"
    shop.check()
    assert [shop.story(r).now for r in ("2:6", "3:1", "4:1")] == ["merged", "merged", "clean"]


def test_a_row_that_a_person_says_is_right_is_spared_the_check_that_took_it(shop: Shop) -> None:
    assert shop.release("2:7") == ["3:1"]
    shop.check()
    story = shop.story("3:1")
    assert story.now == "clean"
    assert story.clean["product_id"] == "gone"
    [finding] = story.findings
    assert (finding["check"], finding["action"]) == ("unknown_product", "note")
    assert (finding["detail"]["waived"], finding["detail"]["by"]) == ("quarantine", "ann")


def test_a_row_refused_at_import_can_be_fixed(shop: Shop) -> None:
    with pytest.raises(BadInput, match="refused at import"):
        shop.release("2:8")
    assert shop.fix("2:8", visitor_id="v9") == "3:1"
    shop.check()
    assert shop.story("2:8").now == "refused"
    assert shop.story("2:8").where.endswith("sent back in as 3:1")
    assert shop.story("e7").row_id == "3:1"
    assert shop.story("e7").clean["visitor_id"] == "v9"


def test_a_product_comes_back_as_it_was(shop: Shop) -> None:
    """Its category holds a slash, which an import of plain text would cut at."""
    quarantine = shop.clean / "quarantine_products.parquet"
    columns = pq.read_table(quarantine).schema
    [row] = [r for r in shop.read("products") if r["product_id"] == "p1"]
    taken = {**row, "step": "schema", "check": "no_title", "detail": "{}"}
    pq.write_table(pa.Table.from_pylist([taken], columns), quarantine)
    assert shop.release("1:1") == ["3:1"]
    new = pq.read_table(connect.segment(shop.raw, 3, "products")).to_pylist()[0]
    assert {**new, "import_id": 1} == row


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"quantitty": "1"}, "events have no field 'quantitty'"),
        ({}, "nothing to fix"),
        ({"occurred_at_us": "never"}, "bad_time"),
        ({"import_id": "9"}, "no field"),
    ],
)
def test_what_cannot_be_sent_in_changes_nothing(shop: Shop, values: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        shop.fix("2:6", **values)
    assert [r.import_id for r in connect.imports(shop.raw)] == [1, 2]
    assert shop.fix("2:6", quantity="2") == "3:1"
    with pytest.raises(Conflict, match="3:1 was sent in for 2:6 already"):
        shop.fix("2:6", quantity="3")
    with pytest.raises(BadInput, match="the person or the reason is missing"):
        release_from_quarantine(shop.at, ["2:7"], by="", why="x", mask=masked)


def test_an_unknown_row_has_no_story(shop: Shop) -> None:
    for name in ("9:9", "no such event", "'; DROP TABLE x --"):
        with pytest.raises(NotFound):
            lineage(shop.at, name)


def test_the_story_tells_repairs_merges_and_what_is_not_checked_yet(shop: Shop) -> None:
    repaired = shop.story("p2")
    assert repaired.where == "clean, 1 of its cells repaired"
    assert repaired.findings[0]["detail"] == {"field": "price_minor", "old": "-4", "new": None}
    assert (repaired.source, repaired.line) == ("products.jsonl", 2)
    shop.imports("more.jsonl", [event(1), event(20)])
    assert shop.story("e20").now == "not checked yet"
    shop.check()
    first, second = lineage(shop.at, "e1")
    assert (first.now, second.now) == ("clean", "merged")
    assert second.where.startswith("merged into 2:2 by")


def test_the_story_says_which_bundles_learned_from_the_row(shop: Shop, tmp_path: Path) -> None:
    def bundle(name: str, run_id: str | None) -> None:
        (ShopPaths(tmp_path).bundles / name).mkdir(parents=True)
        said = {"quality": {} if run_id is None else {"run_id": run_id}}
        (ShopPaths(tmp_path).bundles / name / "report.json").write_text(json.dumps(said))

    first = shop.check().run_id
    shop.imports("more.jsonl", [event(20)])
    bundle("a", None)
    bundle("b", first)
    bundle("c", shop.check().run_id)
    bundle("d", "gone")

    def uses(row: str) -> list[str]:
        [story] = lineage(shop.at, row, bundles=ShopPaths(tmp_path).bundles)
        return [u.used for u in story.uses]

    assert uses("e20") == ["unknown", "no", "yes", "unknown"]
    assert uses("2:6") == ["unknown", "unknown", "no", "unknown"]


def test_rows_in_equal_rows_kept_quarantined_merged_and_erased_at_every_step(
    shop: Shop, event: Callable[..., Any]
) -> None:
    report = shop.check(erased=("v0", "nobody"))
    for step in report.steps:
        assert step.n_in == step.n_kept + step.n_quarantined + step.n_merged + step.n_erased
    assert report.table("events").n_erased == 3
    assert sum(day.n_erased for day in report.days) == 3
    for name in ("events", "quarantine_events"):
        assert "v0" not in {r["visitor_id"] for r in shop.read(name)}
    assert shop.story("e0").now == "erased"
    assert "v0" not in (shop.clean / "report.json").read_text()
    assert not any(limit.name.startswith("erasure") for limit in report.limits)
