"""The snapshot that serving starts from: the state at one moment, made by SQL from all events."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from baihuo.core import EventType, Progress, no_progress
from baihuo.engine import Source, Tables, seal_folder, sql_file
from baihuo.features.spec.declare import DAY_US, FeatureSet
from baihuo.features.spec.plan import (
    HISTORY,
    KIND,
    NOTHING,
    PROFILES_REMEMBERED_DAYS,
    Block,
    FeaturePlan,
    make_plan,
    window_of,
    window_start_us,
)
from baihuo.features.spec.replay import LastCheck
from baihuo.features.sql.dictionary_encode import Reach, encode_events, encode_ids
from baihuo.features.sql.timeline import (
    amount_sql,
    key_sql,
    kinds_sql,
    last_time_sql,
    value_sql,
    weight_sql,
)

_BLOCK_TOTALS = sql_file(__file__, "block_totals")
_LAST_VALUE = sql_file(__file__, "last_value")
_WINDOW_LOG = sql_file(__file__, "window_log")
_NO_CHECK = LastCheck()


def snapshot(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    at_us: int,
    out: Path,
    checked: LastCheck = _NO_CHECK,
    progress: Progress = no_progress,
) -> None:
    """Write the folder that :meth:`~baihuo.features.FeatureState.load` reads: everything received before ``at_us``.

    Empty visitors and queries are left out. The folder is replaced atomically.

    Args:
        checked: the last check: rows of the live log seen, and decisions.
    """
    plan = make_plan(features, *HISTORY)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        work, snapshot_folder = Path(folder), Path(folder) / "made"
        snapshot_folder.mkdir()
        n_steps = len(plan.blocks) + 2
        progress("snapshot: reading events", 0, n_steps)
        reach = Reach(first_us=at_us, before_us=at_us)
        codes = encode_ids(
            tables,
            plan,
            events=events,
            products=products,
            reach=reach,
            work=work,
            out=snapshot_folder,
        )
        encoded = encode_events(tables, plan, events=events, codes=codes, reach=reach, work=work)
        block_files: dict[str, Source] = {}
        for b, block in enumerate(plan.blocks):
            progress(f"snapshot: {' × '.join(block.entity)}", b + 1, n_steps)
            block_files[f"b{b}"] = file = snapshot_folder / f"block_{b}.parquet"
            tables.sql(block_totals_sql(block, at_us), out=file, events=encoded)
        progress("snapshot: events still in a window", n_steps - 1, n_steps)
        tables.sql(
            window_log_sql(plan, at_us),
            out=snapshot_folder / "log.parquet",
            events=encoded,
            **block_files,
        )
        tables.sql(_profiles_sql(at_us), out=snapshot_folder / "profiles.parquet", events=events)
        meta = {
            "features": features.hash,
            "history": [one.name for one in HISTORY],
            "at_us": at_us,
            "last_seq": max(checked.seen_seq, _last_seq(tables, events, at_us)),
            "made_of": checked.made_of,
            "sealed": True,
        }
        (snapshot_folder / "meta.json").write_text(json.dumps(meta))
        seal_folder(snapshot_folder)
        _swap(snapshot_folder, out, work / "old")
        progress("snapshot: done", n_steps, n_steps)


def state_folder(folder: Path, features: FeatureSet) -> Path:
    """Return the state's folder in ``3-features``, one for each set of declarations: a refused candidate must not replace the live bundle's
    state.
    """
    return folder / "state" / features.hash


def block_totals_sql(block: Block, at_us: int) -> str:
    """Return SQL for ``context, code, c0, c1, …`` (in the layout of serving's counters), sorted, without empty keys."""
    columns = []
    for one in block.sums:
        window = window_of(one)
        inside = "" if window is None else f"at_us >= {window_start_us(window, at_us)} AND "
        counts = f"{inside}{kinds_sql(one.events)}"
        columns.append(
            f"sum(CASE WHEN {counts} THEN coalesce({value_sql(one.value)}, 0) ELSE 0.0 END)"
        )
    columns += [f"sum({amount_sql(one)} * {weight_sql(one, at_us)})" for one in block.decays]
    n_numbers = len(columns)
    columns += [f"coalesce(max({last_time_sql(one)}), 0)" for one in block.lasts]
    is_kept = [f"abs(c{c}) >= {NOTHING!r}" for c in range(n_numbers)]
    for j, one in enumerate(block.lasts):
        start_us = window_start_us(window_of(one) or (1, 0), at_us)
        is_kept.append(f"c{n_numbers + j} >= {start_us}")
    values, joins = "", ""
    for j, one in enumerate(block.last_values):
        values += f", v{j}.v AS c{len(block.lookbacks) + j}"
        joins += " " + _LAST_VALUE(
            context=f"events.{block.context}" if block.context else "0",
            code=f"events.{block.part}" if block.part else "0",
            last_time=f"c{n_numbers + block.lasts.index(one)}",
            kinds=kinds_sql(one.events),
            value=value_sql(one.value),
            join_name=f"v{j}",
        )
    return _BLOCK_TOTALS(
        context=block.context or "0",
        code=block.part or "0",
        key=key_sql(block.entity),
        block_kinds=kinds_sql(block.events),
        aggregates=", ".join(f"{column} AS c{c}" for c, column in enumerate(columns)),
        columns=f"totals.*{values}",
        joined_totals=f"totals{joins}",
        is_kept=" OR ".join(is_kept),
    )


def window_log_sql(plan: FeaturePlan, at_us: int) -> str:
    """Return SQL for ``at_us, kind, price_minor, quantity, dwell_ms, s0, s1, …`` of events in some window."""
    is_in_window = []
    for event, kind in KIND.items():
        starts_us = [
            window_start_us(window, at_us)
            for block in plan.blocks
            for one in block.sums
            if event in one.events and (window := window_of(one)) is not None
        ]
        if starts_us:
            is_in_window.append(f"(kind = {kind} AND at_us >= {min(starts_us)})")
    numbers, joins, slots = "", "", []
    for b, block in enumerate(plan.blocks):
        context, part = block.context, block.part
        if context and part:
            numbers += f", n{b} AS (SELECT context, code, row_number() OVER (ORDER BY context, code) AS slot FROM b{b})"
            joins += f" LEFT JOIN n{b} ON e.{context} = n{b}.context AND e.{part} = n{b}.code"
            slots.append(f"coalesce(n{b}.slot, 0) AS s{b}")
        else:
            slots.append(f"coalesce(e.{context or part}, 0) AS s{b}")
    return _WINDOW_LOG(
        slot_numbers=numbers,
        slots=", ".join(slots),
        joined_events=f"counted AS e{joins}",
        is_in_window=" OR ".join(is_in_window) or "1 = 0",
    )


def _profiles_sql(at_us: int) -> str:
    """Return SQL for profile events, oldest first, as whole rows: older shops lack some columns."""
    since_us = at_us - PROFILES_REMEMBERED_DAYS * DAY_US
    return (
        f"SELECT * FROM events WHERE event_type = '{EventType.PROFILE}' AND received_at_us < {at_us} "
        f"AND received_at_us >= {since_us} ORDER BY received_at_us, import_id, line"
    )


def _last_seq(tables: Tables, events: Source, at_us: int) -> int:
    """Return the newest live-log row of these events."""
    newest = f"SELECT max(line) AS seq FROM e WHERE import_id = 0 AND received_at_us < {at_us}"
    seq: int | None = tables.sql(newest, e=events).to_pylist()[0]["seq"]
    return seq or 0


def _swap(snapshot_folder: Path, out: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    snapshot_folder.rename(out)
    shutil.rmtree(old, ignore_errors=True)
