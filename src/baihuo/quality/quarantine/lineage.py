"""The whole story of one row: where it came from, what was found, where it is, and what used it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.core import NotFound
from baihuo.core.shop_paths import EVENTS_FOLDER
from baihuo.quality.quarantine.overrides import place
from baihuo.quality.quarantine.quarantined import RowStore, shown
from baihuo.quality.report.history import PastRun, read_history
from baihuo.quality.report.report import QualityReport
from baihuo.quality.spec import On

_TABLES: tuple[On, ...] = ("events", "products")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleUse:
    """One bundle, and whether this row taught it."""

    bundle_id: str
    used: str  # yes, no, unknown
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLineage:
    """Everything the shop knows of one row."""

    row_id: str
    table: str
    source: str  # the file's name, or the live log
    line: int
    imported_at_us: int | None
    format: str | None
    raw: dict[str, Any] | str | None  # as it came
    sent_in: dict[str, Any] | None  # by whom and why, when a person mended or readmitted it
    findings: tuple[dict[str, Any], ...]  # check, action, detail with old and new, rule_version
    now: str  # clean, quarantined, merged, erased, refused, not checked yet
    where: str  # in words
    clean: dict[str, Any] | None  # as it is learned from, when it is
    run_id: str
    rules_version: str
    uses: tuple[BundleUse, ...] = ()

    def to_json(self) -> str:
        """As one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str, indent=1)


def lineage(
    at: RowStore, name: str, *, table: On | None = None, bundles: Path | None = None
) -> list[RowLineage]:
    """The stories of the rows that ``name`` means: a row (``3:17``), an event id or a product id.

    Args:
        bundles: the shop's ``5-bundles``, to say which of them learned from the row.

    Raises:
        NotFound: no row of that name.
    """
    rows = _rows_of(at, name, table)
    if not rows:
        raise NotFound(
            f"no row, event or product is called {name!r}",
            fix="name a row as import:line, as findings do (3:17), an event_id or a product_id",
        )
    records = {r.import_id: r for r in connect.imports(at.raw)}
    report_path = at.clean / "report.json"
    report = QualityReport.load(report_path) if report_path.exists() else None
    runs = {run.run_id: run for run in read_history(at.clean)}
    trained = _trained(bundles)
    return [
        _story(at, of, row_id, records, report, runs, trained) for of, row_id in rows[:20]
    ]  # a product id may have a row an import: the first twenty tell enough


def _rows_of(at: RowStore, name: str, table: On | None) -> list[tuple[On, str]]:
    found: list[tuple[On, str]] = []
    kinds = _TABLES if table is None else (table,)
    if re.fullmatch(r"\d{1,9}:\d{1,18}", name):
        import_id, line = place(name)
        wanted = f"import_id = {import_id} AND line = {line}"
    else:
        wanted = ""
    quoted = "'" + name.replace("'", "''") + "'"
    for of in kinds:
        files = _segments(at, of)
        if files:
            by = wanted or f"{'event_id' if of == 'events' else 'product_id'} = {quoted}"
            rows = at.tables.sql(
                f"SELECT import_id, line FROM raw WHERE {by} ORDER BY ALL", out=None, raw=files
            )
            found += [(of, f"{r['import_id']}:{r['line']}") for r in rows.to_pylist()]
    if not found and wanted:
        try:
            kept = shown(at, name, table)
        except NotFound:
            return []
        found.append(("events" if kept.table == "events" else "products", name))
    return found


def _segments(at: RowStore, of: On) -> list[Path]:
    files = connect.segments(at.raw, of)
    api = at.raw / "products" / "api.parquet"
    return [*files, api] if of == "products" and api.exists() else files


def _story(
    at: RowStore,
    table: On,
    row_id: str,
    records: dict[int, ImportRecord],
    report: QualityReport | None,
    runs: dict[str, PastRun],
    trained: Sequence[tuple[str, str]],
) -> RowLineage:
    import_id, line = place(row_id)
    record = records.get(import_id)
    raw: Any = _one(at, _segments(at, table), import_id, line)
    findings = _findings(at, table, row_id)
    clean = _one(
        at,
        [at.clean / (EVENTS_FOLDER if table == "events" else "products.parquet")],
        import_id,
        line,
    )
    now, where = _now(at, row_id, findings, clean is not None, raw is not None, report)
    if raw is None:
        kept = shown(at, row_id, table)
        raw, now = kept.raw, "refused"
        where = f"refused at import: {kept.check}; {kept.fix}"
    if sent := at.replaced.get(row_id):
        where += f"; sent back in as {sent}"
    live = "the live log" if table == "events" else "the API"
    return RowLineage(
        row_id=row_id,
        table=table,
        source=", ".join(record.files) if record else live,
        line=line,
        imported_at_us=record.at_us if record else None,
        format=record.format if record else None,
        raw=raw,
        sent_in=_sent_in(record, line),
        findings=tuple(findings),
        now=now,
        where=where,
        clean=clean,
        run_id=report.run_id if report else "",
        rules_version=report.rules_version if report else "",
        uses=_uses(now, record, table, report, runs, trained),
    )


