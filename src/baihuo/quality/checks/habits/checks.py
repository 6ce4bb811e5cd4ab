"""The step ``habits``: cells of listings that break what nearly all of the catalogue does.

No cell is wrong because it is unlike the others, so everything here is a note.
"""

from __future__ import annotations

import json

import pyarrow as pa

from baihuo.quality.accepted import GroupNote, LeftOut
from baihuo.quality.checks.habits.settings import FEW, HabitRules
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import NOTES, notes_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

_NOTES = NOTES.append(pa.field("field", pa.string()))
CHECKS = read_checks(__file__, "habits")


def find_unlike(
    findings: FindingsStore, settings: HabitRules, context: CheckContext
) -> CheckResult:
    """Notes about cells of listings that break a habit of the catalogue."""
    if findings.n_left < FEW:
        return CheckResult()
    from baihuo.quality.checks.habits.fields import COLUMNS
    from baihuo.quality.checks.habits.listings import find_odd  # SciPy takes longer to load

    products = findings.tables.sql(
        f"SELECT * FROM {findings.rows(*COLUMNS)} ORDER BY import_id, line",
        out=None,
        **findings.inputs(),
    )
    import_id, line = products["import_id"].to_pylist(), products["line"].to_pylist()
    notes, left_out = [], LeftOut(context.accepted)
    for odd in find_odd(products, settings):
        detail = {"field": odd.field, "signal": odd.signal, "share": round(odd.p, 4)}
        if not left_out.covers(GroupNote("unlike_the_catalogue", detail)):
            at = {"import_id": import_id[odd.row], "line": line[odd.row], "field": odd.field}
            text = json.dumps(detail, ensure_ascii=False)
            notes.append({**at, "rule": "unlike_the_catalogue", "detail": text})
    return CheckResult(
        selects=[notes_sql("unlike", field="field")],
        inputs={"unlike": pa.Table.from_pylist(notes, schema=_NOTES)},
        looked_at=tuple(left_out.words("habits")),
    )


STEP = Step(name="habits", settings=HabitRules, checks=CHECKS, detectors=(find_unlike,))
