"""Make the report from a checked folder: retrain while time allows, data values for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from baihuo.core import EVENTS_FOLDER, BadInput, NotFound, Progress, no_progress
from baihuo.engine import Tables
from baihuo.evaluate import Interval
from baihuo.quality import CHECKS
from baihuo.valuation.kinds import Kind, read_kinds
from baihuo.valuation.measure import Bench
from baihuo.valuation.report import (
    HarmfulRow,
    KindValue,
    MoneyLost,
    ValueReport,
    best_within,
    beyond_chance,
)
from baihuo.valuation.row_values import (
    Encode,
    RowValues,
    category_values,
    interest_values,
    product_vectors,
)
from baihuo.valuation.rows import EventRows, clean_rows, read_events, read_products
from baihuo.valuation.settings import ValueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOptions:
    """Options of the measurement."""

    settings: ValueSettings = field(default_factory=ValueSettings)
    retrain_minutes: float = 10.0  # for all kinds together; the rest get data values
    n_rows: int = 50  # harmful rows to list
    seed: int = 7


def value_dirt(
    tables: Tables,
    checked: Path,
    *,
    options: ValueOptions,
    encode: Callable[[], Encode],
    progress: Progress = no_progress,
    clock_s: Callable[[], float] = time.monotonic,
) -> ValueReport:
    """Estimate the cost of each kind of finding in a folder of ``baihuo check`` to models and shop.

    Args:
        checked: the folder (``2-clean`` of a shop, or ``--out``).
        encode: returns the encoder of titles; called only if vectors are needed. Raises: NotFound: no checked data. BadInput: too little
            data to train and test.
    """
    for needed in ("findings.parquet", "products.parquet", "quarantine_events.parquet"):
        if not (checked / needed).exists():
            raise NotFound(f"there is no {needed} in {checked}", fix="run `baihuo check` first")
    settings = options.settings
    kinds = read_kinds(tables, checked / "findings.parquet")
    rows = read_events(tables, checked, kinds)
    products = read_products(checked / "products.parquet", rows.product_ids)
    bench = Bench(rows, products, kinds, folds=settings.folds, seed=options.seed)
    if not bench.has_interests and not bench.has_clicks:
        raise BadInput(
            f"too little to test a model on: {bench.n_visitors} visitors and {bench.n_clicks} clicks held out",
            fix="check a longer log; 50 visitors with a click or purchase, or 50 clicks of impressions, are needed",
        )
    if settings.by == "money" and not bench.has_money:
        raise BadInput("--by money needs held-out purchases with prices", fix="use --by skill")
    found = _retrained(bench, options, progress, clock_s)
    vectors = product_vectors(products, encode())
    learned = clean_rows(rows) | (rows.kind >= 0)
    of_events = interest_values(
        rows,
        vectors,
        learned=learned,
        believed=bench.reference,
        seed=options.seed,
        progress=progress,
    )
    of_products = category_values(products, vectors, seed=options.seed)
    found = [
        _by_data_values(kind, k, n, rows, of_events)
        for n, (k, kind) in enumerate(zip(kinds, found, strict=True))
    ]
    listed = [
        row
        for values in (of_events, of_products)
        if values is not None
        for row in _harmful(values, kinds, options.n_rows)
    ]
    return ValueReport(
        by=settings.by,
        hours=settings.hours,
        currency=_currency(tables, checked),
        margin=settings.margin,
        metrics=bench.clean_metrics(),
        n_visitors=bench.n_visitors,
        n_clicks=bench.n_clicks,
        kinds=tuple(_ranked(found, settings)),
        rows=tuple(listed),
        notes=tuple(_notes(bench, settings)),
    )


def _retrained(
    bench: Bench, options: ValueOptions, progress: Progress, clock_s: Callable[[], float]
) -> list[KindValue]:
    """Measure every kind by retraining, most rows first; ``how`` is "data values" once time is up."""
    started_s, found = clock_s(), []
    lost: list[MoneyLost | None] = []
    bench.clean_metrics()  # fitted first, and not counted as a kind
    for number, kind in enumerate(bench.kinds):
        progress("retraining without and with each kind", number, len(bench.kinds))
        lost.append(None)
        of_kind = KindValue(
            table=kind.table,
            check=kind.check,
            action=kind.action,
            n_rows=len(kind.found),
            how="not measured",
            why=kind.why_not_measured,
            misreported_minor=bench.misreported(kind, number) if kind.table == "events" else 0.0,
        )
        if kind.why_not_measured:
            found.append(of_kind)
            continue
        if clock_s() - started_s > 60 * options.retrain_minutes:
            found.append(replace(of_kind, how="data values"))
            continue
        cost = bench.costs(kind, number)
        lost[-1] = cost.money
        found.append(
            replace(
                of_kind, how="retrained", ndcg=cost.ndcg, log_loss=cost.log_loss, skill=cost.skill
            )
        )
    progress("retraining without and with each kind", len(bench.kinds), len(bench.kinds))
    margin = 1.0 if options.settings.margin is None else options.settings.margin
    return [
        replace(kind, money=money and _times(money, margin))
        for kind, money in zip(found, bench.money(lost), strict=True)
    ]


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(interval.mid * factor, interval.low * factor, interval.high * factor)


def _by_data_values(
    kind: KindValue, found: Kind, number: int, rows: EventRows, values: RowValues | None
) -> KindValue:
    """Estimate a kind's cost without retraining: its rows' loss of a nearest-neighbour model, as a share of all rows' value."""
    if kind.how != "data values":
        return kind
    if values is None or kind.table != "events":
        return replace(kind, how="not measured", why="no time to retrain, and no data values")
    place = values.place
    if kind.action == "note":
        mine = np.isin(values.row_id, [f"{f.row.import_id}:{f.row.line}" for f in found.found])
    else:
        mine = rows.kind[place] == number
    total = float(values.value.sum())
    cost = -values.value[mine] / max(total, 1e-12)
    wide = 1.96 * float(cost.std()) * len(cost) ** 0.5 if len(cost) else 0.0
    mid = float(cost.sum())
    return replace(kind, skill=Interval(mid, mid - wide, mid + wide))


