"""Personal data in what people typed: masked, the kind told, the old value nowhere.

Imports mask typed words and reviews before anything is written. What comes in by the API, and the
texts of products, are looked at here, before every other step: no later finding then quotes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from baihuo.privacy import SUSPECTS, Masked, mask, redact
from baihuo.quality.checks.personal.settings import PersonalRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

CHECKS = (
    Check(
        name="personal_data",
        step="personal",
        on="events",
        action="repair",
        why="somebody typed a phone number, an address or the like; it is replaced by a pseudonym",
        fix="mask where it is typed; ask for contact data in fields of their own",
    ),
    Check(
        name="personal_data_in_listing",
        step="personal",
        on="products",
        action="repair",
        why="a title, description or attribute names a phone, a mail address or a person",
        fix="take the seller's contact data out of the listing",
    ),
)
_COLUMNS: dict[On, tuple[str, ...]] = {
    "events": ("query_text", "text"),
    "products": ("title_en", "title_zh", "description_en", "description_zh", "attributes"),
}


def find(ledger: FindingsStore, settings: PersonalRules, given: CheckContext) -> CheckResult:
    """Distinct texts first, then a cheap sieve, and only what it leaves is read word by word."""
    of = settings
    kinds = set(of.kinds if ledger.table == "events" else of.listing_kinds)
    suspects = ledger.work / f"personal_suspects_{ledger.table}.parquet"
    masked = ledger.work / f"personal_{ledger.table}.parquet"
    columns = _COLUMNS[ledger.table]
    sieve = " OR ".join(f"regexp_matches(old, '{p}')" for p in (_quoted(s) for s in SUSPECTS))
    each = " UNION ALL ".join(
        f"SELECT DISTINCT '{c}' AS field, {c} AS old FROM {ledger.rows(c)} WHERE {c} IS NOT NULL"
        for c in columns
    )
    ledger.tables.sql(
        f"SELECT field, old FROM ({each}) WHERE {sieve}", out=suspects, **ledger.inputs()
    )
    ledger.tables.map_arrow(_masking(kinds, given.mask_key), suspects, out=masked)
    suspects.unlink()  # clear text does not stay
    if ledger.tables.sql("SELECT 1 FROM masked LIMIT 1", masked=masked).num_rows == 0:
        return CheckResult()
    check = next(c.name for c in CHECKS if c.on == ledger.table)
    rows = ledger.rows(*columns)
    selects = [
        f"""SELECT import_id, line, '{check}' AS rule, 'repair' AS action, '{c}' AS field, new,
                   CAST(to_json(struct_pack(field := '{c}', kinds := kinds, new := left(new, 200))) AS VARCHAR) AS detail
            FROM {rows} AS r JOIN masked AS m ON m.field = '{c}' AND m.old = r.{c}"""
        for c in columns
    ]
    return CheckResult(selects=selects, inputs={"masked": masked})


STEP = Step(name="personal", settings=PersonalRules, checks=CHECKS, detectors=(find,))


def _masking(kinds: set[str], key: bytes) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    def one(text: str) -> Masked:
        return mask(text, key, kinds=kinds) if key else redact(text, kinds=kinds)

    def step(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = []
        for row in batch.to_pylist():
            old = row["old"]
            done = _in_json(old, one) if row["field"] == "attributes" else one(old)
            if done.kinds:
                found = sorted(set(done.kinds))
                rows.append({"field": row["field"], "old": old, "new": done.text, "kinds": found})
        return pa.RecordBatch.from_pylist(rows, schema=_MASKED)

    return step


_MASKED = pa.schema(
    [
        ("field", pa.string()),
        ("old", pa.string()),
        ("new", pa.string()),
        ("kinds", pa.list_(pa.string())),
    ]
)


def _in_json(text: str, one: Callable[[str], Masked]) -> Masked:
    """Each value that is text, alone: a number stays one, and the object stays an object."""
    try:
        read = json.loads(text)
    except ValueError:
        return Masked(text, ())  # schema says so
    if not isinstance(read, dict):
        return Masked(text, ())
    kinds: list[str] = []

    def value(given: Any) -> Any:
        if not isinstance(given, str):
            return given
        done = one(given)
        kinds.extend(done.kinds)
        return done.text

    new = {name: value(given) for name, given in read.items()}
    return Masked(json.dumps(new, ensure_ascii=False, sort_keys=True), tuple(kinds))


def _quoted(pattern: str) -> str:
    return pattern.replace("'", "''")
