"""Checked rows as arrays: clean rows, and every changed row as before its check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import EVENTS_FOLDER, NotFound
from baihuo.engine import Tables, sql_file
from baihuo.valuation.kinds import EVENT_FIELDS, Kind, RowName

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
