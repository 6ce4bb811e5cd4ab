"""The rows that ``bench/quality.py`` faults in: cleaned, and of real files only what nothing was found in."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect, privacy, quality
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.faults.dataset import Row

SHOP_IMPORT = 1  # the number that planted rows carry as import_id
SCHEMAS = {"events": EVENTS, "products": PRODUCTS}
APART_US = 1_800_000_000  # half an hour without an act ends a visit
ROUNDS = 8  # of digging: taking one row out can make another look odd
Finding: TypeAlias = "tuple[str, int, str, str]"
"""(table, line, check, action)."""


class Ground:
    """Rows by table, as dictionaries, and the checks run over them."""

    def __init__(
        self, files: list[Path], work: Path, tables: DuckTables, *, pictures: Path, n_events: int
    ) -> None:
        self.work, self._tables, self._pictures = work, tables, pictures
        connect.import_files(
            connect.data_files(files),
            raw=work / "raw",
            tables=tables,
            mask=privacy.column_mask(b"an exam"),
        )
        self.rows = {t: _rows(connect.segments(work / "raw", t), t) for t in SCHEMAS}
        self.rows["events"].sort(key=lambda r: r["received_at_us"])
        self._now_us = max(  # of the whole log: its listings were written by then
            (r["received_at_us"] for r in self.rows["events"]), default=1_760_000_000_000_000
        )
        del self.rows["events"][n_events:]  # of a long real log the first stretch is enough

    def n_rows(self) -> int:
        return sum(map(len, self.rows.values()))

    def clean(self, name: str) -> list[Finding]:
        """All findings; rows get their line numbers here."""
        out = self.work / name
        out.mkdir(parents=True)
        self.rows["events"].sort(key=lambda r: r["received_at_us"])
        for table, its in self.rows.items():
            for line, row in enumerate(its, start=1):
                row["import_id"], row["line"] = SHOP_IMPORT, line
            pq.write_table(pa.Table.from_pylist(its, SCHEMAS[table]), out / f"raw_{table}.parquet")
        quality.clean(
            self._tables,
            events=[out / "raw_events.parquet"] if self.rows["events"] else [],
            products=[out / "raw_products.parquet"] if self.rows["products"] else [],
            out=out,
            rules=quality.QualityRules(),
            now_us=self._now_us,
            pictures=self._pictures,
        )
        read = pq.read_table(out / "findings.parquet").to_pylist()
        return [(f["table"], int(f["row_id"].split(":")[1]), f["check"], f["action"]) for f in read]

    def dig_out(self, found: list[Finding]) -> list[Finding]:
        """Take every row with a finding away, and events of products that went; again until nothing
        is found. Answers what is still found in the end."""
        for n in range(ROUNDS):
            if not found:
                break
            dirty = {(table, line) for table, line, *_ in found}
            gone = {
                r["product_id"] for r in self.rows["products"] if ("products", r["line"]) in dirty
            }
            for table, its in self.rows.items():
                its[:] = [
                    r
                    for r in its
                    if (table, r["line"]) not in dirty
                    and not (table == "events" and r["product_id"] in gone)
                ]
            found = self.clean(f"dug_{n}")
        return found

    def tidy(self) -> int:
        """Take out what the sample shop's people do that no visit can be: begin one while another of
        theirs goes on at the same device (the field calls that one visit, which then has two ids), or
        rate one line of an order twice. Answers how many rows went; told by the log alone, not by checks."""
        visits: dict[tuple[str, ...], list[list[int]]] = defaultdict(list)
        times: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for row in self.rows["events"]:
            if row["event_type"] not in ("cancel", "review", "purchase"):
                where = tuple(
                    str(row[k]) for k in ("visitor_id", "device", "platform", "session_id")
                )
                times[where].append(row["occurred_at_us"])
        names, torn = list(times), set()
        for n, its in enumerate(times.values()):
            visits[names[n][:3]].append([min(its), max(its), n])
        for its in visits.values():
            until_us = 0
            for start_us, end_us, n in sorted(its):
                if start_us < until_us + APART_US:
                    torn.add(names[n][3])
                else:
                    until_us = max(until_us, end_us)
        rated: set[tuple[str, ...]] = set()
        kept = []
        for row in self.rows["events"]:
            line = (str(row["order_id"]), str(row["product_id"]), row["visitor_id"])
            again = row["event_type"] == "review" and line in rated
            if row["event_type"] == "review":
                rated.add(line)
            if str(row["session_id"]) not in torn and not again:
                kept.append(row)
        n_gone = len(self.rows["events"]) - len(kept)
        self.rows["events"][:] = kept
        return n_gone


def _rows(files: list[Path], table: str) -> list[Row]:
    if not files:
        return []
    read = pa.concat_tables([pq.read_table(f) for f in files], promote_options="default")
    return [
        {k: v for k, v in row.items() if k not in ("import_id", "line")}
        for row in read.select(SCHEMAS[table].names).to_pylist()
    ]
