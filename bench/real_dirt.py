"""What the checks find in a real data set, and what a person who looked at the findings said.

    python bench/real_dirt.py --data ../shared/data/icecat --format icecat
    python bench/real_dirt.py --data … --format icecat --look wrong_category      # the sample to look at

One JSON line a file that came in, a reason why the import refused rows, a table, a check, a question asked of the
findings, and a reason why a check could not look. A check's examples are drawn by a hash of check and row, so they are neither the first nor the prettiest.
The first ``SAMPLE`` in that order are what ``bench/real_dirt_looked.json`` has verdicts on, given by reading the finding
beside its source row; ``precision`` counts "right" among right and wrong, with a 95% Wilson interval. A verdict on a
row that is no longer found counts for nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo.connect import ImportRecord, data_files, import_files, imports, refused, segments
from baihuo.engine import DuckTables
from baihuo.privacy import column_mask
from baihuo.quality import CHECKS, QualityReport, clean, load_rules
from suites.shared.measure import emit

SAMPLE, EXAMPLES = 40, 3
LOOKED = Path(__file__).parent / "real_dirt_looked.json"
WHY = {c.name: c.why for c in CHECKS}
NAMES = {
    "events": ("order_id", "product_id", "quantity", "price_minor", "event_type", "visitor_id"),
    "products": ("product_id", "title_en", "brand", "category"),
}
Row = dict[str, Any]
_OF = """FROM findings JOIN raw ON row_id = raw.import_id || ':' || raw.line WHERE "check" ="""
ASKED = {
    "online_retail": {
        "lines of one piece, of all": "SELECT avg(CAST(quantity = 1 AS INTEGER)) FROM raw",
        "lines of one piece, of those merged as same_content": f"SELECT avg(CAST(quantity = 1 AS INTEGER)) {_OF} 'same_content'",
        "same_content: two lines of one invoice, product and price with the same quantity": """SELECT avg(CAST(a.quantity = b.quantity AS INTEGER)) FROM raw AS a JOIN raw AS b
               USING (order_id, product_id, price_minor) WHERE a.line < b.line AND a.event_type = 'purchase'""",
        "cancel_of_earlier_purchase, of cancellations in the log's first month": f"""SELECT (SELECT count(*) {_OF} 'cancel_of_earlier_purchase' AND received_at_us < epoch_us(TIMESTAMP '2010-01-01'))
                / count(*) FROM raw WHERE event_type = 'cancel' AND received_at_us < epoch_us(TIMESTAMP '2010-01-01')""",
        "cancel_without_purchase, of those in its last three months": f"""SELECT (SELECT count(*) {_OF} 'cancel_without_purchase' AND received_at_us >= epoch_us(TIMESTAMP '2010-08-01'))
                / count(*) FROM raw WHERE event_type = 'cancel' AND received_at_us >= epoch_us(TIMESTAMP '2010-08-01')""",
    },
    "icecat": {
        "markup: findings at products of Intel": f"SELECT avg(CAST(brand = 'Intel' AS INTEGER)) {_OF} 'markup'",
        "unit_slip: findings in Internal memory": f"SELECT avg(CAST(json_extract_string(detail, '$.attribute') = 'Internal memory' AS INTEGER)) {_OF} 'unit_slip'",
        "shared_picture: findings at Philips and Xerox": f"SELECT avg(CAST(brand IN ('Philips', 'Xerox') AS INTEGER)) {_OF} 'shared_picture'",
    },
}
"""Shares that say more than single rows can: what of the findings is something else."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder of the data set")
    parser.add_argument("--format", required=True, choices=("icecat", "online_retail"))
    parser.add_argument(
        "--look", nargs="*", help="print the samples of these checks (none: all) to look at"
    )
    given = parser.parse_args()
    tables = DuckTables(threads=2)
    with tempfile.TemporaryDirectory(prefix="real-dirt-") as name:
        raw, out = Path(name) / "1-raw", Path(name) / "2-clean"
        import_files(
            data_files([given.data]),
            raw=raw,
            tables=tables,
            mask=column_mask(b"bench"),
            format=given.format,
        )
        report = clean(
            tables,
            events=segments(raw, "events"),
            products=segments(raw, "products"),
            out=out,
            rules=load_rules(None),
        )
        records = imports(raw)
        found = drawn(tables, raw, out, {r.import_id: r.files[0] for r in records})
        if given.look is not None:
            show(found, set(given.look))
            return
        came_in(records, raw)
        told(report, found, json.loads(LOOKED.read_text(encoding="utf-8"))[given.format])
        main_table = segments(raw, "events") or segments(raw, "products")
        for words, sql in ASKED[given.format].items():
            (share,) = tables.sql(
                f"SELECT ({sql}) AS share", findings=out / "findings.parquet", raw=main_table
            )["share"].to_pylist()
            emit(part="asked", words=words, share=share)


