"""The step ``history``: what is unlike this shop's own history and its other groups.

Such a row alone proves no fault, so every finding here is a note. What a note covers is a group and a span of days, with the rows
behind it: "platform ios, 18 to 30 March: dwell_ms is 0 in 30% of the dwells, where 0.1% is usual".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from baihuo.core import PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.accepted import NEAR_DAYS, GroupNote, LeftOut
from baihuo.quality.checks.history.ids import find_broken
from baihuo.quality.checks.history.settings import HistoryRules
from baihuo.quality.checks.history.signals import (
    COLUMNS,
    DAY_US,
    HOUR_US,
    LISTED,
    Codes,
    seen_by_day,
    signals,
    visitor_codes,
)
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import NOTES, notes_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

_LOG = sql_file(__file__, "log")
_LATE_ROWS = sql_file(__file__, "late_rows").bind(least_us=6 * HOUR_US, times=10, min_ids=100)
CHECKS = read_checks(__file__, "history")


def find_unlike(
    findings: FindingsStore, settings: HistoryRules, context: CheckContext
) -> CheckResult:
    """Notes about the rows of each group and span that is unlike the rest, and of ids with several values."""
    log = _log(findings, settings, context)
    if log.num_rows == 0:
        return CheckResult()
    left_out = LeftOut(context.accepted)
    notes = pa.concat_tables([NOTES.empty_table(), *_notes(log, settings, context, left_out)])
    return CheckResult(
        selects=[notes_sql("unlike")],
        inputs={"unlike": notes},
        looked_at=(
            f"history: {log.num_rows:,} of {findings.n_left:,} rows were compared with their groups",
            *left_out.words("history"),
        ),
    )


def find_late(
    findings: FindingsStore, settings: HistoryRules, context: CheckContext
) -> CheckResult:
    """Notes about rows long after the others of their page or order."""
    rows = findings.rows("event_type", "query_id", "order_id", "occurred_at_us")
    return CheckResult(selects=[_LATE_ROWS(rows=rows)])


def _log(findings: FindingsStore, settings: HistoryRules, context: CheckContext) -> pa.Table:
    """The events with what is listed of their products; of many events those of whole visitors, drawn by hash."""
    share = min(1.0, settings.sample_rows / max(1, findings.n_left))
    drawn = "" if share == 1 else f" WHERE hash(visitor_id) % 1000000 < {round(share * 1e6)}"
    inputs: dict[str, Source] = {
        "listings": context.products or PRODUCTS.empty_table(),
        **findings.inputs(),
    }
    select = _LOG(rows=findings.rows_as_counted(*COLUMNS), drawn=drawn, listed=", ".join(LISTED))
    return findings.tables.sql(select, out=None, **inputs)


def _notes(
    log: pa.Table, settings: HistoryRules, context: CheckContext, left_out: LeftOut
) -> Iterator[pa.Table]:
    """A table for each span and each dependency that nobody accepted, with the rows behind it."""
    places = log.select(["import_id", "line"]).cast(pa.schema([NOTES.field(0), NOTES.field(1)]))

    def about(rows: Codes, rule: str, detail: dict[str, Any]) -> pa.Table:
        behind = places.take(rows)
        for text in (rule, json.dumps(detail, ensure_ascii=False)):
            name = NOTES.names[behind.num_columns]
            behind = behind.append_column(name, pa.repeat(pa.scalar(text), len(rows)))
        return behind

    has_rows = log.num_rows >= settings.min_visitor_days
    if has_rows and context.runs("unlike_its_history"):
        from baihuo.quality.checks.history.spans import (
            find_spans,
        )  # SciPy takes longer to load than a small check

        types, found = signals(log)
        day = log["occurred_at_us"].to_numpy() // DAY_US
        start = int(day.min())
        visitor = visitor_codes(log)
        seen = seen_by_day(log, types, visitor)
        spans = find_spans(
            types, found, day - start, visitor, settings, seen=seen, left_out=left_out, start=start
        )
        for span in spans:
            yield about(
                span.rows,
                "unlike_its_history",
                {
                    "group": span.group,
                    "from": _date(start + span.first),
                    "until": _date(start + span.last),
                    "goes_on": span.last >= int(day.max()) - start - NEAR_DAYS,
                    "event_type": span.event_type,
                    "signal": span.signal,
                    "share": round(span.share, 4),
                    "expected": round(span.expected, 4),
                    "n_rows": len(span.rows),
                },
            )
    if context.runs("two_values_for_one_id"):
        for broken in find_broken(log):
            detail: dict[str, Any] = {"key": " and ".join(broken.key), "field": broken.column}
            detail |= {"n_ids": broken.n_groups, "n_with_several": broken.n_broken}
            if not left_out.covers(GroupNote("two_values_for_one_id", detail)):
                yield about(broken.rows, "two_values_for_one_id", detail)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


STEP = Step(
    name="history",
    settings=HistoryRules,
    checks=CHECKS,
    detectors=(find_unlike, find_late),
    is_whole=True,
    finds={
        find_unlike: ("unlike_its_history", "two_values_for_one_id"),
        find_late: ("far_from_its_id",),
    },
)
