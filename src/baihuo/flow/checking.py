"""Check all new data: seal logs, screen imports, count released rows."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo import bundle, catalog, connect, labels, privacy, quality
from baihuo.ads import note_target_results
from baihuo.bundle import RELEVANCE_FOLDER, Bundle
from baihuo.connect import ImportRecord
from baihuo.core import NotFound, Progress, no_progress
from baihuo.engine import DuckTables, RowChoice
from baihuo.events import EventLog, JudgementLog, SealedCounts, ServedLog
from baihuo.features import Replay, read_replay, replay_of, state_folder, write_replay
from baihuo.flow.erasures import note_rewritten, open_erasures, pending_visitors, removed_events
from baihuo.flow.resources import decided_on_rows, engine, features_of, make_state
from baihuo.monitor import write_placements
from baihuo.privacy import Erasures, Receipt
from baihuo.quality import CustomChecks, FilesChecked, InputFiles, QualityReport
from baihuo.release import JudgedSet
from baihuo.settings import Settings, Shop
from baihuo.train import is_held_out

_NEWEST_PAGES = 100_000  # whose exploration is used to estimate examination


def seal_log(shop: Shop) -> None:
    """events: seal the live log into a segment, like an import."""
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            log.seal(shop.raw / "events")
        finally:
            log.close()


@dataclass(frozen=True, slots=True)
class Sealed:
    """Result of :func:`seal_logs`."""

    events_file: Path | None  # the new segment; None: no event waited
    pages: SealedCounts


def seal_logs(shop: Shop, *, now_us: int) -> Sealed:
    """events: seal the live events, and served pages older than an hour; drop expired ones.

    Args:
        now_us: Our clock, UTC.

    Raises:
        NotFound: the shop has no folder.
    """
    if not shop.root.is_dir():
        raise NotFound(
            f"there is no shop in {shop.root}",
            fix="name its folder: baihuo seal --shop FOLDER",
        )
    events_file, pages = None, SealedCounts()
    if shop.log.exists():
        log = EventLog(shop.log)
        try:
            events_file = log.seal(shop.raw / "events")
        finally:
            log.close()
    if shop.served_log.exists():
        served = ServedLog(shop.served_log)
        try:
            pages = served.seal(
                now_us=now_us,
                older_than_s=3600,
                keep_days=shop.settings().privacy.retention.served_days,
            )
        finally:
            served.close()
    return Sealed(events_file, pages)


def served_pages(shop: Shop) -> Path | None:
    """Write served pages, with their features, as Parquet; None before the first page."""
    if not shop.served_log.exists():
        return None
    log = ServedLog(shop.served_log)
    try:
        out = shop.served / "served.parquet"
        return out if log.to_parquet(out) else None
    finally:
        log.close()


def served_placements(shop: Shop) -> Path | None:
    """Write the positions of products on the newest served pages, with the draw of each, as Parquet; None before the first page."""
    if not shop.served_log.exists():
        return None
    return write_placements(
        shop.served_log, shop.served / "placements.parquet", newest=_NEWEST_PAGES
    )


def consensus_grades(shop: Shop) -> labels.ConsensusGrades:
    """labels: return consensus grades of the log of judgements and ``ratings.csv``."""
    if not shop.judgements.exists():
        return labels.find_consensus(None, shop.ratings)
    log = JudgementLog(shop.judgements)
    try:
        return labels.find_consensus(log.table(), shop.ratings)
    finally:
        log.close()


def judged_sets(shop: Shop, candidate: Bundle) -> list[JudgedSet]:
    """labels: return the gate's judged searches: judgements by people, without queries the candidate was trained on, and the shop's
    complete judged set.
    """
    sets = []
    grades = consensus_grades(shop).by_query
    report = f"{RELEVANCE_FOLDER}/report.json"
    if report in candidate and candidate.json(report)["n_judged_queries"]:
        grades = {query: by_id for query, by_id in grades.items() if is_held_out(query)}
    if grades:
        sets.append(JudgedSet(name="judgements", grades=grades, is_complete=False))
    if shop.judged.exists():
        table = pq.read_table(shop.judged, columns=["query_text", "product_id", "grade"])
        complete: dict[str, dict[str, int]] = {}
        for row in table.to_pylist():
            complete.setdefault(row["query_text"], {})[row["product_id"]] = int(row["grade"])
        sets.append(JudgedSet(name=shop.judged.name, grades=complete, is_complete=True))
    return sets


def replay(shop: Shop, report: QualityReport, *, progress: Progress = no_progress) -> bool:
    """Make rows released since the last time count in running servers; return whether there were any. Does nothing before the first
    release, and while checks stop: failed data must not reach visitors.
    """
    live = bundle.read_live(shop.bundles)
    if live is None or report.stops:
        return False
    decided, asked = decided_on_rows(shop), read_replay(shop.replay_file)
    if asked is not None and asked.made_of == decided:
        return False
    features = features_of(bundle.Bundle.open(shop.bundles / live.bundle_id, verify=False))
    folder = state_folder(shop.features, features)
    made = replay_of(folder)
    if made is None or made.made_of != decided:
        make_state(shop, features, progress=progress)
        made = replay_of(folder)
    if made is None:  # replaced by an older version
        return False
    write_replay(shop.replay_file, Replay(made.at_us, decided))
    return True


def screen_imports(shop: Shop) -> None:
    """Remove the earlier events of erased visitors from later imports, found by the keyed hashes of receipts: a warehouse that exports its
    whole history every night does not know of erasures.

    Raises:
        Conflict: an import is running.
    """
    if not shop.erasures_file.exists():
        return
    register = open_erasures(shop)
    try:
        erased = {r.visitor_hash: r for r in register.receipts() if r.erased_at_us is not None}
        erased.pop("", None)  # of retention
        if not erased:
            return
        first_us = min(r.requested_at_us for r in erased.values())
        known = register.screened()
        for record in connect.imports(shop.raw):
            is_new = record.at_us >= first_us and (record.import_id, record.at_us) not in known
            if record.kind == "events" and is_new:
                _screen(shop, record, erased, register)
                register.note_screened(record.import_id, record.at_us)
                note_rewritten(shop, register)
    finally:
        register.close()


def _screen(
    shop: Shop, record: ImportRecord, erased: dict[str, Receipt], register: Erasures
) -> None:
    file = connect.segment(shop.raw, record.import_id, "events")
    visitors = set()
    with pq.ParquetFile(file) as source:
        for group in range(source.num_row_groups):
            ids = source.read_row_group(group, columns=["visitor_id"])["visitor_id"]
            visitors |= set(pc.unique(ids).to_pylist())
    for visitor in sorted(visitors):
        receipt = erased.get(register.hash_of(visitor))
        if receipt is None:
            continue
        old = RowChoice("occurred_at_us", before=receipt.requested_at_us)
        theirs = RowChoice("visitor_id", values=[visitor], also=old)

        def note(counts: dict[str, Counter[str]], of: Receipt = receipt) -> None:
            register.note(of.receipt_id, {place: n.total() for place, n in counts.items()})

        connect.forget_rows(shop.raw, theirs, lambda text: False, note, only=record.import_id)


def check(
    shop: Shop,
    *,
    pictures: Path | None = None,
    is_full: bool = False,
    progress: Progress = no_progress,
) -> QualityReport:
    """quality: run the checks on everything imported; clean products go into the catalogue.

    The live log is sealed into a raw segment first, so that events up to now are checked, too. Running servers count rows released from
    quarantine, too (:mod:`~baihuo.flow.checking`).

    Args:
        pictures: base folder of relative paths of pictures; by default ``pictures`` in the shop.
        is_full: check every range of days, also unchanged ones.
    """
    with quality.locked(shop.clean):
        report = check_locked(shop, pictures=pictures, is_full=is_full, progress=progress)
        replay(shop, report, progress=progress)
    return report


def check_locked(
    shop: Shop,
    *,
    pictures: Path | None = None,
    is_full: bool = False,
    forgotten: Collection[str] = (),
    progress: Progress = no_progress,
) -> QualityReport:
    """Run :func:`check` for a caller that holds the lock of the clean folder.

    Args:
        forgotten: visitors already removed from all raw files. Others with an erasure request are left out.
    """
    if pictures is None and shop.pictures.is_dir():
        pictures = shop.pictures
    tables, rules = engine(shop), quality.load_rules(shop.rules_file)
    seal_log(shop)
    screen_imports(shop)
    removed = removed_events(shop)
    imported = connect.segments(shop.raw, "products")
    others = catalog.write_others(
        shop.catalog, tables, imported, shop.raw / "products" / "api.parquet"
    )
    report = quality.clean(
        tables,
        events=connect.segments(shop.raw, "events"),
        products=[*imported, others] if others else imported,
        out=shop.clean,
        rules=rules,
        options=quality.CleanOptions(
            mask_key=shop.mask_key(),
            absent_consent=shop.settings().privacy.absent_consent,
            pictures=pictures,
            custom=quality.load_custom_checks(
                rules.own, shop.root, [c.name for c in quality.CHECKS]
            ),
            overrides=quality.Overrides.of(connect.imports(shop.raw)),
            accepted=quality.read_accepted(shop.raw),
            refused=quality.refused_rows(shop.raw),
            withheld=quality.withheld_values(shop.raw),
            files=quality.input_files(shop.raw),
            erased=tuple(v for v in pending_visitors(shop) if v not in forgotten),
            removed=removed.counts,
            rewritten=removed.rewritten,
            partition_rows=shop.settings().engine.partition_rows,
            is_full=is_full,
            is_locked=True,
        ),
        progress=progress,
    )
    if not any(x.verdict == "stop" and x.table == "products" for x in report.limits):
        catalog.fill(shop.catalog, tables, shop.clean_products)
    note_target_results(shop, tables)
    return report


def check_files(
    files: InputFiles,
    out: Path,
    *,
    rules_file: Path | None = None,
    pictures: Path | None = None,
    no_alerts: bool = False,
    progress: Progress = no_progress,
) -> FilesChecked:
    """quality: run the checks on files alone; all output goes to ``out``, and no shop changes.

    Args:
        rules_file: A ``quality.yaml``; None: the defaults.
        pictures: base folder of relative paths of pictures.
        no_alerts: no alert is sent, whatever the rules say.
    """
    rules = quality.load_rules(rules_file)
    if no_alerts:
        rules = rules.model_copy(update={"alerts": type(rules.alerts)()})
    engine_settings, mask_key = Settings().engine, Shop(out).mask_key()
    tables = DuckTables(
        memory_mb=engine_settings.memory_mb,
        threads=engine_settings.threads,
        spill_dir=out / ".spill",
    )
    try:
        return quality.check_files(
            tables,
            files,
            out=out,
            rules=rules,
            mask=privacy.column_mask(mask_key),
            options=quality.CleanOptions(
                mask_key=mask_key, custom=custom_checks(rules_file), pictures=pictures
            ),
            progress=progress,
        )
    finally:
        shutil.rmtree(out / ".spill", ignore_errors=True)


def custom_checks(rules_file: Path | None) -> CustomChecks:
    """Return the checks that a ``quality.yaml`` adds; none without a file."""
    if rules_file is None:
        return CustomChecks()
    rules, names = quality.load_rules(rules_file), [check.name for check in quality.CHECKS]
    return quality.load_custom_checks(rules.own, rules_file.parent, names)
