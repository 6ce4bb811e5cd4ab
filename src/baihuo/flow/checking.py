"""The checks on everything that came in."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from baihuo import catalog, connect, privacy, quality
from baihuo.core import Progress, no_progress
from baihuo.engine import DuckTables
from baihuo.flow.erasure_receipts import pending_visitors, removed_events
from baihuo.flow.logs import seal_log
from baihuo.flow.replaying import replay
from baihuo.flow.resources import engine
from baihuo.flow.screening import screen_imports
from baihuo.quality import CustomChecks, FilesChecked, InputFiles, QualityReport
from baihuo.settings import Settings, Shop


def check(
    shop: Shop,
    *,
    pictures: Path | None = None,
    is_full: bool = False,
    progress: Progress = no_progress,
) -> QualityReport:
    """quality: run the checks on everything imported; clean products go into the catalogue.

    The live log is sealed into a raw segment first, so that events up to now are checked too. Where rows came back from
    quarantine, running servers count them too (:mod:`~baihuo.flow.replaying`).

    Args:
        pictures: base folder of relative paths of pictures; by default ``pictures`` in the shop.
        is_full: check every range of days, also those that nothing new touches.
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
    """As :func:`check`, for a caller that holds the lock of the clean folder.

    Args:
        forgotten: visitors who are in no raw file any more. Others who asked to be forgotten are left out.
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
    return report


def check_files(
    files: InputFiles,
    out: Path,
    *,
    rules_file: Path | None = None,
    pictures: Path | None = None,
    progress: Progress = no_progress,
) -> FilesChecked:
    """quality: run the checks on files alone; everything is written to ``out``, and no shop changes.

    Args:
        rules_file: A ``quality.yaml``; None: the defaults.
        pictures: base folder of relative paths of pictures.
    """
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
            rules=quality.load_rules(rules_file),
            mask=privacy.column_mask(mask_key),
            options=quality.CleanOptions(
                mask_key=mask_key, custom=custom_checks(rules_file), pictures=pictures
            ),
            progress=progress,
        )
    finally:
        shutil.rmtree(out / ".spill", ignore_errors=True)


def custom_checks(rules_file: Path | None) -> CustomChecks:
    """The checks that a ``quality.yaml`` adds to ours; none without a file."""
    if rules_file is None:
        return CustomChecks()
    rules, names = quality.load_rules(rules_file), [check.name for check in quality.CHECKS]
    return quality.load_custom_checks(rules.own, rules_file.parent, names)