def _ranked(kinds: Sequence[KindValue], settings: ValueSettings) -> list[KindValue]:
    """Rank kinds by value, with minutes and the choice within the hours."""
    priced = [
        replace(
            kind,
            value=beyond_chance(getattr(kind, settings.by)),
            minutes=settings.minutes_of(kind.table, kind.check, kind.n_rows),
        )
        for kind in kinds
    ]
    chosen = set(
        best_within(
            [k.value for k in priced],
            [k.minutes for k in priced],
            budget_minutes=60 * settings.hours,
        )
    )
    marked = [replace(kind, is_chosen=n in chosen) for n, kind in enumerate(priced)]
    return sorted(marked, key=lambda k: (-k.value, -abs(k.misreported_minor), k.check, k.action))


def _harmful(values: RowValues, kinds: Sequence[Kind], n: int) -> list[HarmfulRow]:
    checks = {
        f"{f.row.import_id}:{f.row.line}": kind.check
        for kind in kinds
        if kind.table == values.table
        for f in kind.found
    }
    return [
        HarmfulRow(
            table=values.table,
            row_id=values.row_id[row],
            task=values.task,
            value=float(values.value[row]),
            group=values.group[row],
            group_value=float(values.of_group[row]),
            check=checks.get(values.row_id[row], ""),
        )
        for row in values.worst(n).tolist()
    ]


def _currency(tables: Tables, checked: Path) -> str | None:
    found = tables.sql(
        "SELECT currency, count(*) AS n FROM events WHERE currency IS NOT NULL GROUP BY currency "
        "ORDER BY n DESC, currency LIMIT 1",
        events=checked / EVENTS_FOLDER,
    ).to_pylist()
    return str(found[0]["currency"]) if found else None


def _notes(bench: Bench, settings: ValueSettings) -> list[str]:
    known = {check.name for check in CHECKS} | {kind.check for kind in bench.kinds}
    notes = [
        f"value.minutes of shop.yaml: there is no check {name!r}, or it has no findings; correct the name"
        for name in sorted(settings.minutes.keys() - known)
    ]
    if not bench.has_interests:
        notes.append(f"nDCG is not given: {bench.n_visitors} visitors held out, 50 are needed")
    if not bench.has_clicks:
        notes.append(
            f"log-loss is not given: {bench.n_clicks} clicks of impressions held out, 50 are needed"
        )
    if not bench.has_money:
        notes.append("money is not given: too few held-out purchases with a price")
    return notes
