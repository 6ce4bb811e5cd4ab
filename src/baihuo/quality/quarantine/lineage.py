"""Where a row came from, what was found in it, where it is, and which bundles learned from it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.core import EVENTS_FOLDER, NotFound
from baihuo.engine import sql_text
from baihuo.quality.quarantine.overrides import parse_row_id
from baihuo.quality.quarantine.quarantined import RowStore, find_row
from baihuo.quality.quarantine.refused import withheld_from
from baihuo.quality.report.history import PastRun, read_history
from baihuo.quality.report.report import QualityReport
from baihuo.quality.spec import On

_TABLES: tuple[On, ...] = ("events", "products")
_MAX_ROWS = 20  # a product id may have a row in every import


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleUse:
    """One bundle, and whether it learned from this row."""

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
    sent_in: dict[str, Any] | None  # by whom and why, when a person fixed or released it
    withheld: tuple[
        dict[str, Any], ...
    ]  # values that the import could not read: field, value, reason, fix
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    """What is read once for all rows of an answer."""

    store: RowStore
    records: dict[int, ImportRecord]
    report: QualityReport | None
    past_runs: dict[str, PastRun]
    bundles: list[tuple[str, str]]  # each with its run


def lineage(
    store: RowStore, name: str, *, table: On | None = None, bundles: Path | None = None
) -> list[RowLineage]:
    """The lineage of the rows that ``name`` means: a row (``3:17``), an event id or a product id.

    Args:
        bundles: the shop's ``5-bundles``, to say which of them learned from the row.

    Raises:
        NotFound: no row of that name.
    """
    rows = _rows_of(store, name, table)
    if not rows:
        raise NotFound(
            f"no row, event or product is called {name!r}",
            fix="name a row as import:line, as findings do (3:17), an event_id or a product_id",
        )
    report_path = store.clean / "report.json"
    sources = _Sources(
        store=store,
        records={record.import_id: record for record in connect.imports(store.raw)},
        report=QualityReport.load(report_path) if report_path.exists() else None,
        past_runs={run.run_id: run for run in read_history(store.clean)},
        bundles=_bundle_runs(bundles),
    )
    return [_lineage_of(sources, of_table, row_id) for of_table, row_id in rows[:_MAX_ROWS]]


def _rows_of(store: RowStore, name: str, table: On | None) -> list[tuple[On, str]]:
    """Table and row id of each row that has this name."""
    found: list[tuple[On, str]] = []
    is_row_id = re.fullmatch(r"\d{1,9}:\d{1,18}", name) is not None
    quoted = sql_text(name)
    for of_table in _TABLES if table is None else (table,):
        if is_row_id:
            import_id, line = parse_row_id(name)
            condition = f"import_id = {import_id} AND line = {line}"
        else:
            condition = f"product_id = {quoted}"
            if (
                of_table == "events"
            ):  # as it came, or as it is stored where others may use the id, too
                condition = f"event_id = {quoted} OR starts_with(event_id, {sql_text(name + '~')})"
        if files := _segments(store, of_table):
            select = f"SELECT import_id, line FROM raw WHERE {condition} ORDER BY ALL"
            rows = store.tables.sql(select, out=None, raw=files).to_pylist()
            found += [(of_table, f"{row['import_id']}:{row['line']}") for row in rows]
    if not found and is_row_id:
        try:
            refused = find_row(store, name, table, also_back=True)
        except NotFound:
            return []
        found.append(("events" if refused.table == "events" else "products", name))
    return found


def _segments(store: RowStore, table: On) -> list[Path]:
    files = connect.segments(store.raw, table)
    api = store.raw / "products" / "api.parquet"
    return [*files, api] if table == "products" and api.exists() else files


def _lineage_of(sources: _Sources, table: On, row_id: str) -> RowLineage:
    store, report = sources.store, sources.report
    import_id, line = parse_row_id(row_id)
    record = sources.records.get(import_id)
    raw: Any = _read_row(store, _segments(store, table), row_id)
    findings = _findings(store, table, row_id)
    clean_path = store.clean / (EVENTS_FOLDER if table == "events" else "products.parquet")
    clean = _read_row(store, [clean_path], row_id)
    is_unchecked = report is None or raw is not None
    state, where = _state(findings, is_clean=clean is not None, is_unchecked=is_unchecked)
    if raw is None:
        refused = find_row(store, row_id, table, also_back=True)
        raw, state = refused.raw, "refused"
        where = f"refused at import: {refused.check}; {refused.fix}"
    if sent := store.replaced.get(row_id):
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
        withheld=tuple(withheld_from(store.raw, row_id)),
        findings=tuple(findings),
        now=state,
        where=where,
        clean=clean,
        run_id=report.run_id if report else "",
        rules_version=report.rules_version if report else "",
        uses=_bundle_uses(sources, state, record),
    )


def _read_row(store: RowStore, files: list[Path], row_id: str) -> dict[str, Any] | None:
    files = [path for path in files if path.exists()]
    if not files:
        return None
    import_id, line = parse_row_id(row_id)
    condition = f"import_id = {import_id} AND line = {line}"
    rows = store.tables.sql(
        f"SELECT * EXCLUDE (import_id, line) FROM files WHERE {condition}", out=None, files=files
    ).to_pylist()
    return {k: v for k, v in rows[0].items() if v not in (None, [])} if rows else None


def _findings(store: RowStore, table: On, row_id: str) -> list[dict[str, Any]]:
    path = store.clean / "findings.parquet"
    if not path.exists():
        return []
    rows = store.tables.sql(
        f"""SELECT "check", action, detail, rule_version FROM findings
            WHERE "table" = '{table}' AND row_id = '{row_id}'""",
        out=None,
        findings=path,
    ).to_pylist()
    return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in rows]


def _state(
    findings: list[dict[str, Any]], *, is_clean: bool, is_unchecked: bool
) -> tuple[str, str]:
    """What became of a row: one word, and a sentence."""
    if is_clean:
        n = sum(f["action"] == "repair" for f in findings)
        return "clean", f"clean{f', {n} of its cells repaired' if n else ''}"
    by_action = {f["action"]: f for f in reversed(findings)}
    if "erase" in by_action:
        return "erased", "erased: its visitor asked to be forgotten"
    if "quarantine" in by_action:
        return "quarantined", f"in quarantine by {by_action['quarantine']['check']}"
    if "merge" in by_action:
        kept, check = by_action["merge"]["detail"].get("kept"), by_action["merge"]["check"]
        return "merged", f"merged into {kept} by {check}" if kept else f"merged by {check}"
    if is_unchecked:
        return "not checked yet", "imported, and not checked since: run `baihuo check`"
    return "refused", "refused at import"


def _sent_in(record: ImportRecord | None, line: int) -> dict[str, Any] | None:
    origin: Any = record.options.get("origin") if record else None
    if not origin:
        return None
    row: dict[str, Any] = next((r for r in origin["rows"] if r["line"] == line), {})
    at = datetime.fromtimestamp(origin["at_us"] / 1e6, UTC).isoformat(timespec="seconds")
    return {"what": origin["what"], "by": origin["by"], "why": origin["why"], "at": at, **row}


def _bundle_runs(bundles: Path | None) -> list[tuple[str, str]]:
    """Each bundle with the run of the checks whose tables it learned from; "" where it names none."""
    runs = []
    for path in sorted(bundles.glob("*/report.json")) if bundles and bundles.exists() else ():
        try:
            quality = json.loads(path.read_text(encoding="utf-8")).get("quality", {})
        except (ValueError, AttributeError):
            continue
        runs.append((path.parent.name, str(quality.get("run_id", ""))))
    return runs


def _bundle_uses(
    sources: _Sources, state: str, record: ImportRecord | None
) -> tuple[BundleUse, ...]:
    """What can be known of each bundle: the tables of earlier runs are gone, their lists of files are not.

    Args:
        state: of the row in the present tables: clean, quarantined, …
        record: the import that the row came by.
    """
    uses = []
    for bundle_id, run_id in sources.bundles:
        used, why = "unknown", "the bundle does not say which run of the checks it learned from"
        if sources.report is not None and run_id == sources.report.run_id:
            used = "yes" if state == "clean" else "no"
            why = f"it learned from the present clean tables, where this row is {state}"
        elif run_id in sources.past_runs:
            name = f"{record.import_id:06d}.parquet" if record else ""
            if record and name not in sources.past_runs[run_id].sources:
                used, why = "no", f"its run of the checks ({run_id}) came before this import"
            else:
                why = f"its run of the checks ({run_id}) had this file; what became of the row then is not kept"
        elif run_id:
            why = f"its run of the checks ({run_id}) is not in the history"
        uses.append(BundleUse(bundle_id=bundle_id, used=used, why=why))
    return tuple(uses)
