"""A shop's own rows, or those of any files, as the exam's shop: read once, and written as a sender would write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from baihuo import connect, privacy
from baihuo.core import EVENTS, PRODUCTS, BadInput, Progress, minor_unit_digits, no_progress
from baihuo.dirt import Row, Shop
from baihuo.engine import Tables

_MASK_KEY = b"exam"  # pseudonyms leave the temporary folder only as examples
Table = Literal["events", "products"]
SCHEMAS: dict[Table, pa.Schema] = {"events": EVENTS, "products": PRODUCTS}
Rows: TypeAlias = "dict[Table, list[dict[str, Any]]]"
Files: TypeAlias = "Mapping[Table, Sequence[Path]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read, where they do not say so themselves; as ``baihuo import`` takes it."""

    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    encoding: str | None = None


def import_rows(
    tables: Tables,
    files: Files,
    *,
    work: Path,
    reading: Reading | None = None,
    max_events: int,
    progress: Progress = no_progress,
) -> Rows:
    """Import files (or folders) into ``work`` and load their rows; personal data is masked.

    Raises:
        BadInput: no file, or an option makes no sense.
        BrokenFile: a file cannot be read.
    """
    reading = reading or Reading()
    paths = {table: connect.data_files(of_table) for table, of_table in files.items()}
    every = [path for of_table in paths.values() for path in of_table]
    if not every:
        raise BadInput("no file to examine", fix="name files with --events and --products")
    for table, of_table in paths.items():
        if of_table:
            connect.import_files(
                of_table,
                raw=work,
                tables=tables,
                mask=privacy.column_mask(_MASK_KEY),
                options=connect.Options(
                    kind=table,
                    format=reading.format,
                    mapping=dict(reading.mapping or {}),
                    currency=reading.currency,
                    encoding=reading.encoding,
                ),
                beside=[path for path in every if path not in of_table],
                progress=progress,
            )
    segments = {table: connect.segments(work, table) for table in paths}
    return load_rows(tables, segments, max_events=max_events)


def load_rows(tables: Tables, files: Files, *, max_events: int) -> Rows:
    """Load rows of raw segments as dictionaries, without their origin; of a long log the latest ``max_events``.

    Args:
        files: Parquet files by table; a table may have none.
        max_events: how many events at most. All products are loaded.
    """
    rows: Rows = {"events": [], "products": []}
    for table, paths in files.items():
        if not paths:
            continue
        columns = ", ".join(SCHEMAS[table].names[:-2])
        query = f"SELECT {columns} FROM source ORDER BY import_id, line"
        if table == "events":
            query = (
                f"SELECT {columns} FROM (SELECT * FROM source ORDER BY received_at_us DESC, import_id DESC, "
                f"line DESC LIMIT {max_events}) ORDER BY received_at_us, import_id, line"
            )
        rows[table] = tables.sql(query, source=list(paths)).to_pylist()
    return rows


def own_shop(rows: Rows) -> Shop:
    """Return the rows as a shop that dirt can be planted in: decimal prices, attributes as objects, no empty cells.

    Raises:
        BadInput: no row.
    """
    if not any(rows.values()):
        raise BadInput("there are no rows to examine the checks on", fix="import a file first")
    events, products = (
        [Row((table, n), _as_sent(row)) for n, row in enumerate(rows[table])]
        for table in ("events", "products")
    )
    return Shop(events, products, is_real=True)


def _as_sent(row: dict[str, Any]) -> dict[str, Any]:
    """
    >>> _as_sent({"price_minor": 1250, "currency": "CNY", "codes": [], "attributes": '{"Colour": "red"}'})
    {'currency': 'CNY', 'attributes': {'Colour': 'red'}, 'price': '12.50'}
    """
    values = {name: cell for name, cell in row.items() if cell not in (None, "", [], "{}", "[]")}
    for name in ("attributes", "variants"):
        with suppress(KeyError, ValueError):
            values[name] = json.loads(values[name])
    if isinstance(values.get("category"), str):
        values["category"] = values["category"].split(" > ")
    if minor_unit_digits(values.get("currency")) == 2:  # else a price stays as it is stored
        for held in (values, *_variants(values)):
            if held.get("price_minor") is not None:
                held["price"] = str(Decimal(held.pop("price_minor")).scaleb(-2))
    return values


def _variants(values: dict[str, Any]) -> list[dict[str, Any]]:
    held = values.get("variants")
    return [v for v in held if isinstance(v, dict)] if isinstance(held, list) else []
