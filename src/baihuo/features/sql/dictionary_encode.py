"""Events and examples with small integers in place of texts: what every statement after it reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baihuo.core import fold
from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.features.spec.plan import KIND, FeaturePlan

_CODES = sql_file(__file__, "codes")
_SLIM_EVENTS = sql_file(__file__, "encode_events")


@dataclass(frozen=True)
class Codes:
    """Files that say what the small integers mean; codes count from 1."""

    visitors: Path  # visitor_id, visitor
    products: Path  # product_id, product, brand, category, brand_name, category_name, in_catalogue
    queries: Path  # folded, query


@dataclass(frozen=True)
class EventWindow:
    """Which events matter: received before ``before_us``, and in reach of a look at ``first_us``."""

    first_us: int
    before_us: int


def encode_examples(
    tables: Tables, *, products: Source, examples: Source, work: Path
) -> tuple[Path, Codes, EventWindow]:
    """Examples as ``i, example_id, at_us, visitor, product, brand, category, query``; ``i`` is their order."""
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

    n = work / "numbered.parquet"
    tables.map_arrow(numbered, examples, out=n)
    codes = _codes(tables, products=products, named=n, work=work, kept=work)
    rows = work / "examples.parquet"
    tables.sql(
        "SELECT n.i, n.example_id, n.at_us, v.visitor, p.product, p.brand, p.category, q.query FROM n "
        "LEFT JOIN v ON n.visitor_id = v.visitor_id LEFT JOIN p ON n.product_id = p.product_id "
        "LEFT JOIN q ON n.folded = q.folded",
        out=rows,
        n=n,
        v=codes.visitors,
        p=codes.products,
        q=codes.queries,
    )
    times = tables.sql("SELECT min(at_us) AS a, max(at_us) AS b FROM n", n=n).to_pylist()[0]
    return rows, codes, EventWindow(times["a"] or 0, times["b"] or 0)


def encode_ids(
    tables: Tables,
    laid: FeaturePlan,
    *,
    events: Source,
    products: Source,
    stretch: EventWindow,
    work: Path,
    kept: Path,
) -> Codes:
    """Codes for all that the events name, written to ``kept``."""
    texts = (
        tables.sql(
            f"SELECT DISTINCT query_text FROM e WHERE query_text IS NOT NULL AND {_matters(laid, stretch)}",
            e=events,
        )
        .column("query_text")
        .combine_chunks()
    )
    written = pa.table({"query_text": texts, "folded": folded(texts)})
    named = work / "named.parquet"
    tables.sql(
        "SELECT DISTINCT e.visitor_id, e.product_id, t.folded FROM e LEFT JOIN t ON e.query_text = t.query_text "
        f"WHERE {_matters(laid, stretch)}",
        out=named,
        e=events,
        t=written,
    )
    return _codes(tables, products=products, named=named, work=work, kept=kept)


def _codes(tables: Tables, *, products: Source, named: Source, work: Path, kept: Path) -> Codes:
    codes = Codes(*(kept / f"{name}.parquet" for name in ("visitors", "products", "queries")))
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
    groups = ", ".join(
        f"{name}s AS (SELECT {name}, row_number() OVER (ORDER BY {name}) AS code FROM "
        f"(SELECT DISTINCT {name} FROM one WHERE {name} <> '') AS d)"
        for name in ("brand", "category")
    )
    tables.sql(
        _CODES(groups=groups),
        out=codes.products,
        p=products,
        n=named,
    )
    return codes


def encode_events(
    tables: Tables,
    laid: FeaturePlan,
    *,
    events: Source,
    codes: Codes,
    stretch: EventWindow,
    work: Path,
) -> Path:
    """Events that matter as ``t, kind, visitor, product, brand, category, query`` and their values."""
    out = work / "events.parquet"
    kinds = " ".join(f"WHEN event_type = '{event}' THEN {kind}" for event, kind in KIND.items())
    texts = _query_texts(tables, laid, events=events, queries=codes.queries)
    tables.keep(
        _SLIM_EVENTS(kinds=kinds, matters=_matters(laid, stretch)),
        out=out,
        e=events,
        v=codes.visitors,
        p=codes.products,
        q=texts,
    )
    return out


def _matters(laid: FeaturePlan, stretch: EventWindow) -> str:
    """Whether an event of the log can count for any look."""
    whens = []
    for event in KIND:
        reaches = [block.reach_us(event) for block in laid.blocks if event in block.events]
        if reaches:
            reach = max((r for r in reaches if r is not None), default=0)
            since = "" if None in reaches else f" AND received_at_us >= {stretch.first_us - reach}"
            whens.append(f"(event_type = '{event}'{since})")
    return f"received_at_us < {stretch.before_us} AND ({' OR '.join(whens) or '1 = 0'})"


def _query_texts(tables: Tables, laid: FeaturePlan, *, events: Source, queries: Source) -> pa.Table:
    """``query_text, query``: every way the events wrote a query that has a code."""
    schema = pa.schema([("query_text", pa.string()), ("query", pa.int64())])
    known = tables.sql("SELECT folded, query FROM q", q=queries).to_pylist()
    codes = {row["folded"]: row["query"] for row in known}
    if not codes or not any("query" in block.entity for block in laid.blocks):
        return schema.empty_table()
    distinct = "SELECT DISTINCT query_text FROM e WHERE query_text IS NOT NULL"
    written = tables.sql(distinct, e=events).column("query_text").to_pylist()
    pairs = [(text, codes[fold(text)]) for text in written if fold(text) in codes]
    return pa.table([[t for t, _ in pairs], [c for _, c in pairs]], schema=schema)


def folded(texts: pa.Array) -> pa.Array:
    """Query texts as they are compared: folded, and NULL where nothing was typed."""
    coded = pc.dictionary_encode(texts.cast(pa.string()))
    words = pa.array([fold(text) or None for text in coded.dictionary.to_pylist()], pa.string())
    return words.take(coded.indices)
