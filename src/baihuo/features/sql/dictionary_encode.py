"""Dictionary encoding: events and examples with integer codes for texts, read by all later statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baihuo.core import EventType, fold
from baihuo.engine import Source, Tables, sql_file
from baihuo.features.spec.declare import KINDS, DerivedKind, EventKind, is_kind_sql
from baihuo.features.spec.plan import KIND, FeaturePlan

_PRODUCT_CODES = sql_file(__file__, "product_codes")
_ENCODE_EVENTS = sql_file(__file__, "encode_events")
_ENCODE_EXAMPLES = sql_file(__file__, "encode_examples")


@dataclass(frozen=True)
class Codes:
    """Files of codes, which count from 1."""

    visitors: Path  # visitor_id, visitor
    products: Path  # product_id, product, brand, category, brand_name, category_name, in_catalogue
    queries: Path  # folded, query


@dataclass(frozen=True)
class Reach:
    """The events that matter: received before ``before_us``, and not too old for an example at ``first_us``."""

    first_us: int
    before_us: int


def encode_examples(
    tables: Tables, *, products: Source, examples: Source, work: Path
) -> tuple[Path, Codes, Reach]:
    """Encode examples as ``i, example_id, at_us, visitor, product, brand, category, query``; ``i`` is their order."""
    n_seen = 0

    def numbered(batch: pa.RecordBatch) -> pa.RecordBatch:
        nonlocal n_seen
        i = np.arange(n_seen, n_seen + batch.num_rows)
        n_seen += batch.num_rows
        columns = {
            "i": pa.array(i, pa.int64()),
            "example_id": batch.column("example_id"),
            "visitor_id": batch.column("visitor_id").cast(pa.string()),
            "product_id": batch.column("product_id").cast(pa.string()),
            "folded": folded(batch.column("query_text")),
            "at_us": batch.column("at_us").cast(pa.int64()),
        }
        return pa.RecordBatch.from_pydict(columns)

    numbered_file, out = work / "numbered.parquet", work / "examples.parquet"
    tables.map_arrow(numbered, examples, out=numbered_file)
    codes = _codes(tables, products=products, named=numbered_file, folder=work)
    tables.sql(
        _ENCODE_EXAMPLES(),
        out=out,
        numbered=numbered_file,
        visitors=codes.visitors,
        products=codes.products,
        queries=codes.queries,
    )
    ends = "SELECT min(at_us) AS first_us, max(at_us) AS last_us FROM n"
    times = tables.sql(ends, n=numbered_file).to_pylist()[0]
    return out, codes, Reach(times["first_us"] or 0, times["last_us"] or 0)


def encode_ids(
    tables: Tables,
    plan: FeaturePlan,
    *,
    events: Source,
    products: Source,
    reach: Reach,
    work: Path,
    out: Path,
) -> Codes:
    """Write codes for all ids and texts of the events to the folder ``out``."""
    texts = (
        tables.sql(
            "SELECT DISTINCT query_text FROM e "
            f"WHERE query_text IS NOT NULL AND {_is_in_reach(plan, reach)}",
            e=events,
        )
        .column("query_text")
        .combine_chunks()
    )
    spellings = pa.table({"query_text": texts, "folded": folded(texts)})
    named = work / "named.parquet"
    tables.sql(
        "SELECT DISTINCT e.visitor_id, e.product_id, t.folded FROM e LEFT JOIN t ON e.query_text = t.query_text "
        f"WHERE {_is_in_reach(plan, reach)}",
        out=named,
        e=events,
        t=spellings,
    )
    return _codes(tables, products=products, named=named, folder=out)


def _codes(tables: Tables, *, products: Source, named: Source, folder: Path) -> Codes:
    codes = Codes(*(folder / f"{name}.parquet" for name in ("visitors", "products", "queries")))
    for out, text, code in (
        (codes.visitors, "visitor_id", "visitor"),
        (codes.queries, "folded", "query"),
    ):
        tables.sql(
            f"SELECT {text}, row_number() OVER (ORDER BY {text}) AS {code} "
            f"FROM (SELECT DISTINCT {text} FROM n WHERE {text} IS NOT NULL) AS d ORDER BY {text}",
            out=out,
            n=named,
        )
    tables.sql(_PRODUCT_CODES(), out=codes.products, products=products, named=named)
    return codes


def encode_events(
    tables: Tables,
    plan: FeaturePlan,
    *,
    events: Source,
    codes: Codes,
    reach: Reach,
    work: Path,
) -> Path:
    """Encode events in reach as ``at_us, kind, visitor, product, brand, category, query`` and their values."""
    out = work / "events.parquet"
    tables.keep(
        _ENCODE_EVENTS(
            type_number=_number_sql(EventType),
            is_in_reach=_is_in_reach(plan, reach, EventType),
            derived_number=_number_sql(DerivedKind),
            is_derived_in_reach=_is_in_reach(plan, reach, DerivedKind),
        ),
        out=out,
        events=events,
        visitors=codes.visitors,
        products=codes.products,
        queries=_query_spellings(tables, plan, events=events, queries=codes.queries),
    )
    return out


def _number_sql(kinds: Iterable[EventKind]) -> str:
    branches = " ".join(f"WHEN {is_kind_sql(kind)} THEN {KIND[kind]}" for kind in kinds)
    return f"CASE {branches} END"


def _is_in_reach(plan: FeaturePlan, reach: Reach, kinds: Iterable[EventKind] = KINDS) -> str:
    """Return SQL for whether an event can count for any example as one of these kinds."""
    by_kind = []
    for kind in kinds:
        reaches = [block.reach_us(kind) for block in plan.blocks if kind in block.events]
        if reaches:
            longest_us = max((r for r in reaches if r is not None), default=0)
            since = (
                "" if None in reaches else f" AND received_at_us >= {reach.first_us - longest_us}"
            )
            by_kind.append(f"({is_kind_sql(kind)}{since})")
    return f"received_at_us < {reach.before_us} AND ({' OR '.join(by_kind) or '1 = 0'})"


def _query_spellings(
    tables: Tables, plan: FeaturePlan, *, events: Source, queries: Source
) -> pa.Table:
    """Return ``query_text, query``: every spelling of a coded query in the events."""
    schema = pa.schema([("query_text", pa.string()), ("query", pa.int64())])
    known = tables.sql("SELECT folded, query FROM q", q=queries).to_pylist()
    codes = {row["folded"]: row["query"] for row in known}
    if not codes or not any("query" in block.entity for block in plan.blocks):
        return schema.empty_table()
    distinct = "SELECT DISTINCT query_text FROM e WHERE query_text IS NOT NULL"
    texts = tables.sql(distinct, e=events).column("query_text").to_pylist()
    pairs = [(text, codes[fold(text)]) for text in texts if fold(text) in codes]
    return pa.table([[t for t, _ in pairs], [c for _, c in pairs]], schema=schema)


def folded(texts: pa.Array) -> pa.Array:
    """Fold query texts for comparison; NULL if empty."""
    encoded = pc.dictionary_encode(texts.cast(pa.string()))
    distinct = pa.array(
        [fold(text) or None for text in encoded.dictionary.to_pylist()], pa.string()
    )
    return distinct.take(encoded.indices)