def _one(at: RowStore, files: list[Path], import_id: int, line: int) -> dict[str, Any] | None:
    files = [path for path in files if path.exists()]
    if not files:
        return None
    rows = at.tables.sql(
        f"SELECT * EXCLUDE (import_id, line) FROM t WHERE import_id = {import_id} AND line = {line}",
        out=None,
        t=files,
    ).to_pylist()
    return {k: v for k, v in rows[0].items() if v not in (None, [])} if rows else None


def _findings(at: RowStore, table: On, row_id: str) -> list[dict[str, Any]]:
    path = at.clean / "findings.parquet"
    if not path.exists():
        return []
    rows = at.tables.sql(
        f"""SELECT "check", action, detail, rule_version FROM f
            WHERE "table" = '{table}' AND row_id = '{row_id}'""",
        out=None,
        f=path,
    ).to_pylist()
    return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in rows]


def _now(
    at: RowStore,
    row_id: str,
    findings: list[dict[str, Any]],
    is_clean: bool,
    is_raw: bool,
    report: QualityReport | None,
) -> tuple[str, str]:
    if is_clean:
        n = sum(f["action"] == "repair" for f in findings)
        return "clean", f"clean{f', {n} of its cells repaired' if n else ''}"
    taken = {f["action"]: f for f in reversed(findings)}
    if "erase" in taken:
        return "erased", "erased: its visitor asked to be forgotten"
    if "quarantine" in taken:
        return "quarantined", f"in quarantine by {taken['quarantine']['check']}"
    if "merge" in taken:
        kept = taken["merge"]["detail"].get("kept")
        check = taken["merge"]["check"]
        return "merged", f"merged into {kept} by {check}" if kept else f"merged by {check}"
    if report is None or is_raw:
        return "not checked yet", "imported, and not checked since: run `baihuo check`"
    return "refused", "refused at import"


def _sent_in(record: ImportRecord | None, line: int) -> dict[str, Any] | None:
    origin: Any = record.options.get("origin") if record else None
    if not origin:
        return None
    row: dict[str, Any] = next((r for r in origin["rows"] if r["line"] == line), {})
    at = datetime.fromtimestamp(origin["at_us"] / 1e6, UTC).isoformat(timespec="seconds")
    return {"what": origin["what"], "by": origin["by"], "why": origin["why"], "at": at, **row}


def _trained(bundles: Path | None) -> list[tuple[str, str]]:
    """Bundles with the run of the checks whose tables they learned from; "" where it is not said."""
    found = []
    for path in sorted(bundles.glob("*/report.json")) if bundles and bundles.exists() else ():
        try:
            quality = json.loads(path.read_text(encoding="utf-8")).get("quality", {})
        except (ValueError, AttributeError):
            continue
        found.append((path.parent.name, str(quality.get("run_id", ""))))
    return found


def _uses(
    now: str,
    record: ImportRecord | None,
    table: str,
    report: QualityReport | None,
    runs: dict[str, PastRun],
    trained: Sequence[tuple[str, str]],
) -> tuple[BundleUse, ...]:
    """What can be known: the tables of earlier runs are gone, their lists of files are not."""
    uses = []
    for bundle_id, run_id in trained:
        used, why = "unknown", "the bundle does not say which run of the checks it learned from"
        if report is not None and run_id == report.run_id:
            used = "yes" if now == "clean" else "no"
            why = f"it learned from the present clean tables, where this row is {now}"
        elif run_id in runs:
            name = f"{record.import_id:06d}.parquet" if record else ""
            if record and name not in runs[run_id].sources:
                used, why = "no", f"its run of the checks ({run_id}) came before this import"
            else:
                why = f"its run of the checks ({run_id}) had this file; what became of the row then is not kept"
        elif run_id:
            why = f"its run of the checks ({run_id}) is not in the history"
        uses.append(BundleUse(bundle_id=bundle_id, used=used, why=why))
    return tuple(uses)
