"""The first compiler: a plan as SQL that computes the features of every example at its moment.

No join looks up a time range. Events and the ends of their windows become *moves* of one timeline per key:
"+1 when received", "−1 when the window has passed it". ``timeline.sql`` adds them up between examples: one scan of
the events and one sort serve all features of an entity.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables, sql_file
from baihuo.features.spec.declare import DAY_US, Entity, EventKind, FeatureSet, Lookback, Value
from baihuo.features.spec.plan import KIND, Block, FeaturePlan, make_plan, window_of
from baihuo.features.sql.dictionary_encode import encode_events, encode_examples

# Point-in-time features of examples, through SQL.


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


_TIMELINE = sql_file(__file__, "timeline")
_SHORT_DECAY = sql_file(__file__, "short_decay")

MAX_HALF_LIVES = 500
"""Weights grow as 2**(age of the log / half-life); a log of more half-lives is cut into segments."""
_SEGMENT_HALF_LIVES = 512


@dataclass(frozen=True)
class Period:
    """The time that the statements are about, in microseconds UTC."""

    first_us: int  # of the earliest relevant event
    last_us: int  # of the latest example


def key_sql(entity: Entity) -> str:
    """Return SQL for the entity of a row as an integer; NULL if a part is missing."""
    return entity[0] if len(entity) == 1 else f"{entity[0]} * 4294967296 + {entity[1]}"


def kinds_sql(events: Iterable[EventKind]) -> str:
    """Return SQL for whether ``kind`` is one of these."""
    return f"kind IN ({', '.join(str(KIND[e]) for e in sorted(events))})"


def value_sql(value: Value | None) -> str:
    """Return SQL for what one event adds, as :func:`baihuo.features.spec.plan.amount` does."""
    return {
        None: "CAST(1 AS DOUBLE)",
        "dwell_ms": "dwell_ms",
        "price_minor": "price_minor",
        "quantity": "coalesce(quantity, 1)",
        "revenue_minor": "price_minor * coalesce(quantity, 1)",
    }[value]


def amount_sql(lookback: Lookback) -> str:
    """Return SQL for what an event's row adds to the feature; 0 for other events."""
    counts = kinds_sql(lookback.events)
    return f"CASE WHEN {counts} THEN coalesce({value_sql(lookback.value)}, 0) ELSE 0 END"


def weight_sql(lookback: Lookback, reference_us: int, at: str = "at_us") -> str:
    """Return SQL for the weight of an event at ``at``, relative to one at ``reference_us``."""
    return f"power(2.0, ({at} - {reference_us}) / {lookback.half_life_us!r})"


def last_time_sql(lookback: Lookback) -> str:
    """Return SQL for the time of an event of the feature, else NULL."""
    has_value = "" if lookback.value is None else f" AND {value_sql(lookback.value)} IS NOT NULL"
    return f"CASE WHEN {kinds_sql(lookback.events)}{has_value} THEN at_us END"


def is_short(lookback: Lookback, period: Period) -> bool:
    """Return whether a half-life is too short for one reference time over the period."""
    return (period.last_us - period.first_us) / lookback.half_life_us > MAX_HALF_LIVES


def timeline_sql(block: Block, period: Period) -> str:
    """Return SQL for ``i`` and ``c0, c1, …``, the lookbacks of the block, for examples with the key.

    Inputs: ``events`` and ``examples``, encoded. Short half-lives come out as 0: they have
    :func:`short_decay_sql`.

    A move has a column for each counted or summed value (``v0, …``), not for each lookback: many moves are sorted, and the wide sums are
    over their totals between examples.
    """
    amounts = _amount_columns(block)
    sums, decays, lasts = _step_aggregates(block, period, amounts)
    added, latest = sums | decays, lasts
    return _TIMELINE(
        key=key_sql(block.entity),
        block_kinds=kinds_sql(block.events),
        moves=" UNION ALL ".join(_moves(block, period, amounts)),
        step_aggregates=", ".join(f"{sql} AS {name}" for name, sql in (added | latest).items()),
        step_columns=", ".join([f"coalesce({name}, 0) AS {name}" for name in added] + [*latest]),
        running_aggregates=", ".join(
            [f"sum({name}) OVER w AS {name}" for name in added]
            + [f"max({name}) OVER w AS {name}" for name in latest]
        ),
        feature_columns=", ".join(_feature_columns(block, period)),
        joined_running=f"running{_last_value_joins(block)}",
    )


