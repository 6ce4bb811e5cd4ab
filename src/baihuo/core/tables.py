"""Arrow schemas of events, products, quarantine and findings, and conversions.

An imported row has an ``import_id`` (its number in the import manifest) and a ``line`` (1-based in the
file); findings write the pair as ``"3:17"``. Rows of the live log have ``import_id`` 0 and the sequence
number of the log as ``line``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import pyarrow as pa

from baihuo.core.event import Event, EventType, ValueType, event_fields
from baihuo.core.product import Product, Variant

_ORIGIN = [pa.field("import_id", pa.int32()), pa.field("line", pa.int64())]

_ARROW_TYPES: dict[ValueType, pa.DataType] = {
    **dict.fromkeys(("id", "text", "label", "event_type", "currency", "consent"), pa.string()),
    **dict.fromkeys(("time", "integer"), pa.int64()),
    "int32": pa.int32(),
    "number": pa.float64(),
}


def event_schema(event_class: type[Event]) -> pa.Schema:
    """The columns of events: one for each field, and the origin of the row."""
    columns = [
        pa.field(field.name, _ARROW_TYPES[field.spec.type], nullable=not field.is_required)
        for field in event_fields(event_class)
    ]
    return pa.schema([*columns, *_ORIGIN])


EVENTS = event_schema(Event)

TIMELY = "is_timely"
"""Extra column of the live log's segments: whether the sender proved the event's time. Missing in earlier versions."""

PRODUCTS = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("title_en", pa.string()),
        pa.field("title_zh", pa.string()),
        pa.field("description_en", pa.string()),
        pa.field("description_zh", pa.string()),
        pa.field("brand", pa.string()),
        pa.field("model", pa.string()),
        pa.field("category", pa.string()),  # "Electronics > Phones"
        pa.field("codes", pa.list_(pa.string())),
        pa.field("price_minor", pa.int64()),
        pa.field("currency", pa.string()),
        pa.field("stock_units", pa.int64()),
        pa.field("attributes", pa.string()),  # a JSON object
        pa.field("variants", pa.string()),  # a JSON list of Variant
        pa.field("images", pa.list_(pa.string())),
        pa.field("released_at_us", pa.int64()),
        pa.field("updated_at_us", pa.int64()),
        *_ORIGIN,
    ]
)

QUARANTINE = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),  # events, products
        pa.field("file", pa.string(), nullable=False),
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("field", pa.string()),
        pa.field("value", pa.string()),
        pa.field("reason", pa.string(), nullable=False),  # a stable code such as "bad_number"
        pa.field("fix", pa.string()),
        pa.field("raw", pa.string()),  # the original row, for corrections
    ]
)

FINDINGS = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False),
        pa.field("row_id", pa.string(), nullable=False),  # "import_id:line"
        pa.field("check", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),  # quarantine, merge, repair, note
        pa.field("detail", pa.string()),  # a JSON object: old and new value, the row merged into, …
        pa.field("rule_version", pa.string(), nullable=False),
    ]
)

CATEGORY_SEPARATOR = " > "

_PRODUCT_FIELDS = tuple(f.name for f in fields(Product))


def events_to_table(events: Iterable[Event]) -> pa.Table:
    """Events as one table of :data:`EVENTS`, in order."""
    names = [f.name for f in fields(Event)]
    rows = list(events)
    columns = {n: [getattr(e, n) for e in rows] for n in names}
    columns["event_type"] = [str(e.event_type) for e in rows]
    columns["import_id"] = [0] * len(rows)
    columns["line"] = list(range(1, len(rows) + 1))
    return pa.table(columns, schema=EVENTS)


def table_to_events(table: pa.Table) -> list[Event]:
    """The rows of an :data:`EVENTS` table as :class:`Event` objects. For small tables only."""
    names = {f.name for f in fields(Event)} & set(table.column_names)  # older files have fewer
    rows = table.select(sorted(names)).to_pylist()
    return [Event(**{**r, "event_type": EventType(r["event_type"])}) for r in rows]


def product_to_row(product: Product) -> dict[str, Any]:
    """A product as a row of :data:`PRODUCTS`, without origin."""
    row = {f.name: getattr(product, f.name) for f in fields(Product)}
    row["category"] = CATEGORY_SEPARATOR.join(product.category) or None
    row["codes"], row["images"] = list(product.codes), list(product.images)
    row["attributes"] = json.dumps(product.attributes, ensure_ascii=False, sort_keys=True)
    row["variants"] = json.dumps([asdict(v) for v in product.variants], ensure_ascii=False)
    return row


def row_to_product(row: dict[str, Any]) -> Product:
    """The inverse of :func:`product_to_row`; origin columns are ignored."""
    get = row.get
    values: dict[str, Any] = {name: get(name) for name in _PRODUCT_FIELDS}
    category, attributes, variants = get("category"), get("attributes"), get("variants")
    values["category"] = tuple(category.split(CATEGORY_SEPARATOR)) if category else ()
    values["codes"] = tuple(get("codes") or ())
    values["images"] = tuple(get("images") or ())
    values["attributes"] = json.loads(attributes) if attributes else {}
    values["variants"] = ()
    if variants and variants != "[]":
        values["variants"] = tuple(
            Variant(**{**v, "codes": tuple(v.get("codes") or ())}) for v in json.loads(variants)
        )
    return Product(**values)


def products_to_table(products: Iterable[Product]) -> pa.Table:
    """Products as one table of :data:`PRODUCTS`, in order."""
    rows = [
        {**product_to_row(p), "import_id": 0, "line": i} for i, p in enumerate(products, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=PRODUCTS)


def table_to_products(table: pa.Table) -> list[Product]:
    """The rows of a :data:`PRODUCTS` table as :class:`Product` objects."""
    return [row_to_product(r) for r in table.to_pylist()]
