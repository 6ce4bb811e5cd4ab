"""Point-in-time features of examples, through SQL."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.features.spec.declare import FeatureSet
from baihuo.features.spec.derived import DERIVED_FUNCTIONS
from baihuo.features.spec.plan import Block, FeaturePlan, make_plan
from baihuo.features.sql.dictionary_encode import encode_events, encode_examples
from baihuo.features.sql.timeline import StatementWindow, is_short, short_decay_sql, timeline_sql


def compute(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    examples: Source,
    out: Path,
    progress: Progress = silent,
) -> None:
    """Write what was known of each example at its moment: ``example_id`` and a float32 column a feature.

    Args:
        events: rows of ``core.tables.EVENTS``, in any order; only those received before an example's
            ``at_us`` count for it.
        products: rows of ``core.tables.PRODUCTS``: brand and category as they are now.
        examples: ``example_id`` (any type), ``visitor_id``, ``product_id``, ``query_text``, ``at_us``. A text may be
            NULL; that part of the past is then empty.
        out: the Parquet file, its rows in the order of ``examples``.

    An id that is nowhere in ``products`` is a product without brand and category.
    """
    laid = make_plan(features)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=_made(out.parent)) as folder:
        work, n_steps = Path(folder), len(laid.blocks) + 3
        progress("features: reading examples and events", 0, n_steps)
        ex, codes, stretch = encode_examples(
            tables, products=products, examples=examples, work=work
        )
        ev = encode_events(tables, laid, events=events, codes=codes, stretch=stretch, work=work)
        first = tables.sql("SELECT min(t) AS t FROM ev", ev=ev).to_pylist()[0]["t"]
        span = StatementWindow(
            stretch.first_us if first is None else min(first, stretch.first_us), stretch.before_us
        )
        results: dict[str, Source] = {}
        for b, block in enumerate(laid.blocks):
            progress(f"features: {' × '.join(block.entity)}", b + 1, n_steps)
            results.update(_block(tables, block, span, ev=ev, ex=ex, work=work, name=f"r{b}"))
        progress("features: joining", n_steps - 2, n_steps)
        joined = work / "joined.parquet"
        tables.sql(_joined_sql(features, laid, span), out=joined, ex=ex, **results)
        progress("features: derived", n_steps - 1, n_steps)
        tables.map_arrow(lambda batch: with_derived(features, batch), joined, out=out)
        progress("features: done", n_steps, n_steps)


def with_derived(features: FeatureSet, batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch with the lookback columns, and now the derived ones."""
    columns = {name: batch.column(name).to_numpy() for name in features.lookback_names}
    for one in features.derived:
        ingredients = [columns[name] for name in one.from_]
        made = DERIVED_FUNCTIONS[one.function](*ingredients, *one.constants)
        columns[one.name] = np.asarray(made, np.float32)
    arrays = [batch.column(0), *(pa.array(columns[n], pa.float32()) for n in features.names)]
    return pa.RecordBatch.from_arrays(arrays, names=[batch.schema.names[0], *features.names])


def _block(
    tables: Tables,
    block: Block,
    span: StatementWindow,
    *,
    ev: Path,
    ex: Path,
    work: Path,
    name: str,
) -> dict[str, Source]:
    """The files of one block, by the name that the join knows them by."""
    results: dict[str, Source] = {name: work / f"{name}.parquet"}
    tables.sql(timeline_sql(block, span), out=work / f"{name}.parquet", ev=ev, ex=ex)
    for j, one in enumerate(block.decays):
        if is_short(one, span):
            path = work / f"{name}_{j}.parquet"
            tables.sql(short_decay_sql(block, one, span), out=path, ev=ev, ex=ex)
            results[f"{name}_{j}"] = path
    return results


def _joined_sql(features: FeatureSet, laid: FeaturePlan, span: StatementWindow) -> str:
    columns, joins = [], [f"LEFT JOIN r{b} ON ex.i = r{b}.i" for b in range(len(laid.blocks))]
    for one, (b, c) in zip(features.lookbacks, laid.positions, strict=True):
        j = c - len(laid.blocks[b].sums)
        source = f"r{b}.c{c}"
        if one.aggregate == "decayed" and is_short(one, span):
            source = f"r{b}_{j}.c"
            joins.append(f"LEFT JOIN r{b}_{j} ON ex.i = r{b}_{j}.i")
        columns.append(f"CAST(coalesce({source}, {one.never!r}) AS FLOAT) AS {one.name}")
    listed = ", ".join(["ex.example_id", *columns])
    return f"SELECT {listed} FROM ex {' '.join(dict.fromkeys(joins))} ORDER BY ex.i"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
