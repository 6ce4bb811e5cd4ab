"""All steps over both tables, then everything is written at once. Which they are: ``registry.py``."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import nullcontext
from pathlib import Path

from baihuo.core import NotFound
from baihuo.core.progress import Progress, silent
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import Tables, written_whole
from baihuo.engine.disk import full_disk_named
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.counts import RefusedRows
from baihuo.quality.custom.custom_checks import CustomChecks
from baihuo.quality.engine.journal import Journal, fingerprint
from baihuo.quality.engine.lock import locked
from baihuo.quality.engine.partitions import ROWS
from baihuo.quality.engine.runner import CheckRun, every_check, move_ranges
from baihuo.quality.quarantine.overrides import Overrides
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
PROFILE = "profile.json"
"""Of the last batch that did not stop: what the next one is held against (checks/coverage)."""
_WHOLE = "whole"
"""The journal's last word: every file lies in the working folder, complete."""


def clean(
    tables: Tables,
    *,
    events: list[Path],
    products: list[Path],
    out: Path,
    rules: QualityRules,
    now_us: int | None = None,
    pictures: Path | None = None,
    mask_key: bytes = b"",
    own: CustomChecks | None = None,
    readmitted: Overrides | None = None,
    refused: tuple[RefusedRows, ...] = (),
    erased: list[str] | None = None,
    partition_rows: int = ROWS,
    is_anew: bool = False,
    is_locked: bool = False,
    progress: Progress = silent,
) -> QualityReport:
    """Check raw events and products, and write what may be learned from to ``out`` (2-clean).

    Clean events lie in ``events/``, a file a range of days (``partitions.py``). A range that nothing new
    touches stays as it was checked before.

    Equal files, rules and ``now_us`` give equal bytes, in whatever order the files hold their rows.
    Everything is written beside and then renamed; ``report.json`` goes first and comes back last:
    while it is there, all files belong together. A run that was killed is gone on with by the next
    over the same things, with the clock of the first, to the bytes it would have had.

    Args:
        events: Parquet files of :data:`baihuo.core.tables.EVENTS`; ``(import_id, line)`` names a row.
        products: Parquet files of :data:`baihuo.core.tables.PRODUCTS`. With none, orphans are not judged.
        now_us: our clock, µs UTC; None reads it. Only times after it are judged by it.
        pictures: the folder that relative paths of pictures start at; None: pictures are not opened.
        mask_key: of the shop's pseudonyms; empty: personal data is replaced by its kind alone.
        own: the shop's own checks, run after all others.
        refused: rows that no import could read; they count towards ``max_quarantined``.
        readmitted: rows that people mended or sent back as they are.
        erased: visitors whose events are taken out first.
        partition_rows: events in a range of days, about.
        is_anew: check every range, also those that nothing new touches.
        is_locked: whether the caller holds the lock of ``out`` already.

    Raises:
        Conflict: another run is writing to ``out``.
        ShopError: the disk is full; what was in ``out`` before is untouched.
        RuntimeError: rows went missing between steps and files: a bug here, or two rows of one name.
    """
    own, readmitted = own or CustomChecks(), readmitted or Overrides()
    with full_disk_named(out), nullcontext() if is_locked else locked(out):
        of = fingerprint(
            [*events, *products],
            rules.model_dump_json(),
            own.version,
            str(readmitted),
            str(sorted(erased or ())),
            str(pictures),
            hashlib.sha256(mask_key).hexdigest(),
            str(partition_rows),
            str(is_anew),
            str(refused),
        )
        journal = Journal.open(out, of=of, now_us=now_us, progress=progress)
        try:
            if _WHOLE not in journal.done:
                given = CheckContext(
                    now_us=journal.now_us,
                    tolerance_ms=rules.section(event_sequence.STEP).tolerance_ms,
                    raw_events=events or EVENTS.empty_table(),
                    raw_products=products or PRODUCTS.empty_table(),
                    pictures=pictures,
                    out=out,
                    mask_key=mask_key,
                )
                run = CheckRun(
                    tables,
                    rules,
                    given,
                    journal,
                    own,
                    readmitted,
                    erased or [],
                    partition_rows,
                    is_anew,
                    progress,
                    refused,
                )
                _prepare(run.all_steps(), [*events, *products], own, journal.work, out)
                journal.note(_WHOLE)
            _finish(journal.work, out)
            report = QualityReport.load(out / "report.json")
            progress("writing", 3, 3)
        except Exception:
            shutil.rmtree(journal.work, ignore_errors=True)  # a full disk must not stay full
            raise
        shutil.rmtree(journal.work, ignore_errors=True)
    alert(report, rules.alerts, where=str(out))
    return report


def _prepare(
    report: QualityReport, sources: list[Path], own: CustomChecks, work: Path, out: Path
) -> None:
    """The report in all its forms, beside the tables that lie in ``work`` already."""
    run = history.PastRun.of(report, tuple(sorted(path.name for path in sources)))
    runs = history.with_run(history.read_history(out), run)
    history.write_history(runs, work / history.NAME)
    page = to_html(report, every_check(own), runs)
    with written_whole(work / "report.html") as part:
        part.write_text(page, encoding="utf-8")
    if report.stops:  # a batch that stopped is no measure for the next
        (work / PROFILE).unlink(missing_ok=True)
    report.save(work / "report.json")


def _finish(work: Path, out: Path) -> None:
    """Everything to its place. It needs no room; killed here, the rest moves the next time."""
    if (work / "report.json").exists():
        (out / "report.json").unlink(missing_ok=True)
    move_ranges(work, out)
    for name in (*WRITTEN, PROFILE, "report.json"):
        if (work / name).exists():
            (work / name).replace(out / name)


def explain(name: str, own: CustomChecks | None = None) -> str:
    """One check, or all checks of a step, in words: what, why, how to mend, and an example.

    Raises:
        NotFound: neither a check nor a step; lists the names there are.
    """
    checks = every_check(own or CustomChecks())
    found = [check for check in checks if name in (check.name, check.step)]
    if not found:
        names = ", ".join([*STEPS, *(check.name for check in checks)])
        raise NotFound(f"no check is called {name!r}", fix=f"one of: {names}")
    return "\n\n".join(describe(check) for check in found)
