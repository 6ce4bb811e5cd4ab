"""A small shop whose rows are fixed and released, for tests and for the processes that they kill."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect, features, quality
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import (
    CHECKS,
    CleanOptions,
    Overrides,
    QualityReport,
    QualityRules,
    RowStore,
    load_custom_checks,
)

WRITES = {"os.rename", "os.remove", "os.mkdir", "open"}
"""What a process does to the file system, by the names of Python's audit events."""


def masked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column


def few_rules() -> QualityRules:
    from chosen import only  # type: ignore[import-not-found]  # it lies beside this file

    rules: QualityRules = only(
        *"bad_quantity|not_yet|too_late|from_the_future|duplicates|orphans|order".split("|")
    )
    return rules


@dataclass
class Shop:
    """A shop's folders and the verbs on them."""

    folder: Path
    now_us: int
    tables: DuckTables = field(default_factory=lambda: DuckTables(threads=1))
    rules: QualityRules = field(default_factory=few_rules)
    rows_in_a_range: int = 500

    def take(self, name: str, text: str, **options: Any) -> None:
        """Import a file of this text."""
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        connect.import_files(
            [path],
            raw=self.raw,
            tables=self.tables,
            mask=masked,
            options=connect.Options(**options),
        )

    def check(self) -> QualityReport:
        known = [c.name for c in CHECKS]
        records = connect.imports(self.raw)
        return quality.clean(
            self.tables,
            events=connect.segments(self.raw, "events"),
            products=connect.segments(self.raw, "products"),
            out=self.clean,
            rules=self.rules,
            now_us=self.now_us,
            options=CleanOptions(
                overrides=Overrides.of(records),
                custom=load_custom_checks(self.rules.own, self.folder, known),
                files=quality.input_files(self.raw),
                partition_rows=self.rows_in_a_range,
            ),
        )

    def fix(self, row: str, **values: str | None) -> str:
        return quality.fix(self.at, row, values, by="ann", why="the till said so", mask=masked)

    def fix_all(self, changes: Mapping[str, Mapping[str, str]]) -> list[str]:
        rows = {r.row_id: r for r in quality.quarantined.list_rows(self.at, limit=100_000)}
        pairs = [(rows[row_id], values) for row_id, values in changes.items()]
        return quality.fix_all(self.at, pairs, by="ann", why="looked up", mask=masked)

    def release(self, *rows: str) -> list[str]:
        return quality.release_from_quarantine(self.at, rows, by="bob", why="right", mask=masked)

    def sheet(self, name: str, changes: Mapping[str, Mapping[str, str]]) -> Path:
        """An export of the quarantine with the cells of some rows changed."""
        file = self.folder / name
        quality.spreadsheet.export(self.at, file)
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, list(rows[0]) if rows else ["_row"])
            writer.writeheader()
            writer.writerows({**row, **changes.get(row["_row"], {})} for row in rows)
        return file

    def send(self, file: Path) -> list[str]:
        """A changed export sent in, as ``baihuo quarantine fix --file`` does it."""
        edits = quality.spreadsheet.read_edits(self.at, file)
        pairs = [(edit.row, edit.values) for edit in edits]
        return quality.fix_all(self.at, pairs, by="cy", why="sheet", mask=masked)

    def quarantine(self) -> list[str]:
        return [r.row_id for r in quality.quarantined.list_rows(self.at, limit=100_000)]

    def events(self) -> list[dict[str, Any]]:
        """Clean events in their order, without where they came from."""
        table = pq.read_table(self.clean / "events").drop_columns(["import_id", "line"])
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def features_of(self, examples: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Point-in-time features of examples."""
        out = self.folder / "features.parquet"
        features.compute(
            self.tables,
            features.default_features(),
            events=self.clean / "events",
            products=self.clean / "products.parquet",
            examples=pa.Table.from_pylist(list(examples)),
            out=out,
        )
        return pq.read_table(out)

    @property
    def raw(self) -> Path:
        return ShopPaths(self.folder).raw

    @property
    def clean(self) -> Path:
        return ShopPaths(self.folder).clean

    @property
    def at(self) -> RowStore:
        return RowStore.of(self.tables, self.raw, self.clean)


def send_and_die(
    folder: Path, changes: Mapping[str, Mapping[str, str]], *, die_at: int | None, told: Path
) -> None:
    """Send fixed rows in, and be killed at the nth thing done to the shop's raw files; without ``die_at`` count them in ``told``."""
    n = 0
    raw = str(ShopPaths(folder).raw)

    def seen(event: str, args: tuple[object, ...]) -> None:
        nonlocal n
        if event not in WRITES or raw not in str(args[0]):
            return
        if event == "open" and not int(str(args[2])) & (os.O_WRONLY | os.O_RDWR):
            return
        n += 1
        if n == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    shop = Shop(folder, 0)
    sys.addaudithook(seen)
    shop.fix_all(changes)
    told.write_text(str(n))


def send_at_once(folder: Path, row: str, values: Mapping[str, str], start: Any, told: Path) -> None:
    """One of several processes that fix one row at the same moment; writes the new row, or what the error said."""
    from baihuo.core import ShopError

    shop = Shop(folder, 0)
    found = quality.quarantined.find_row(shop.at, row)
    start.wait()
    try:
        [new] = quality.fix_all(shop.at, [(found, values)], by="x", why="y", mask=masked)
        told.write_text(json.dumps({"new": new}))
    except ShopError as error:
        told.write_text(json.dumps({"error": error.what}))
