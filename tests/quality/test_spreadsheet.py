"""Quarantine written to a file, edited there as people do, and sent back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo import connect
from baihuo.core import BadInput, BrokenFile, ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, Overrides, RowStore, clean, fix_all
from baihuo.quality.quarantine import quarantined, spreadsheet

AT_US = 1_750_000_000_000_000
FORMULA = "=cmd|' /C calc'!A0"


def masked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column


class Shop:
    """Events 2:2 (no quantity, asked for by a formula) and 2:3 (no visitor) are in quarantine; product
    1:3 too (no id)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tables = folder, DuckTables(threads=1)
        self.take(
            "products.csv",
            "product_id,title,price,currency,stock_units\np1,One,5.00,EUR,1\n,@SUM(A1),9.00,EUR,3\n",
        )
        said = {"event_type": "purchase", "product_id": "p1", "price": "5.00", "currency": "EUR"}
        events = [
            {
                **said,
                "event_id": "e1",
                "visitor_id": "v1",
                "time": "2025-06-01T10:00:00Z",
                "quantity": 1,
            },
            {
                **said,
                "event_id": "e2",
                "visitor_id": "v2",
                "time": "2025-06-01T10:00:01Z",
                "quantity": 0,
                "query_text": FORMULA,
            },
            {
                **said,
                "event_id": "-3+4",
                "visitor_id": "",
                "time": "2025-06-01T10:00:02Z",
                "quantity": 1,
            },
        ]
        self.take("events.jsonl", "".join(json.dumps(e) + "\n" for e in events))
        self.check()

    @property
    def at(self) -> RowStore:
        return RowStore.of(self.tables, ShopPaths(self.folder).raw, ShopPaths(self.folder).clean)

    def take(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        connect.import_files(
            [path], raw=ShopPaths(self.folder).raw, tables=self.tables, mask=masked
        )

    def check(self) -> None:
        raw = ShopPaths(self.folder).raw
        clean(
            self.tables,
            events=connect.segments(raw, "events"),
            products=connect.segments(raw, "products"),
            out=ShopPaths(self.folder).clean,
            rules=only("bad_quantity", "no_title", "no_visitor", "duplicates", "orphans"),
            now_us=AT_US + 10**13,
            options=CleanOptions(overrides=Overrides.of(connect.imports(raw))),
        )

    def send(self, edits: list[spreadsheet.Edit]) -> list[str]:
        rows = [(e.row, e.values) for e in edits]
        return fix_all(self.at, rows, by="ann", why="looked up", mask=masked)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def write(file: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def test_a_spreadsheet_runs_no_cell_of_an_export(shop: Shop) -> None:
    file = shop.folder / "q.csv"
    assert spreadsheet.export(shop.at, file) == 3
    cells = [c for r in rows_of(file) for c in r.values()]
    assert f"'{FORMULA}" in cells
    assert "'-3+4" in cells
    assert not any(c.startswith(("=", "+", "-", "@", "\t", "\r")) for c in cells)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_that_nobody_changed_sends_nothing_back(shop: Shop, ending: str) -> None:
    file = shop.folder / f"q.{ending}"
    spreadsheet.export(shop.at, file)
    assert spreadsheet.read_edits(shop.at, file) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_fixed_in_a_spreadsheet_come_back_and_their_formulas_are_the_old_text(
    shop: Shop, delimiter: str
) -> None:
    file = shop.folder / "q.csv"
    spreadsheet.export(shop.at, file)
    rows = rows_of(file)
    for row in rows:
        changed = {"2:2": {"quantity": "2"}, "2:3": {"visitor_id": "v3"}}
        row |= changed.get(row["_row"], {"product_id": "p2"})
    write(file, rows, delimiter)
    edits = spreadsheet.read_edits(shop.at, file)
    assert {e.row.row_id: e.values for e in edits} == {
        "2:2": {"quantity": "2"},
        "2:3": {"visitor_id": "v3"},
        "1:3": {"product_id": "p2"},
    }
    assert len(shop.send(edits)) == 3
    assert (
        spreadsheet.read_edits(shop.at, file) == []
    )  # they wait for the next check: a second time sends nothing
    shop.check()
    assert quarantined.list_rows(shop.at, check="schema") == []
    events = {e["event_id"]: e for e in read(shop, "events")}
    assert (events["e2"]["quantity"], events["e2"]["query_text"]) == (2, FORMULA)
    assert events["-3+4"]["visitor_id"] == "v3"
    [product] = [p for p in read(shop, "products.parquet") if p["product_id"] == "p2"]
    assert (product["title_en"], product["price_minor"]) == ("@SUM(A1)", 900)


def read(shop: Shop, name: str) -> list[dict[str, Any]]:
    return pq.read_table(ShopPaths(shop.folder).clean / name).to_pylist()


def test_a_value_that_import_refuses_is_named_with_its_row_and_nothing_changes(shop: Shop) -> None:
    file = shop.folder / "q.csv"
    spreadsheet.export(shop.at, file, table="events")
    rows = rows_of(file)
    rows[0]["quantity"] = "two"
    write(file, rows)
    before = connect.imports(shop.at.raw)
    with pytest.raises(BadInput, match=r"2:2 .*quantity 'two'"):
        shop.send(spreadsheet.read_edits(shop.at, file))
    assert connect.imports(shop.at.raw) == before


def test_a_cell_that_the_spreadsheet_cut_short_was_not_changed(shop: Shop) -> None:
    said = {
        "event_id": "e9",
        "event_type": "review",
        "visitor_id": "v",
        "time": "2025-06-01T10:00:00Z",
        "product_id": "p1",
        "text": "ab\n" * 15_000,
        "quantity": -1,
    }
    shop.take("more.jsonl", json.dumps(said) + "\n")
    shop.check()
    file = shop.folder / "q.csv"
    spreadsheet.export(shop.at, file)
    rows = rows_of(file)
    for row in rows:
        row |= {name: cell[:32_767] for name, cell in row.items()}
    write(file, rows)
    assert spreadsheet.read_edits(shop.at, file) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"quantity\n2\n", "line 2 does not say which row"),
        ("a.csv", "_row,_table\n2:2,événements\n".encode("cp1252"), "not UTF-8"),
        ("a.csv", b'_row,_table,quantity\n2:2,events,"2\n', "cannot be read"),
        ("a.csv", b"_row,_table\n2:2,events,3\n", "line 2 has 3 cells"),
        ("a.jsonl", b"[1]\n", "cannot be read"),
        ("a.parquet", b"PAR1", "cannot be read"),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_its_line(
    shop: Shop, name: str, content: bytes, says: str
) -> None:
    file = shop.folder / name
    file.write_bytes(content)
    with pytest.raises(BrokenFile, match=says):
        spreadsheet.read_edits(shop.at, file)


def test_other_endings_are_refused_before_anything_is_written(shop: Shop) -> None:
    with pytest.raises(BadInput, match="ends in none of"):
        spreadsheet.export(shop.at, shop.folder / "q.xlsx")
    assert not (shop.folder / "q.xlsx").exists()
