"""Which fields of a row in quarantine a person should look at first."""

from __future__ import annotations

import re

from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import QuarantinedRow
from baihuo.quality.quarantine.release import table_of
from baihuo.quality.spec import Check

_UNITS = ("_minor", "_us", "_ms", "_id", "_units", "_en", "_zh", "_text")
_BY_STEP = {
    "times": ("occurred_at_us", "received_at_us"),
    "orphans": ("product_id",),
    "consent": ("consent_personalization", "consent_measurement"),
    "traffic": ("visitor_id",),
    "duplicates": ("event_id", "product_id"),
}
"""Where neither the finding nor the rule says it: what the checks of a step look at."""


def fields_at_fault(row: QuarantinedRow, check: Check | None) -> tuple[str, ...]:
    """The fields that a finding is about: as it says, else those that its rule reads, else those in its name; empty where it is
    about the row as a whole.

    Args:
        check: that took the row; None where an import refused it.
    """
    known = [n for n in SCHEMAS[table_of(row)].names if n not in ("import_id", "line")]
    if field := row.detail.get("field"):
        return (str(field),)
    if named := tuple(name for name in known if name in row.detail):
        return named
    if check is None:
        return ()
    words = set(re.findall(r"[a-z_]+", (check.predicate or "").lower()))
    if read := tuple(name for name in known if name in words and name != "event_type"):
        return read
    parts = set(check.name.split("_"))
    if named := tuple(name for name in known if _stem(name) and _stem(name) <= parts):
        return named
    return tuple(name for name in _BY_STEP.get(row.step, ()) if name in row.values)[:1]


def _stem(name: str) -> set[str]:
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return set(name.split("_")) - {""}
