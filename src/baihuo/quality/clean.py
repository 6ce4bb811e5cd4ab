"""The six steps over both tables, read from top to bottom; then everything is written at once."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from baihuo.core import NotFound
from baihuo.core.progress import Progress, silent
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import Source, Tables
from baihuo.quality import duplicates, order, orphans, prices, schema, times
from baihuo.quality.check import STEPS, Check, describe
from baihuo.quality.html import to_html
from baihuo.quality.judge import judge
from baihuo.quality.ledger import Ledger, n_rows
from baihuo.quality.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.written import days, findings, tallied, write_findings, write_table

CHECKS: tuple[Check, ...] = tuple(
    check for step in (schema, times, duplicates, orphans, order, prices) for check in step.CHECKS
)
"""Every check there is, in the order of their steps."""

WRITTEN = (
    "events.parquet", "products.parquet", "quarantine_events.parquet",
    "quarantine_products.parquet", "findings.parquet",
)  # fmt: skip


def clean(
    tables: Tables,
    *,
    events: list[Path],
    products: list[Path],
    out: Path,
    rules: QualityRules,
    now_us: int | None = None,
    progress: Progress = silent,
) -> QualityReport:
    """Check raw events and products, and write what may be learned from to ``out`` (2-clean).

    Equal files, rules and ``now_us`` give equal bytes, in whatever order the files hold their rows.
    ``report.json`` goes first and comes back last: while it is there, all files belong together.

    Args:
        events: Parquet files of :data:`baihuo.core.tables.EVENTS`; ``(import_id, line)`` names a row.
        products: Parquet files of :data:`baihuo.core.tables.PRODUCTS`. With none, orphans are not judged.
        now_us: our clock, µs UTC; None reads it. Only times after it are judged by it.

    Raises:
        RuntimeError: rows went missing between steps and files: a bug here, or two rows of one name.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".clean-", dir=out))
    try:
        raw_events: Source = events or EVENTS.empty_table()
        raw_products: Source = products or PRODUCTS.empty_table()
        catalogue = Ledger(tables, "products", raw_products, work)
        _products(catalogue, rules, raw_events, now_us, progress)
        log = Ledger(tables, "events", raw_events, work)
        not_checked = _events(log, rules, raw_products, now_us, progress)
        progress("writing", 0, 3)
        write_table(log)
        progress("writing", 1, 3)
        write_findings((catalogue, log), CHECKS, work / "findings.parquet")
        progress("writing", 2, 3)
        counts = (*catalogue.counts, *log.counts)
        tallied((catalogue, log))
        report = QualityReport(
            rules_version=rules.version,
            owner=rules.owner,
            note=rules.note,
            steps=counts,
            findings=findings((catalogue, log)),
            limits=judge(counts, rules),
            days=days(log),
            not_checked=tuple(not_checked),
        )
        (out / "report.json").unlink(missing_ok=True)
        for name in WRITTEN:
            (work / name).replace(out / name)
        page = out / "report.html"
        page.write_text(to_html(report, CHECKS), encoding="utf-8")
        report.save(out / "report.json")
        progress("writing", 3, 3)
        return report
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _products(
    ledger: Ledger, rules: QualityRules, events: Source, now_us: int, progress: Progress
) -> None:
    for n, step in enumerate(("schema", "times", "duplicates", "prices")):
        progress(f"products: {step}", n, 4)
        match step:
            case "schema":
                ledger.record(step, schema.find(ledger, rules))
            case "times":
                ledger.record(step, times.find(ledger, rules, now_us))
            case "duplicates":
                ledger.record(step, duplicates.find(ledger, rules))
            case "prices":
                ledger.record(step, prices.find(ledger, rules), events=events)
    write_table(ledger)
    progress("products", 4, 4)


def _events(
    ledger: Ledger, rules: QualityRules, raw_products: Source, now_us: int, progress: Progress
) -> list[str]:
    """All six; answers with what could not be checked, and why."""
    products = ledger.work / "products.parquet"
    not_checked: list[str] = []
    for n, step in enumerate(STEPS):
        progress(f"events: {step}", n, len(STEPS))
        match step:
            case "schema":
                ledger.record(step, schema.find(ledger, rules))
            case "times":
                ledger.record(step, times.find(ledger, rules, now_us))
            case "duplicates":
                ledger.record(step, duplicates.find(ledger, rules))
                ledger.record(step, duplicates.find_copies(ledger, rules))
            case "orphans":
                found, inputs = orphans.find(ledger, rules, products, raw_products)
                ledger.record(step, found, **inputs)
                if n_rows(raw_products) == 0:
                    not_checked.append("orphans: there is no catalogue to look products up in")
            case "order":
                found, inputs, unsaid = order.find(ledger, rules)
                ledger.record(step, found, **inputs)
                not_checked += unsaid
            case "prices":
                ledger.record(step, prices.find(ledger, rules), products=products)
    progress("events", len(STEPS), len(STEPS))
    return not_checked


def explain(name: str) -> str:
    """One check, or all checks of a step, in words: what, why, how to mend.

    Raises:
        NotFound: neither a check nor a step; lists the names there are.
    """
    found = [check for check in CHECKS if name in (check.name, check.step)]
    if not found:
        names = ", ".join([*STEPS, *(check.name for check in CHECKS)])
        raise NotFound(f"no check is called {name!r}", fix=f"one of: {names}")
    return "\n\n".join(describe(check) for check in found)
