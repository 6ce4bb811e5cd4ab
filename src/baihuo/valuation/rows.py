"""Checked rows as arrays: clean rows, and every changed row as before its check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import EVENTS_FOLDER, NotFound
from baihuo.engine import Tables, sql_file
from baihuo.valuation.kinds import EVENT_FIELDS, Kind, RowName

# Training rows: clean, or with one kind of unfixed finding.


Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """Training rows without a kind of dirt, and with it."""

    without: Mask  # [rows]
    with_it: Mask  # [rows]

    @property
    def is_same(self) -> bool:
        """Whether both are the same for every model."""
        return bool((self.without == self.with_it).all())


def clean_rows(rows: EventRows) -> Mask:
    """Return ``[rows]``: the clean rows."""
    return np.asarray(rows.kind == -1)


def variant_of(rows: EventRows, kind: Kind, number: int, reference: Mask) -> Variant:
    """``reference`` without and with this kind of dirt.

    Args:
        reference: ``[rows]``: clean rows without notes, so that other dirt does not interfere.
    """
    if kind.table != "events":
        return Variant(reference, reference)
    if kind.action == "note":
        return Variant(reference, reference | (clean_rows(rows) & _named(rows, [kind])))
    put_back = rows.kind == number
    replaced = reference & np.isin(rows.name, rows.name[put_back])
    return Variant(reference, (reference & ~replaced) | put_back)


def reference_rows(rows: EventRows, kinds: Sequence[Kind]) -> Mask:
    """Return ``[rows]``: clean rows without notes. Models are tested only on these."""
    return clean_rows(rows) & ~_named(
        rows, [k for k in kinds if k.table == "events" and k.action == "note"]
    )


def _named(rows: EventRows, kinds: Sequence[Kind]) -> Mask:
    return np.isin(rows.name, np.array([name_of(f.row) for k in kinds for f in k.found], np.int64))


def cuts(rows: EventRows, *, folds: int) -> list[tuple[int, int, int]]:
    """Times ``(train until, test from, test until)`` that cut the newer half of the clean events into ``folds`` tests, µs."""
    at_us: NDArray[Any] = rows.at_us[clean_rows(rows)]
    shares = np.linspace(0.6, 1.0, folds + 1)
    edges = np.quantile(at_us, shares).astype(np.int64)
    edges[-1] += 1
    return [(int(a), int(a), int(b)) for a, b in pairwise(edges)]


# Catalogue columns of the models here, and as before one kind of repair.


_COLUMNS = (
    "product_id",
    "category",
    "brand",
    "price_minor",
    "title_en",
    "title_zh",
    "import_id",
    "line",
)


@dataclass(frozen=True, slots=True, eq=False)
class ProductColumns:
    """By product number of the events; a product without a listing has "" and NaN."""

    category: NDArray[np.str_]  # [products]
    brand: NDArray[np.str_]  # [products]
    price: NDArray[np.float64]  # [products], minor units
    title: NDArray[np.str_]  # [products]
    is_listed: NDArray[np.bool_]  # [products]
    row_id: NDArray[np.str_]  # [products], of the raw row

    def before_repair(self, kind: Kind) -> ProductColumns:
        """Return the columns with this kind's repaired cells as before."""
        columns = {"category": self.category.copy(), "brand": self.brand.copy()}
        place = {row_id: number for number, row_id in enumerate(self.row_id.tolist()) if row_id}
        for found in kind.found:
            field = found.detail.get("field")
            number = place.get(f"{found.row.import_id}:{found.row.line}")
            if field in columns and number is not None:
                changed = columns[field].astype(object)
                changed[number] = str(found.detail.get("old") or "")
                columns[field] = changed.astype(str)
        return replace(self, category=columns["category"], brand=columns["brand"])


def read_products(file: Path, product_ids: Sequence[str]) -> ProductColumns:
    """Read the clean catalogue in the order of ``product_ids``."""
    rows = pq.read_table(file, columns=list(_COLUMNS)).to_pylist()
    listed = {row["product_id"]: row for row in rows}
    found = [listed.get(product_id, {}) for product_id in product_ids]
    titles = [row.get("title_en") or row.get("title_zh") or "" for row in found]
    prices = [np.nan if row.get("price_minor") is None else row["price_minor"] for row in found]
    return ProductColumns(
        category=_texts([row.get("category") for row in found]),
        brand=_texts([row.get("brand") for row in found]),
        price=np.array(prices, np.float64),
        title=_texts(titles),
        is_listed=np.array([bool(row) for row in found], bool),
        row_id=_texts([f"{row['import_id']}:{row['line']}" if row else "" for row in found]),
    )


def _texts(values: Sequence[str | None]) -> NDArray[np.str_]:
    return np.array([value or "" for value in values], dtype=np.str_)