def short_decay_sql(block: Block, lookback: Lookback, period: Period) -> str:
    """Return SQL for ``i`` and ``c``, one decayed sum whose half-life is short against the period. Time is cut into segments of 512
    half-lives; older events weigh less than 2**-512.
    """
    return _SHORT_DECAY(
        key=key_sql(block.entity),
        block_kinds=kinds_sql(block.events),
        kinds=kinds_sql(lookback.events),
        amount=amount_sql(lookback),
        first_us=period.first_us,
        segment_us=int(_SEGMENT_HALF_LIVES * lookback.half_life_us),
        half_life_us=repr(lookback.half_life_us),
        carried=repr(2.0**-_SEGMENT_HALF_LIVES),
    )


def _amount_columns(block: Block) -> dict[Value | None, str]:
    """Return the columns of a move: the values that its lookbacks count or sum."""
    values = sorted({one.value for one in block.lookbacks}, key=lambda value: value or "")
    return {value: f"v{j}" for j, value in enumerate(values)}


def _moves(block: Block, period: Period, amounts: dict[Value | None, str]) -> list[str]:
    """Return SQL for events that arrive (window 0) and leave each window (by number), summed by key, kind and bucket."""
    comes = ", ".join(f"{value_sql(value)} AS {name}" for value, name in amounts.items())
    moves = [
        f"SELECT key, at_us * 4 + 2 AS tick, kind, 0 AS window_number, {comes} FROM keyed_events"
    ]
    for number, window in enumerate(block.windows, 1):
        granule_us, n_back = window
        end = f"(at_us // {granule_us} + {n_back + 1}) * {granule_us}"
        ending = [one for one in block.sums if window_of(one) == window]
        kinds = kinds_sql({event for one in ending for event in one.events})
        summed = {one.value for one in ending}
        leaves = ", ".join(
            f"{f'-sum({value_sql(value)})' if value in summed else 'CAST(0 AS DOUBLE)'} AS {name}"
            for value, name in amounts.items()
        )
        moves.append(
            f"SELECT key, {end} * 4 AS tick, kind, {number} AS window_number, {leaves} FROM keyed_events "
            f"WHERE {kinds} AND {end} <= {period.last_us} GROUP BY key, {end}, kind"
        )
    return moves


def _step_aggregates(
    block: Block, period: Period, amounts: dict[Value | None, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return names and aggregates of arrivals and departures between two examples: sums, decayed sums, last times."""
    numbers = {window: n for n, window in enumerate(block.windows, 1)}
    sums, decays, lasts = dict[str, str](), dict[str, str](), dict[str, str]()
    for j, one in enumerate(block.sums):
        window = window_of(one)
        number = numbers[window] if window else 0
        counts = f"{kinds_sql(one.events)} AND window_number IN (0, {number})"
        sums[f"a{j}"] = f"sum(CASE WHEN {counts} THEN {amounts[one.value]} ELSE 0 END)"
    for j, one in enumerate(d for d in block.decays if not is_short(d, period)):
        counts = f"{kinds_sql(one.events)} AND window_number = 0"
        weighted = f"{amounts[one.value]} * {weight_sql(one, period.first_us, '(tick // 4)')}"
        decays[f"d{j}"] = f"sum(CASE WHEN {counts} THEN {weighted} ELSE 0 END)"
    for j, one in enumerate(block.lasts):
        counts = f"{kinds_sql(one.events)} AND window_number = 0"
        lasts[f"l{j}"] = (
            f"max(CASE WHEN {counts} AND {amounts[one.value]} IS NOT NULL THEN tick // 4 END)"
        )
    return sums, decays, lasts


def _last_value_joins(block: Block) -> str:
    """Return joins of the values at the last times; ties take the largest."""
    joins = ""
    for j, one in enumerate(block.last_values):
        joins += (
            f" LEFT JOIN (SELECT key, at_us, max({value_sql(one.value)}) AS v FROM keyed_events "
            f"WHERE {kinds_sql(one.events)} GROUP BY key, at_us) AS v{j} "
            f"ON running.key = v{j}.key AND running.l{block.lasts.index(one)} = v{j}.at_us"
        )
    return joins


def _feature_columns(block: Block, period: Period) -> list[str]:
    """Return the columns of the block at an example's moment."""
    columns = [f"a{j}" for j in range(len(block.sums))]
    n_long = 0
    for one in block.decays:
        if is_short(one, period):
            columns.append("CAST(0 AS DOUBLE)")
        else:
            columns.append(f"d{n_long} / {weight_sql(one, period.first_us, 'running.at_us')}")
            n_long += 1
    for j, one in enumerate(block.lasts):
        granule_us, n_back = window_of(one) or (DAY_US, 0)
        value = f"(running.at_us - l{j}) / {float(DAY_US)!r}"
        if one.value is not None:
            value = f"v{block.last_values.index(one)}.v"
        window_start = f"(running.at_us // {granule_us} - {n_back}) * {granule_us}"
        columns.append(f"CASE WHEN l{j} >= {window_start} THEN {value} ELSE {one.never!r} END")
    return [f"{column} AS c{c}" for c, column in enumerate(columns)]
