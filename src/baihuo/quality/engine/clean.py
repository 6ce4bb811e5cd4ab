"""All steps over both tables, then everything is written at once. Which steps: ``registry.py``."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import nullcontext
from pathlib import Path

import pyarrow.parquet as pq

from baihuo.core import EVENTS, PRODUCTS, NotFound, Progress, no_progress
from baihuo.engine import Tables, full_disk_named, sync, written_whole
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.custom.files import CustomChecks
from baihuo.quality.engine.journal import Journal, fingerprint
from baihuo.quality.engine.lock import locked
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.engine.partitions import move_ranges
from baihuo.quality.engine.runner import CheckRun
from baihuo.quality.engine.steps import every_check
from baihuo.quality.registry import STEPS
from baihuo.quality.report import history
from baihuo.quality.report.alert import alert
from baihuo.quality.report.html import to_html
from baihuo.quality.report.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import CheckContext, describe

WRITTEN = (
    "products.parquet",
    "quarantine_events.parquet",
    "quarantine_products.parquet",
    "merged_products.parquet",
    "findings.parquet",
    "report.html",
    history.NAME,
)
_WHOLE = "whole"
"""The journal's last round: every file is in the working folder, complete."""


def clean(
    tables: Tables,
    *,
    events: list[Path],
    products: list[Path],
    out: Path,
    rules: QualityRules,
    now_us: int | None = None,
    options: CleanOptions | None = None,
    progress: Progress = no_progress,
) -> QualityReport:
    """Check raw events and products, and write what may be learned from to ``out`` (2-clean).

    Clean events are in ``events/``, a file for each range of days (``day_ranges.py``). A range that nothing
    new touches stays as it was checked before.

    Equal files, rules and ``now_us`` give equal bytes, in whatever order the files hold their rows.
    Everything is written to a temporary folder and then renamed; ``report.json`` goes first and comes back last:
    while it is there, all files belong together. The next run over the same things continues one that was
    killed, with its clock, and writes the bytes that it would have written.

    Args:
        events: Parquet files of :data:`baihuo.core.tables.EVENTS`; ``(import_id, line)`` names a row.
        products: Parquet files of :data:`baihuo.core.tables.PRODUCTS`. With none, orphans are not judged.
        now_us: our clock, µs UTC; None reads it. Only times after it are judged by it.

    Raises:
        Conflict: another run is writing to ``out``.
        ShopError: the disk is full; what was in ``out`` before is untouched.
        RuntimeError: rows went missing between steps and files: a bug here, or two rows of one name.
    """
    options = options or CleanOptions()
    sources = [*events, *products]
    with full_disk_named(out), nullcontext() if options.is_locked else locked(out):
        key = _fingerprint(sources, rules, options)
        journal = Journal.open(out, key=key, now_us=now_us, progress=progress)
        try:
            if _WHOLE not in journal.done:
                context = CheckContext(
                    now_us=journal.now_us,
                    tolerance_ms=rules.section(event_sequence.STEP).tolerance_ms,
                    raw_events=_with_every_column(events, journal.work) or EVENTS.empty_table(),
                    raw_products=products or PRODUCTS.empty_table(),
                    pictures=options.pictures,
                    out=out,
                    mask_key=options.mask_key,
                    absent_consent=options.absent_consent,
                    skipped=rules.skipped_checks,
                    accepted=options.accepted,
                )
                run = CheckRun(tables.unsynced(), rules, context, journal, options, progress)
                _write_report(run.all_steps(), sources, options.custom, journal.work, out)
                journal.note(_WHOLE)
            _move(journal.work, out)
            report = QualityReport.load(out / "report.json")
            progress("writing", 3, 3)
        except Exception:
            shutil.rmtree(journal.work, ignore_errors=True)  # a full disk must not stay full
            raise
        shutil.rmtree(journal.work, ignore_errors=True)
    alert(report, rules.alerts, where=str(out))
    return report


def _with_every_column(events: list[Path], work: Path) -> list[Path]:
    """With a file without rows where no file has a column: events that an older version imported have fewer."""
    if not events:
        return events
    there = {name for file in events for name in pq.read_schema(file).names}
    if there >= set(EVENTS.names):
        return events
    columns = work / "columns.parquet"
    pq.write_table(EVENTS.empty_table(), columns)
    return [*events, columns]


def _fingerprint(sources: list[Path], rules: QualityRules, options: CleanOptions) -> str:
    """Of everything that the written files depend on but the clock."""
    return fingerprint(
        sources,
        rules.model_dump_json(),
        options.custom.version,
        str(options.overrides),
        str(options.accepted),
        str(sorted(options.erased)),
        str(options.removed),
        str(options.pictures),
        hashlib.sha256(options.mask_key).hexdigest(),
        options.absent_consent,
        str(options.partition_rows),
        str(options.is_full),
        str(options.refused),
        str(options.withheld),
        str(options.files),
    )


def _write_report(
    report: QualityReport, sources: list[Path], custom: CustomChecks, work: Path, out: Path
) -> None:
    """The report in all its forms, with the tables in ``work``."""
    run = history.PastRun.of(report, tuple(sorted(path.name for path in sources)))
    runs = history.with_run(history.read_history(out), run)
    history.write_history(runs, work / history.NAME)
    page = to_html(report, every_check(custom), runs)
    with written_whole(work / "report.html") as part:
        part.write_text(page, encoding="utf-8")
    report.save(work / "report.json")


def _move(work: Path, out: Path) -> None:
    """Move everything to ``out``. It needs no room; a run that is killed here is finished by the next.

    Each file is synced to the disk before it has its name, and the names before the report says that all are there.
    """
    if (work / "report.json").exists():
        (out / "report.json").unlink(missing_ok=True)
        sync(out)
    move_ranges(work, out)
    for name in (*WRITTEN, "report.json"):
        if (work / name).exists():
            sync(work / name, out)
            (work / name).replace(out / name)
    sync(out)


def explain(name: str, custom: CustomChecks | None = None) -> str:
    """One check, or all checks of a step, in words: what, why, how to fix, and an example.

    Raises:
        NotFound: neither a check nor a step; lists the names there are.
    """
    checks = every_check(custom or CustomChecks())
    found = [check for check in checks if name in (check.name, check.step)]
    if not found:
        names = ", ".join([*STEPS, *(check.name for check in checks)])
        raise NotFound(f"no check is called {name!r}", fix=f"one of: {names}")
    return "\n\n".join(describe(check) for check in found)