_ROWS = sql_file(__file__, "rows")
Ints = NDArray[np.int64]
IMPRESSION, CLICK, CART, PURCHASE = range(4)
_TYPES = {"impression": IMPRESSION, "click": CLICK, "add_to_cart": CART, "purchase": PURCHASE}
_CHANGES = pa.schema(
    [
        ("kind", pa.int64()),
        ("import_id", pa.int64()),
        ("line", pa.int64()),
        ("kept_import", pa.int64()),
        ("kept_line", pa.int64()),
        ("is_quarantined", pa.bool_()),
        *((f"old_{name}", pa.string()) for name in EVENT_FIELDS.values()),
        *((f"has_{name}", pa.bool_()) for name in EVENT_FIELDS.values()),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class EventRows:
    """Events as numbers; arrays of one length. -1: missing, or a type unused here."""

    kind: Ints  # -1: clean; else the number of the raw row's kind
    name: Ints  # of the raw row: equal for its clean and raw form
    event: Ints  # IMPRESSION, CLICK, CART, PURCHASE, -1
    visitor: Ints
    product: Ints
    page: Ints  # of the query_id
    surface: Ints
    position: Ints
    at_us: Ints  # when we received it
    price: NDArray[np.float64]  # minor units, NaN: not known
    quantity: NDArray[np.float64]
    product_ids: tuple[str, ...]
    visitor_ids: tuple[str, ...]
    n_surfaces: int

    def __len__(self) -> int:
        return len(self.kind)


def name_of(row: RowName) -> int:
    """Encode a raw row's name as a number."""
    return row.import_id * 2**40 + row.line


def row_id_of(name: int) -> str:
    """Decode :func:`name_of`, as in ``findings.parquet``."""
    return f"{name // 2**40}:{name % 2**40}"


def read_events(tables: Tables, checked: Path, kinds: Sequence[Kind]) -> EventRows:
    """Read the rows of a folder of ``baihuo check``. Raises: NotFound: it has no clean events."""
    folder = checked / EVENTS_FOLDER
    if not any(folder.glob("*.parquet")):
        raise NotFound(f"no clean events in {checked}", fix="run `baihuo check` first")
    table = tables.sql(
        f"SELECT * FROM ({_ROWS()}) ORDER BY received_at_us, import_id, line, kind",
        events=folder,
        quarantined=checked / "quarantine_events.parquet",
        changes=_changes(kinds),
    )
    visitor, visitor_ids = _codes(table["visitor_id"])
    product, product_ids = _codes(table["product_id"])
    surface, surfaces = _codes(table["surface"])
    return EventRows(
        kind=_ints(table["kind"]),
        name=_ints(table["import_id"]) * 2**40 + _ints(table["line"]),
        event=np.array([_TYPES.get(t, -1) for t in table["event_type"].to_pylist()], np.int64),
        visitor=visitor,
        product=product,
        page=_codes(table["query_id"])[0],
        surface=surface,
        position=_ints(table["position"]),
        at_us=_ints(table["received_at_us"]),
        price=_floats(table["price_minor"]),
        quantity=np.nan_to_num(_floats(table["quantity"]), nan=1.0),
        product_ids=product_ids,
        visitor_ids=visitor_ids,
        n_surfaces=len(surfaces),
    )


def _changes(kinds: Sequence[Kind]) -> pa.Table:
    rows: dict[tuple[int, RowName], dict[str, Any]] = {}
    for number, kind in enumerate(kinds):
        if kind.table != "events" or kind.action == "note":
            continue
        for found in kind.found:
            kept = found.row
            if kind.action == "merge":
                if "kept" not in found.detail:
                    continue
                kept = RowName.of(found.detail["kept"])
            row = rows.setdefault(
                (number, found.row), _change(number, found.row, kept, kind.action)
            )
            field = EVENT_FIELDS.get(str(found.detail.get("field")))
            if kind.action == "repair" and field:
                row[f"has_{field}"], row[f"old_{field}"] = True, _text(found.detail.get("old"))
    return pa.Table.from_pylist(list(rows.values()), schema=_CHANGES)


def _change(kind: int, row: RowName, kept: RowName, action: str) -> dict[str, Any]:
    is_quarantined = action == "quarantine"
    return {
        "kind": kind,
        "import_id": row.import_id,
        "line": row.line,
        "kept_import": None if is_quarantined else kept.import_id,
        "kept_line": None if is_quarantined else kept.line,
        "is_quarantined": is_quarantined,
        **{f"has_{name}": False for name in EVENT_FIELDS.values()},
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _codes(column: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return np.nan_to_num(codes, nan=-1).astype(np.int64), tuple(encoded.dictionary.to_pylist())


def _ints(column: pa.ChunkedArray) -> Ints:
    return np.nan_to_num(column.to_numpy(), nan=-1).astype(np.int64)


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), np.float64)
