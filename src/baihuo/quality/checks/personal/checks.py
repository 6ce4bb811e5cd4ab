"""Personal data in texts: masked, the kind kept in the finding, the old value nowhere.

Imports mask typed words and reviews before anything is written. What comes in by the API, and the
texts of products, are masked here, before every other step: no later finding then quotes them.

Every masked cell is a finding, also one that an import masked: its pseudonym says so, and of what kind it was.
A number that the catalogue gives to goods (an id, a model, a code), or that an attribute so called holds
(style no., 货号), is no phone, however much it looks like one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa

from baihuo.core import PRODUCTS, Event, event_fields
from baihuo.engine import sql_file
from baihuo.privacy import KINDS, PSEUDONYM, SUSPECTS, Masked, is_product_label, mask, redact
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, On, Step


class PersonalRules(Limits):
    """Personal data that people typed: masked, the kind kept in the finding."""

    stop_above: Share | None = None
    kinds: tuple[str, ...] = tuple(KINDS)  # masked in typed words and reviews
    listing_kinds: tuple[str, ...] = tuple(KINDS)  # … in titles, descriptions, attributes


CHECKS = read_checks(__file__, "personal")
_COLUMNS: dict[On, tuple[str, ...]] = {
    "events": ("query_text", "text", "referrer"),
    "products": ("title_en", "title_zh", "description_en", "description_zh", "attributes"),
}


_MASKED = pa.schema(
    [
        ("field", pa.string()),
        ("old", pa.string()),
        ("new", pa.string()),
        ("kinds", pa.list_(pa.string())),
    ]
)
_MASKED_CELLS = sql_file(__file__, "masked_cells")
_MASKED_BEFORE = sql_file(__file__, "masked_before")
_LABELS = tuple(
    f.name
    for f in event_fields(Event)
    if f.spec.type in ("text", "label") and f.name not in _COLUMNS["events"]
)
"""Other columns of events that imports mask; no visitor types there, so the check only counts what was masked."""
_N_REMEMBERED = 65_536  # texts: the values of attributes come again on thousands of products
_OF_PSEUDONYM = "⟨[a-z_]"
_PRODUCT_NUMBERS = sql_file(__file__, "product_numbers")


def find(findings: FindingsStore, settings: PersonalRules, context: CheckContext) -> CheckResult:
    """A cheap pattern first, and only what that flags is read word by word, each distinct text once."""
    table, columns = findings.table, _COLUMNS[findings.table]
    candidates = findings.work / f"personal_candidates_{table}.parquet"
    masked = findings.work / f"personal_{table}.parquet"
    findings.tables.sql(_candidates(findings, columns), out=candidates, **findings.inputs())
    kinds = set(settings.kinds if table == "events" else settings.listing_kinds)
    if n_rows(candidates) > 0:
        numbers = _product_numbers(findings, context)
        masking = _masking(kinds, context.mask_key, numbers)
        findings.tables.map_arrow(masking, candidates, out=masked)
    candidates.unlink()  # clear text does not stay
    selects = [_masked_before(findings)] if table == "events" else []
    if not masked.exists() or n_rows(masked) == 0:
        return CheckResult(selects=selects)
    check = next(c.name for c in CHECKS if c.on == table)
    rows = findings.rows(*columns)
    for field in columns:
        found = _MASKED_CELLS(rows=rows, field=field)
        selects.append(finding_sql(found, check, action="repair", field=f"'{field}'", new="new"))
    return CheckResult(selects=selects, inputs={"masked": masked})


STEP = Step(name="personal", settings=PersonalRules, checks=CHECKS, detectors=(find,))


def _masked_before(findings: FindingsStore) -> str:
    """SQL of what an import masked in columns that are no text."""
    found = _MASKED_BEFORE(
        rows=findings.rows(*_LABELS),
        cells=", ".join(f"struct_pack(field := '{c}', value := {c})" for c in _LABELS),
        is_any=" OR ".join(f"contains({c}, '⟨')" for c in _LABELS),
    )
    return finding_sql(found, "personal_data", action="repair", field="field", new="new")


def _candidates(findings: FindingsStore, columns: tuple[str, ...]) -> str:
    """SQL of the distinct texts that may hold personal data: ``field``, ``old``.

    One pattern of all takes a third of the time of one after the other.
    """
    suspects = [*SUSPECTS, _OF_PSEUDONYM] if findings.table == "events" else SUSPECTS
    pattern = "|".join(f"(?:{suspect})" for suspect in suspects).replace("'", "''")
    held = [c for c in columns if c not in findings.empty] or columns[:1]
    # each text once before the pattern sees it: a query stands on every row of its page
    distinct = " UNION ALL ".join(
        f"SELECT '{c}' AS field, {c} AS old FROM {findings.rows(c)} WHERE {c} IS NOT NULL GROUP BY {c}"
        for c in held
    )
    return f"SELECT field, old FROM ({distinct}) WHERE regexp_matches(old, '{pattern}')"


def _product_numbers(findings: FindingsStore, context: CheckContext) -> frozenset[str]:
    """The digits of ids, models and codes of the catalogue that are as long as a phone or a card."""
    products = findings.rows("product_id", "model", "codes")
    inputs = findings.inputs()
    if findings.table == "events":
        products, inputs = "products", {"products": context.products or PRODUCTS.empty_table()}
    found = findings.tables.sql(_PRODUCT_NUMBERS(products=products), out=None, **inputs)
    return frozenset(found["digits"].to_pylist())


def _masking(
    kinds: set[str], key: bytes, numbers: frozenset[str]
) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Batches of ``field``, ``old`` in; :data:`_MASKED` out, only texts that hold personal data."""

    @lru_cache(maxsize=_N_REMEMBERED)  # goes with the step, so that clear text does not stay
    def mask_value(text: str, *, is_label: bool) -> Masked:
        wanted = kinds - {"phone", "card", "order_number"} if is_label else kinds
        if key:
            return mask(text, key, kinds=wanted, product_numbers=numbers)
        return redact(text, kinds=wanted, product_numbers=numbers)

    def mask_text(text: str, name: str = "") -> Masked:
        return mask_value(text, is_label=is_product_label(name))

    def mask_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = []
        for cell in batch.to_pylist():
            old = cell["old"]
            is_json = cell["field"] == "attributes"
            masked = _mask_json(old, mask_text) if is_json else mask_text(old)
            before = [m[1:-1].partition(":")[0] for m in PSEUDONYM.findall(old)]
            if masked.kinds or (before and cell["field"] in _COLUMNS["events"]):
                kinds_found = sorted({*masked.kinds, *before})
                rows.append(cell | {"new": masked.text, "kinds": kinds_found})
        return pa.RecordBatch.from_pylist(rows, schema=_MASKED)

    return mask_batch


def _mask_json(text: str, mask_text: Callable[[str, str], Masked]) -> Masked:
    """Each value that is text, alone: a number stays a number, and the object stays an object."""
    try:
        attributes = json.loads(text)
    except ValueError:
        return Masked(text, ())  # the step schema reports it
    if not isinstance(attributes, dict):
        return Masked(text, ())
    kinds: list[str] = []

    def mask_value(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        masked = mask_text(value, name)
        kinds.extend(masked.kinds)
        return masked.text

    new = {name: mask_value(name, value) for name, value in attributes.items()}
    return Masked(json.dumps(new, ensure_ascii=False, sort_keys=True), tuple(kinds))
