"""Point-in-time features of examples, through SQL."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.features.spec.declare import FeatureSet
from baihuo.features.spec.plan import Block, FeaturePlan, make_plan
from baihuo.features.sql.dictionary_encode import encode_events, encode_examples
from baihuo.features.sql.timeline import Period, is_short, short_decay_sql, timeline_sql


def compute(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    examples: Source,
    out: Path,
    progress: Progress = no_progress,
) -> None:
    """Write the features of each example as known at its moment: ``example_id`` and a float32 column for each.

    Args:
        events: rows of ``core.tables.EVENTS``, in any order; only those received before an example's
            ``at_us`` count for it.
        products: rows of ``core.tables.PRODUCTS``: brand and category as they are now.
        examples: ``example_id`` (any type), ``visitor_id``, ``product_id``, ``query_text``, ``at_us``. A NULL text has an empty past.
        out: the Parquet file, its rows in the order of ``examples``.

    Unknown products have no brand and category.
    """
    plan = make_plan(features)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        work, n_steps = Path(folder), len(plan.blocks) + 3
        progress("features: reading examples and events", 0, n_steps)
        encoded_examples, codes, reach = encode_examples(
            tables, products=products, examples=examples, work=work
        )
        encoded_events = encode_events(
            tables, plan, events=events, codes=codes, reach=reach, work=work
        )
        oldest = "SELECT min(at_us) AS at_us FROM events"
        first_us = tables.sql(oldest, events=encoded_events).to_pylist()[0]["at_us"]
        period = Period(
            reach.first_us if first_us is None else min(first_us, reach.first_us), reach.before_us
        )
        encoded = _Encoded(tables, encoded_events, encoded_examples, work)
        block_files: dict[str, Source] = {}
        for b, block in enumerate(plan.blocks):
            progress(f"features: {' × '.join(block.entity)}", b + 1, n_steps)
            block_files |= encoded.block_files(block, period, name=f"r{b}")
        progress("features: joining", n_steps - 2, n_steps)
        joined = work / "joined.parquet"
        tables.sql(
            _joined_sql(features, plan, period), out=joined, ex=encoded_examples, **block_files
        )
        progress("features: derived", n_steps - 1, n_steps)
        tables.map_arrow(lambda batch: with_derived(features, batch), joined, out=out)
        progress("features: done", n_steps, n_steps)


def with_derived(features: FeatureSet, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Add the derived columns to a batch of lookback columns."""
    columns = {name: batch.column(name).to_numpy() for name in features.lookback_names}
    for one in features.derived:
        columns[one.name] = np.asarray(one.compute(columns), np.float32)
    arrays = [batch.column(0), *(pa.array(columns[n], pa.float32()) for n in features.names)]
    return pa.RecordBatch.from_arrays(arrays, names=[batch.schema.names[0], *features.names])


@dataclass(frozen=True)
class _Encoded:
    """Encoded events and examples, and the folder of results."""

    tables: Tables
    events: Path
    examples: Path
    work: Path

    def block_files(self, block: Block, period: Period, *, name: str) -> dict[str, Source]:
        """Write the files of one block, by their name in the join."""
        files: dict[str, Source] = {name: self._run(timeline_sql(block, period), name)}
        for j, one in enumerate(block.decays):
            if is_short(one, period):
                short = f"{name}_{j}"
                files[short] = self._run(short_decay_sql(block, one, period), short)
        return files

    def _run(self, sql: str, name: str) -> Path:
        out = self.work / f"{name}.parquet"
        self.tables.sql(sql, out=out, events=self.events, examples=self.examples)
        return out


def _joined_sql(features: FeatureSet, plan: FeaturePlan, period: Period) -> str:
    """Return SQL for a row for each example, in order, with the columns of all blocks by feature name."""
    columns, joins = [], [f"LEFT JOIN r{b} ON ex.i = r{b}.i" for b in range(len(plan.blocks))]
    for one, (b, c) in zip(features.lookbacks, plan.positions, strict=True):
        source = f"r{b}.c{c}"
        if one.aggregate == "decayed" and is_short(one, period):
            j = c - len(plan.blocks[b].sums)
            source = f"r{b}_{j}.c"
            joins.append(f"LEFT JOIN r{b}_{j} ON ex.i = r{b}_{j}.i")
        columns.append(f"CAST(coalesce({source}, {one.never!r}) AS FLOAT) AS {one.name}")
    selected = ", ".join(["ex.example_id", *columns])
    return f"SELECT {selected} FROM ex {' '.join(dict.fromkeys(joins))} ORDER BY ex.i"
