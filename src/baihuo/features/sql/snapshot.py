"""What serving starts from: the state as it was at one moment, made by SQL from all events."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import Conflict, NotFound
from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.features.online.counters import Counters
from baihuo.features.online.pairs import Pairs
from baihuo.features.spec.declare import FeatureSet
from baihuo.features.spec.plan import (
    HISTORY,
    KIND,
    NOTHING,
    Block,
    Plan,
    plan,
    window_of,
    window_start_us,
)
from baihuo.features.sql.slim import Stretch, codes_of_events, slim_events
from baihuo.features.sql.timeline import (
    amount_sql,
    key_sql,
    kinds_sql,
    last_time_sql,
    value_sql,
    weight_sql,
)

if TYPE_CHECKING:
    from baihuo.features.online.state import FeatureState


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
    """Write the folder that :meth:`FeatureState.load` reads: everything received before ``at_us``.

    Visitors and queries of which nothing is left are not in it. The folder is swapped in when whole.
    """
    laid = plan(features, *HISTORY)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        work, made = Path(folder), Path(folder) / "made"
        made.mkdir()
        n_steps = len(laid.blocks) + 2
        progress("snapshot: reading events", 0, n_steps)
        stretch = Stretch(first_us=at_us, before_us=at_us)
        codes = codes_of_events(
            tables, laid, events=events, products=products, stretch=stretch, work=work, kept=made
        )
        ev = slim_events(tables, laid, events=events, codes=codes, stretch=stretch, work=work)
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
    """``context, code, c0, c1, …`` (as :class:`Counters` lays them out), sorted, without what is forgotten."""
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
        joins += (
            f" LEFT JOIN (SELECT o.context, o.code, max({value_sql(one.value)}) AS v FROM all_keys AS o JOIN ev "
            f"ON {f'ev.{block.context}' if block.context else '0'} = o.context "
            f"AND {f'ev.{block.part}' if block.part else '0'} = o.code AND ev.t = o.c{c} "
            f"WHERE {kinds_sql(one.events)} GROUP BY 1, 2) AS v{j} "
            f"ON v{j}.context = a.context AND v{j}.code = a.code"
        )
    return (
        f"WITH all_keys AS ({inner}) SELECT a.*{values} FROM all_keys AS a{joins} "
        f"WHERE {' OR '.join(some)} ORDER BY a.context, a.code"
    )


def log_sql(laid: Plan, at_us: int) -> str:
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


def read_into(state: FeatureState, path: Path) -> None:
    """Fill a fresh state from a snapshot."""
    if not (path / "meta.json").exists():
        raise NotFound(f"there is no feature snapshot at {path}", fix="run: baihuo features")
    text = (path / "meta.json").read_text()
    said = json.loads(text)
    if said["features"] != state.features.hash:
        raise Conflict(
            f"the snapshot at {path} was made from other feature declarations",
            fix="run: baihuo features",
        )
    state.at_us, state.last_seq = said["at_us"], said["last_seq"]
    products = pq.read_table(path / "products.parquet")
    _fill_groups(state, products)
    for row in products.sort_by("product").to_pylist():
        r = state._row(row["product_id"])
        if row["in_catalogue"]:
            state._place(r, {"brand": row["brand_name"], "category": row["category_name"]})
    visitors, queries = (
        pq.read_table(path / f"{name}.parquet").column(0).to_pylist()
        for name in ("visitors", "queries")
    )
    state.fill_codes(visitors, queries)
    for b, block in enumerate(state._plan.blocks):
        table = pq.read_table(path / f"block_{b}.parquet")
        state._counters[b], state._pairs[b] = _read_block(block, table, said["at_us"])
    log = pq.read_table(path / "log.parquet")
    rows = np.empty((log.num_rows, log.num_columns))
    for c, column in enumerate(log.columns):
        rows[:, c] = column.to_numpy()
    state._log.base = rows
    if (path / "meta.json").read_text() != text:
        raise Conflict(
            f"the snapshot at {path} was replaced while it was read", fix="read it again"
        )


def _fill_groups(state: FeatureState, products: pa.Table) -> None:
    """Brands and categories under the codes that the blocks were written with.

    The SQL numbers names in their own order, :meth:`FeatureState._place` as they come: without this
    one brand's past would be read as another's.
    """
    for part, codes in state._groups.items():
        pairs = zip(*(products.column(c).to_pylist() for c in (part, f"{part}_name")), strict=True)
        name_of = {code: name for code, name in pairs if code and name}
        for code in range(1, max(name_of, default=0) + 1):
            codes.code(name_of.get(code, f"\0{code}"))  # a name that is gone keeps its number


def _read_block(block: Block, table: pa.Table, at_us: int) -> tuple[Counters, Pairs | None]:
    contexts, codes = (table.column(name).to_numpy() for name in ("context", "code"))
    is_pair = len(block.entity) == 2
    slots = np.arange(1, table.num_rows + 1) if is_pair else contexts + codes
    n = int(slots.max(initial=0)) + 1
    totals = np.zeros((n + n // 10 + 64, block.width))
    for c in range(block.width):
        totals[slots, c] = table.column(f"c{c}").to_numpy()
    counters = Counters(block, totals, ref_us=at_us)
    return counters, Pairs(contexts, codes.astype(np.int32)) if is_pair else None


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
