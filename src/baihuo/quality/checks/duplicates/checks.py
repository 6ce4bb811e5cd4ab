"""Duplicates: one event or product in several rows.

*Retries* have the same id and the same content. *Copies* have another id and are equal in everything
else, at the same moment or within a short window: two exporters, a page that sends on both click and
unload, an order line written twice. The row received first stays, then the one of the lowest import
and line, whatever the order of rows in the files.

Two different events under one id are no duplicates; the later ones go to quarantine, because every
later stage takes an event id for one event.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import NonNegativeInt, PositiveInt

from baihuo.core import EVENTS
from baihuo.engine import Source, sql_file, written_whole
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


def write_repeated_hashes(
    findings: FindingsStore, hashes: Mapping[str, str], columns: tuple[str, ...]
) -> dict[str, Path]:
    """One file for each hash, with the values that come more than once among the rows left, in a column ``hash``.

    All are computed in one scan. Nearly every hash of a log is there once, and to sort a million numbers takes a
    tenth of the time of grouping them.

    Args:
        hashes: name of the file → SQL of a hash (UBIGINT, never null).
        columns: what the hashes are made of.
    """
    listed = ", ".join(f"{sql} AS {name}" for name, sql in hashes.items())
    rows = findings.rows(*columns)
    found = findings.tables.sql(f"SELECT {listed} FROM {rows}", out=None, **findings.inputs())
    files = {}
    for name in hashes:
        values = np.sort(found[name].to_numpy())
        repeated = np.unique(values[1:][values[1:] == values[:-1]])
        files[name] = findings.work / f"{name}.parquet"
        # a file and no table in memory: the engine then knows that they are few
        with written_whole(files[name]) as part:
            pq.write_table(pa.table({"hash": pa.array(repeated, pa.uint64())}), part)
    return files


class DuplicatesRules(Limits):
    """Retries have the same id, copies another one."""

    window_ms: NonNegativeInt = 1_000  # equal in all but id, and this close: merged
    # two quick taps can be intended: merged only at the same instant
    exact_only: tuple[str, ...] = ("add_to_cart", "remove_from_cart")
    # copies of one visitor so close: a flood, named and taken out as a whole
    flood_rows: PositiveInt = 10
    order_line_ms: NonNegativeInt = 60_000  # a line of one order again so soon is the same line


CHECKS = read_checks(__file__, "duplicates")
_BY_NAME = {check.name: check for check in CHECKS}
_COPIES = ("same_content", "flood_of_copies", "repeated_order_line", "repeated_on_page")

_FACT = ("event_type", "visitor_id", "product_id", "order_id", "query_id")
_NOT_CONTENT = ("event_id", "occurred_at_us", "received_at_us", "import_id", "line")
_RECEIVED_ORDER = "received_at_us, import_id, line"
_OF_COARSE_HASH = "visitor_id event_type session_id query_id product_id query_text position".split()
_COARSE_HASH = f"hash({', '.join(_OF_COARSE_HASH)})"
_HASHES = {"repeated_ids": "hash(event_id)", "repeated_content": _COARSE_HASH}
_NEVER = 1 << 62
_MOST_REPEATED = (
    0.05  # of impressions, or stays: more, and the shop logs what comes on screen again
)
_REPEATED_IDS = sql_file(__file__, "repeated_ids").bind(
    fact=", ".join(_FACT), received_order=_RECEIVED_ORDER
)
_EQUAL_ROWS = sql_file(__file__, "same_content").bind(
    coarse_hash=_COARSE_HASH,
    content=", ".join(name for name in EVENTS.names if name not in _NOT_CONTENT),
    received_order=_RECEIVED_ORDER,
)
_OLDER_ROWS = sql_file(__file__, "same_product")


def find(findings: FindingsStore, settings: DuplicatesRules, context: CheckContext) -> CheckResult:
    """Rows with an id that came before."""
    if findings.table == "events":
        return _repeated_ids(findings, context)
    older = _OLDER_ROWS(rows=findings.rows("product_id", "brand", "updated_at_us"))
    same_product, detail = _BY_NAME["same_product"], {"product_id": "product_id", "kept": "kept"}
    is_other = f"SELECT * FROM ({older}) WHERE is_other"
    return CheckResult(
        selects=[
            finding_sql(f"SELECT * FROM ({older}) WHERE NOT is_other", same_product, detail),
            finding_sql(is_other, same_product, detail, action="quarantine"),
        ]
    )


def find_copies(
    findings: FindingsStore, settings: DuplicatesRules, context: CheckContext
) -> CheckResult:
    """Copies under another id, among the rows that the first round left."""
    # of the rows before the first round, so that one scan does for both: a few more rows are read in full
    repeated = _repeated_hashes(findings)["repeated_content"]
    if not n_rows(repeated):
        return CheckResult()
    equal_rows = _equal_rows(findings, settings, repeated)
    return CheckResult(selects=_copies(settings, context), inputs={"equal_rows": equal_rows})


STEP = Step(
    name="duplicates",
    settings=DuplicatesRules,
    checks=CHECKS,
    detectors=(find, find_copies),
    finds={find: tuple(name for name in _BY_NAME if name not in _COPIES), find_copies: _COPIES},
)


def _repeated_ids(findings: FindingsStore, context: CheckContext) -> CheckResult:
    """Rows whose id came before, also in an earlier range of days.

    Hashes of ids find the few rows worth reading in full; different ids with one hash are distinguished when they
    are read.
    """
    rows = findings.rows("event_id", "received_at_us", *_FACT)
    repeated = "SELECT hash AS id_hash FROM repeated_ids"
    inputs: dict[str, Source] = {"repeated_ids": _repeated_hashes(findings)["repeated_ids"]}
    candidates = f"SELECT *, 1 AS range_no FROM {rows}"
    hashes = f"SELECT hash(event_id) AS id_hash FROM {findings.rows('event_id')}"
    earlier = _earlier_rows(findings, context, hashes)
    if earlier is not None:
        inputs["earlier"] = earlier
        candidates += " UNION ALL BY NAME SELECT *, 0 AS range_no FROM earlier"
        repeated += " UNION SELECT hash(event_id) FROM earlier"
    found = findings.work / "rows_of_repeated_ids.parquet"
    statement = _REPEATED_IDS(repeated=repeated, candidates=candidates)
    findings.tables.sql(statement, out=found, **findings.inputs(), **inputs)
    detail = {"event_id": "event_id", "kept": "kept"}
    return CheckResult(
        selects=[
            finding_sql("SELECT * FROM found WHERE NOT is_other", _BY_NAME["same_id"], detail),
            finding_sql("SELECT * FROM found WHERE is_other", _BY_NAME["reused_id"], detail),
        ],
        inputs={"found": found},
    )


def _repeated_hashes(findings: FindingsStore) -> dict[str, Path]:
    """Of ids and of contents; a run that goes on after the first round reads the files that it left."""
    files = {name: findings.work / f"{name}.parquet" for name in _HASHES}
    if all(file.exists() for file in files.values()):
        return files
    return write_repeated_hashes(findings, _HASHES, ("event_id", *_OF_COARSE_HASH))


def _earlier_rows(findings: FindingsStore, context: CheckContext, hashes: str) -> Path | None:
    """A file of the rows of earlier ranges of days with an id of this one; None where there are none."""
    if not context.history:
        return None
    history: Source = list(context.history)
    known = findings.work / "rows_of_known_ids.parquet"
    findings.tables.sql(  # first the ids alone: the history is long, and few of its ids come again
        f"SELECT import_id, line FROM history SEMI JOIN ({hashes}) AS r ON hash(history.event_id) = r.id_hash "
        "ANTI JOIN raw USING (import_id, line)",
        out=known,
        **{**findings.inputs(), "history": history},
    )
    if not n_rows(known):
        return None
    earlier = findings.work / "ids_of_earlier_ranges.parquet"
    columns = ", ".join(("import_id", "line", "event_id", "received_at_us", *_FACT))
    findings.tables.sql(
        f"SELECT {columns} FROM history SEMI JOIN known USING (import_id, line)",
        out=earlier,
        history=history,
        known=known,
    )
    return earlier


def _equal_rows(findings: FindingsStore, settings: DuplicatesRules, repeated: Path) -> Path:
    """Rows near one that is equal to it."""
    out = findings.work / "equal_rows.parquet"
    statement = _EQUAL_ROWS(
        rows=findings.rows(*EVENTS.names),
        exact_types=", ".join(f"'{name}'" for name in settings.exact_only) or "''",
        window_us=settings.window_ms * 1000,
        order_line_us=settings.order_line_ms * 1000,
    )
    findings.tables.sql(statement, out=out, repeated=repeated, **findings.inputs())
    return out


def _copies(settings: DuplicatesRules, context: CheckContext) -> list[str]:
    """Findings among equal rows; where floods are no check, their rows are copies as others."""
    flood_rows = settings.flood_rows if context.runs("flood_of_copies") else _NEVER
    # a till may write a line a unit, all at one instant: no flood
    is_flood = f"n_burst >= {flood_rows} AND to_us > from_us"
    is_again = f"nth > 1 AND NOT ({is_flood})"
    # a page is shown once, and a stay ends once; a second click can be meant
    is_repeat = f"query_id IS NOT NULL AND event_type IN ('impression', 'dwell') AND gap_us > 0 AND nth = 1 AND NOT ({is_flood})"
    few = (
        f"SELECT event_type FROM (SELECT event_type, count(*) AS n FROM equal_rows WHERE {is_repeat} GROUP BY ALL) "
        "JOIN (SELECT event_type, count(*) AS n_all FROM raw GROUP BY ALL) USING (event_type) "
        f"WHERE n <= {_MOST_REPEATED} * n_all"
    )
    flood = {"whose": "visitor_id", "acts": "n_burst", "from_us": "from_us", "to_us": "to_us"}
    flood["per_second"] = "round(n_burst / greatest((to_us - from_us) / 1e6, 1), 1)"
    detail = {"event_id": "event_id", "kept": "kept"}
    found = {
        "same_content": (f"{is_again} AND is_in_seconds", detail),
        "flood_of_copies": (is_flood, flood),
        "repeated_order_line": (f"{is_again} AND NOT is_in_seconds", detail),
        "repeated_on_page": (
            f"{is_repeat} AND event_type IN ({few})",
            {"event_id": "event_id", "after_ms": "round(gap_us / 1e3)"},
        ),
    }
    return [
        finding_sql(f"SELECT * FROM equal_rows WHERE {where}", _BY_NAME[name], detail)
        for name, (where, detail) in found.items()
        if context.runs(name)
    ]
