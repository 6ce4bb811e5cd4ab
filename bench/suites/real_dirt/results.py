"""Results of the benchmark: imports, tables, and checks with the verdicts of a person."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.connect import ImportRecord, refused_file
from baihuo.quality import QualityReport
from suites.real_dirt.sampling import EXAMPLES, NAMES, Row
from suites.shared.measure import emit


def emit_imports(records: list[ImportRecord], raw: Path) -> None:
    """Rows of each file, and those that the import refused."""
    for r in records:
        emit(
            part="in",
            file=r.files[0],
            kind=r.kind,
            n_in=r.n_in,
            n_kept=r.n_kept,
            n_quarantined=r.n_quarantined,
        )
        if not r.reasons:
            continue
        rows = pq.read_table(refused_file(raw, r.import_id)).to_pylist()
        for reason, n in sorted(r.reasons.items(), key=lambda item: -item[1]):
            alike = [x for x in rows if x["reason"] == reason]
            examples = [
                {"at": f"{r.files[0]}:{x['line']}", "value": x["value"]}
                for x in alike[:: max(1, len(alike) // EXAMPLES)][:EXAMPLES]
            ]
            emit(
                part="refused",
                kind=r.kind,
                reason=reason,
                n_rows=n,
                share=n / r.n_in,
                fix=alike[0]["fix"],
                examples=examples,
            )


def emit_findings(
    report: QualityReport, found: dict[str, list[Row]], looked: dict[str, Row]
) -> None:
    """Each table, each check with its verdicts, and what could not be checked."""
    n_in = {name: report.table(name).n_in for name in NAMES}
    for name in NAMES:
        t = report.table(name)
        emit(
            part="table",
            table=name,
            n_in=t.n_in,
            n_kept=t.n_kept,
            n_quarantined=t.n_quarantined,
            n_merged=t.n_merged,
            n_repaired=t.n_repaired,
        )
    for f in report.findings:
        rows = found[f"{f.table} {f.check} {f.action}"]
        emit(
            part="check",
            table=f.table,
            step=f.step,
            check=f.check,
            action=f.action,
            n_rows=f.n_rows,
            share=f.n_rows / max(n_in[f.table], 1),
            **with_verdicts(rows, looked.get(f.check, {})),
        )
    for words in report.not_checked:
        emit(part="not_checked", words=words)


def with_verdicts(rows: list[Row], looked: Row) -> Row:
    """Counts of the verdicts on rows that are found today, and the precision."""
    keys = [row["key"] for row in rows]
    right, wrong, unsure = (
        sum(key in looked.get(word, ()) for key in keys) for word in ("right", "wrong", "unsure")
    )
    verdicts: Row = {
        "n_looked": right + wrong + unsure,
        "n_right": right,
        "n_wrong": wrong,
        "n_unsure": unsure,
    }
    if right + wrong:
        verdicts["precision"] = wilson(right, right + wrong)
    if examples := [
        {"at": k, "why": looked["wrong"][k]} for k in keys if k in looked.get("wrong", ())
    ]:
        verdicts["wrong"] = examples
    return verdicts


def wilson(n_right: int, n: int, z: float = 1.96) -> dict[str, float]:
    """A share with its 95% interval (Wilson, 1927)."""
    p = n_right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {"mid": round(p, 4), "low": round(middle - half, 4), "high": round(middle + half, 4)}
