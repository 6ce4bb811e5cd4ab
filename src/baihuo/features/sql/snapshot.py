"""What serving starts from: the state as it was at one moment, made by SQL from all events."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.features.spec.declare import FeatureSet
from baihuo.features.spec.plan import (
    HISTORY,
    KIND,
    NOTHING,
    Block,
    FeaturePlan,
    make_plan,
    window_of,
    window_start_us,
)
from baihuo.features.sql.dictionary_encode import EventWindow, encode_events, encode_ids
from baihuo.features.sql.timeline import (
    amount_sql,
    key_sql,
    kinds_sql,
    last_time_sql,
    value_sql,
    weight_sql,
)

_BLOCK_SQL = sql_file(__file__, "block_sql")


def snapshot(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    at_us: int,
    out: Path,
    progress: Progress = silent,
) -> None:
    """Write the folder that :meth:`~baihuo.features.FeatureState.load` reads: everything received before ``at_us``.

    Visitors and queries of which nothing is left are not in it. The folder is swapped in when whole.
    """
    laid = make_plan(features, *HISTORY)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        work, made = Path(folder), Path(folder) / "made"
        made.mkdir()
        n_steps = len(laid.blocks) + 2
        progress("snapshot: reading events", 0, n_steps)
        stretch = EventWindow(first_us=at_us, before_us=at_us)
        codes = encode_ids(
            tables, laid, events=events, products=products, stretch=stretch, work=work, kept=made
        )
        ev = encode_events(tables, laid, events=events, codes=codes, stretch=stretch, work=work)
        for b, block in enumerate(laid.blocks):
            progress(f"snapshot: {' × '.join(block.entity)}", b + 1, n_steps)
            tables.sql(block_sql(block, at_us), out=made / f"block_{b}.parquet", ev=ev)
        progress("snapshot: events still in a window", n_steps - 1, n_steps)
        blocks: dict[str, Source] = {
            f"b{b}": made / f"block_{b}.parquet" for b in range(len(laid.blocks))
        }
        tables.sql(log_sql(laid, at_us), out=made / "log.parquet", ev=ev, **blocks)
        said = {
            "features": features.hash,
            "at_us": at_us,
            "last_seq": _last_seq(tables, events, at_us),
        }
        (made / "meta.json").write_text(json.dumps(said))
        _swap(made, out, work / "old")
        progress("snapshot: done", n_steps, n_steps)


def state_folder(folder: Path, features: FeatureSet) -> Path:
    """Where the state of these declarations lies in ``3-features``.

    One folder a set of declarations: a candidate that the gate refuses must not take away what the live
    bundle serves from.
    """
    return folder / "state" / features.hash


def block_sql(block: Block, at_us: int) -> str:
    """``context, code, c0, c1, …`` (as the counters of serving lay them out), sorted, without what is forgotten."""
    columns = []
    for one in block.sums:
        inside = "" if (w := window_of(one)) is None else f"t >= {window_start_us(w, at_us)} AND "
        columns.append(
            f"sum(CASE WHEN {inside}{kinds_sql(one.events)} THEN coalesce({value_sql(one.value)}, 0) ELSE 0.0 END)"
        )
    columns += [f"sum({amount_sql(one)} * {weight_sql(one, at_us)})" for one in block.decays]
    n_numbers = len(columns)
    columns += [f"coalesce(max({last_time_sql(one)}), 0)" for one in block.lasts]
    some = [f"abs(c{c}) >= {NOTHING!r}" for c in range(n_numbers)]
    for j, one in enumerate(block.lasts):
        start = window_start_us(window_of(one) or (1, 0), at_us)
        some.append(f"c{n_numbers + j} >= {start}")
    context = block.context or "0"
    code = block.part or "0"
    key = key_sql(block.entity)
    inner = (
        f"SELECT {context} AS context, {code} AS code, "
        + ", ".join(f"{column} AS c{c}" for c, column in enumerate(columns))
        + f" FROM ev WHERE {key} IS NOT NULL AND {kinds_sql(block.events)} GROUP BY 1, 2"
    )
    values, joins = "", ""
    for j, one in enumerate(block.last_values):
        c = n_numbers + block.lasts.index(one)
        values += f", v{j}.v AS c{len(block.lookbacks) + j}"
        joins += _BLOCK_SQL(
            value_sql=value_sql(one.value),
            value=f"ev.{block.context}" if block.context else "0",
            value_2=f"ev.{block.part}" if block.part else "0",
            c=c,
            kinds_sql=kinds_sql(one.events),
            j=j,
        )
    return (
        f"WITH all_keys AS ({inner}) SELECT a.*{values} FROM all_keys AS a\n{joins} "
        f"WHERE {' OR '.join(some)} ORDER BY a.context, a.code"
    )


def log_sql(laid: FeaturePlan, at_us: int) -> str:
    """``t, kind, price_minor, quantity, dwell_ms, s0, s1, …`` of events that some window still counts."""
    kept = []
    for event, kind in KIND.items():
        starts = [
            window_start_us(w, at_us)
            for block in laid.blocks
            for one in block.sums
            if event in one.events and (w := window_of(one)) is not None
        ]
        if starts:
            kept.append(f"(ev.kind = {kind} AND ev.t >= {min(starts)})")
    numbered, joins, slots = [], [], []
    for b, block in enumerate(laid.blocks):
        context, part = block.context, block.part
        if context and part:
            numbered.append(
                f"n{b} AS (SELECT context, code, row_number() OVER (ORDER BY context, code) AS s FROM b{b})"
            )
            joins.append(f"LEFT JOIN n{b} ON ev.{context} = n{b}.context AND ev.{part} = n{b}.code")
            slots.append(f"coalesce(n{b}.s, 0) AS s{b}")
        else:
            slots.append(f"coalesce({context or part}, 0) AS s{b}")
    head = f"WITH {', '.join(numbered)} " if numbered else ""
    return (
        f"{head}SELECT ev.t, ev.kind, ev.price_minor, ev.quantity, ev.dwell_ms, {', '.join(slots)} FROM ev "
        f"{' '.join(joins)} WHERE {' OR '.join(kept) or '1 = 0'} ORDER BY ev.t"
    )


def _last_seq(tables: Tables, events: Source, at_us: int) -> int:
    """The newest row of the live log among these events."""
    query = f"SELECT max(line) AS seq FROM e WHERE import_id = 0 AND received_at_us < {at_us}"
    found: Any = tables.sql(query, e=events).to_pylist()[0]["seq"]
    return int(found or 0)


def _swap(made: Path, out: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    made.rename(out)
    shutil.rmtree(old, ignore_errors=True)