def drawn(tables: DuckTables, raw: Path, out: Path, files: dict[int, str]) -> dict[str, list[Row]]:
    """Up to ``SAMPLE`` findings of each check and action, with the row as it came, in the order of the draw."""
    found: dict[str, list[Row]] = {}
    for table, names in NAMES.items():
        if not (source := segments(raw, "products" if table == "products" else "events")):
            continue
        listed = ", ".join(f"raw.{n}" for n in names)
        rows = tables.sql(
            f"""
            SELECT f.import_id, f.line, "check", action, detail, {listed} FROM (
                SELECT "check", action, detail, CAST(split_part(row_id, ':', 1) AS INTEGER) AS import_id,
                       CAST(split_part(row_id, ':', 2) AS BIGINT) AS line,
                       row_number() OVER (PARTITION BY "check", action
                           ORDER BY md5("check" || row_id), detail) AS nth
                FROM findings WHERE "table" = '{table}') AS f
            JOIN raw USING (import_id, line) WHERE nth <= {SAMPLE} ORDER BY nth""",
            findings=out / "findings.parquet",
            raw=source,
        )
        for row in rows.to_pylist():
            detail = json.loads(row.pop("detail") or "{}")
            for key in ("kept", "row"):  # another row of the same table
                if isinstance(detail.get(key), str) and detail[key].count(":") == 1:
                    number, line = detail[key].split(":")
                    detail[key] = f"{files[int(number)]}:{line}"
            check, action = row.pop("check"), row.pop("action")
            where = f"{files[row.pop('import_id')]}:{row.pop('line')}"
            key = where + "".join(f" {detail[k]}" for k in ("attribute",) if detail.get(k))
            found.setdefault(f"{table} {check} {action}", []).append(
                {"key": key, "at": where, "detail": detail, **row}
            )
    return found


def show(found: dict[str, list[Row]], checks: set[str]) -> None:
    """The samples as text to read."""
    for name, rows in found.items():
        if checks and not checks & set(name.split()):
            continue
        print(f"\n== {name}")
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))


def came_in(records: list[ImportRecord], raw: Path) -> None:
    """What each file brought, and what the import could not use."""
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
        rows = pq.read_table(refused(raw, r.import_id)).to_pylist()
        for reason, n in sorted(r.reasons.items(), key=lambda item: -item[1]):
            its = [x for x in rows if x["reason"] == reason]
            what = Counter(x["value"] for x in its if x["value"]).most_common(EXAMPLES)
            examples = [
                {"at": f"{r.files[0]}:{x['line']}", "value": x["value"]}
                for x in its[:: max(1, len(its) // EXAMPLES)][:EXAMPLES]
            ]
            emit(
                part="refused",
                kind=r.kind,
                reason=reason,
                n_rows=n,
                share=n / r.n_in,
                field=its[0]["field"],
                fix=its[0]["fix"],
                most=dict(what),
                examples=examples,
            )


def told(report: QualityReport, found: dict[str, list[Row]], looked: dict[str, Row]) -> None:
    """Each table, each check with its verdicts, and what could not be looked at."""
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
            why=WHY[f.check],
            examples=[{k: v for k, v in row.items() if k != "key"} for row in rows[:EXAMPLES]],
            **judged(rows, looked.get(f.check, {})),
        )
    for words in report.not_checked:
        emit(part="not_checked", words=words)


def judged(rows: list[Row], looked: Row) -> Row:
    """Verdicts on those rows that are found today."""
    keys = [row["key"] for row in rows]
    right, wrong, unsure = (
        sum(key in looked.get(word, ()) for key in keys) for word in ("right", "wrong", "unsure")
    )
    said: Row = {
        "n_looked": right + wrong + unsure,
        "n_right": right,
        "n_wrong": wrong,
        "n_unsure": unsure,
    }
    if right + wrong:
        said["precision"] = wilson(right, right + wrong)
    if examples := [
        {"at": k, "why": looked["wrong"][k]} for k in keys if k in looked.get("wrong", ())
    ]:
        said["wrong"] = examples
    return said


def wilson(n_right: int, n: int, z: float = 1.96) -> dict[str, float]:
    """A share with its 95% interval (Wilson, 1927)."""
    p = n_right / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {"mid": round(p, 4), "low": round(middle - half, 4), "high": round(middle + half, 4)}


if __name__ == "__main__":
    main()
