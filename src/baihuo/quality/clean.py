"""All steps over both tables, then everything is written at once. Which they are: ``steps.py``."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from baihuo.core import NotFound
from baihuo.core.progress import Progress, silent
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import Source, Tables
from baihuo.quality.check import describe
from baihuo.quality.html import to_html
from baihuo.quality.judge import judge
from baihuo.quality.ledger import Ledger
from baihuo.quality.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.step import Given
from baihuo.quality.steps import CHECKS, OF, STEPS
from baihuo.quality.written import days, findings, tallied, write_findings, write_table

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
    pictures: Path | None = None,
    progress: Progress = silent,
) -> QualityReport:
    """Check raw events and products, and write what may be learned from to ``out`` (2-clean).

    Equal files, rules and ``now_us`` give equal bytes, in whatever order the files hold their rows.
    ``report.json`` goes first and comes back last: while it is there, all files belong together.

    Args:
        events: Parquet files of :data:`baihuo.core.tables.EVENTS`; ``(import_id, line)`` names a row.
        products: Parquet files of :data:`baihuo.core.tables.PRODUCTS`. With none, orphans are not judged.
        now_us: our clock, µs UTC; None reads it. Only times after it are judged by it.
        pictures: the folder that relative paths of pictures start at; None: pictures are not opened.

    Raises:
        RuntimeError: rows went missing between steps and files: a bug here, or two rows of one name.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".clean-", dir=out))
    try:
        raw_events: Source = events or EVENTS.empty_table()
        raw_products: Source = products or PRODUCTS.empty_table()
        given = Given(
            now_us=now_us,
            raw_events=raw_events,
            raw_products=raw_products,
            pictures=pictures,
            out=out,
        )
        catalogue = Ledger(tables, "products", raw_products, work)
        not_checked = _run(catalogue, rules, given, progress)
        log = Ledger(tables, "events", raw_events, work)
        given = replace(given, products=work / "products.parquet")
        not_checked += _run(log, rules, given, progress)
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
            not_checked=not_checked,
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


def _run(ledger: Ledger, rules: QualityRules, given: Given, progress: Progress) -> tuple[str, ...]:
    """All steps of a table; answers with what could not be checked, and why."""
    steps = [step for step in OF[ledger.table] if step.is_on(ledger.table)]
    not_checked: list[str] = []
    for n, step in enumerate(steps):
        progress(f"{ledger.table}: {step.name}", n, len(steps))
        for find in step.finds:
            found = find(ledger, rules, given)
            ledger.record(step.name, found.selects, **found.inputs)
            not_checked += found.not_checked
    write_table(ledger)
    progress(ledger.table, len(steps), len(steps))
    return tuple(dict.fromkeys(not_checked))


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
