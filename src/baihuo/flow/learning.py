"""The parts that one training puts into a bundle, one function for each kind of model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baihuo import bundle
from baihuo.bundle import Bundle, Part
from baihuo.core import Progress, Unsupported, no_progress
from baihuo.engine import Tables
from baihuo.features import FeaturesFile
from baihuo.flow.logs import consensus_grades, served_pages, served_placements
from baihuo.flow.resources import live_bundle
from baihuo.index import Generation, Thresholds
from baihuo.quality import QualityReport
from baihuo.settings import Shop
from baihuo.train import (
    ClickSource,
    ClickStart,
    ClickTrainer,
    ClickTraining,
    LearnedClicks,
    click_start,
    evaluate_search,
    fit_dense_threshold,
    learn_search_order,
    train_newcomers,
    train_next_items,
    train_purchases,
)


@dataclass(frozen=True, slots=True)
class Trained:
    """A sealed bundle, and its metrics beside those of its baselines."""

    bundle_id: str
    report: dict[str, Any]  # the bundle's report.json


@dataclass(frozen=True, slots=True)
class Learned:
    """The parts and the report that one kind of model adds to a bundle."""

    parts: dict[str, Part]
    report: dict[str, Any]
    clicks: LearnedClicks | None = None  # what other models build on


def click_models(
    shop: Shop,
    tables: Tables,
    generation: Generation,
    declared: FeaturesFile,
    quality_report: QualityReport,
    *,
    continued: Bundle | None = None,
    start: Bundle | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Click models from impressions; with too few of them, only the reason in the report.

    Args:
        continued: Continue training from the weights of this bundle.
        start: A bundle of another shop, whose click models are where training starts if they read what this shop makes.
    """
    settings = shop.settings()
    run = shop.train / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    config = ClickTraining(
        attribution_minutes=settings.train.attribution_minutes,
        min_test_clicks=settings.train.min_test_clicks,
        window_days=settings.train.window_days,
        position=settings.train.position,
        calibration=settings.train.calibration,
        calibrate_by=settings.train.calibrate_by,
        smaller_within=settings.train.smaller_within,
        together=settings.train.together,
        seed=settings.train.seed,
        threads=settings.engine.threads or 2,
    )
    source = ClickSource(
        tables=tables,
        events=shop.clean_events,
        products=shop.clean_products,
        generation=generation,
        served=served_pages(shop),
        placements=served_placements(shop),
    )
    begun, why_not = _click_start(start, declared, generation)
    trainer = ClickTrainer(
        source=source,
        out=shop.features,
        run=run,
        live=live_bundle(shop),
        start=begun,
        config=config,
        progress=progress,
    )
    try:
        if continued is None:
            clicks = trainer.train(quality_report, declared=declared)
        else:
            clicks = trainer.update(quality_report, continued)
    except Unsupported as error:
        return Learned({}, {"no_clicks": error.what, **why_not})
    return Learned(
        clicks.parts,
        {"clicks": clicks.report, **why_not},
        clicks=LearnedClicks(source, clicks.data, clicks.models),
    )


def _click_start(
    bundle: Bundle | None, declared: FeaturesFile, generation: Generation
) -> tuple[ClickStart | None, dict[str, Any]]:
    """The click models of another shop's bundle, or for the report why they are no start."""
    if bundle is None:
        return None, {}
    try:
        return click_start(bundle, declared.feature_set(), generation), {}
    except Unsupported as error:
        refused = {"bundle_id": bundle.bundle_id, "why_not": error.what, "fix": error.fix}
        return None, {"no_click_start": refused}


def purchase_models(shop: Shop, tables: Tables, *, progress: Progress = no_progress) -> Learned:
    """Purchase models from purchases."""
    purchases = train_purchases(
        tables,
        events=shop.clean_events,
        products=shop.clean_products,
        progress=progress,
    )
    return Learned(purchases.parts, {"purchases": purchases.to_json()})


def next_items(
    shop: Shop, tables: Tables, generation: Generation, *, progress: Progress = no_progress
) -> Learned:
    """What visitors turn to after each product, from their sequences."""
    learned = train_next_items(
        tables,
        generation,
        events=shop.clean_events,
        products=shop.clean_products,
        threads=shop.settings().engine.threads or 2,
        progress=progress,
    )
    return Learned(learned.parts, {"next_items": learned.to_json()})


def newcomers(
    shop: Shop,
    tables: Tables,
    *,
    start: Bundle | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """The order of first pages of visitors who touched nothing yet.

    Args:
        start: A bundle of another shop, whose knowledge of basic information is where learning starts.
    """
    learned = train_newcomers(
        tables,
        events=shop.clean_events,
        products=shop.clean_products,
        seed=shop.settings().train.seed,
        start=None if start is None else bundle.open_newcomers(start),
        progress=progress,
    )
    report = learned.report | ({} if start is None else {"started_from": start.bundle_id})
    return Learned(learned.parts, {"newcomers": report})


def search_thresholds(shop: Shop, generation: Generation) -> Learned:
    """Thresholds of semantic matching, fitted on judgements."""
    consensus = consensus_grades(shop)
    fitted = fit_dense_threshold(generation, consensus.by_query, seed=shop.settings().train.seed)
    report: dict[str, Any] = {}
    if len(consensus):
        report["judgements"] = {**consensus.to_json(), "nearness": fitted.report}
        report["search"] = evaluate_search(
            generation, consensus.by_query, thresholds=fitted.thresholds
        )
    return Learned({"thresholds.json": fitted.thresholds.to_json()}, report)


def search_order(
    shop: Shop,
    generation: Generation,
    *,
    clicks: Learned,
    thresholds: Learned,
    progress: Progress = no_progress,
) -> Learned:
    """The learned relevance of searches, from judgements and clicks.

    Args:
        clicks: The click models, if there are any.
        thresholds: Those that answer sets are made with.
    """
    stored = thresholds.parts["thresholds.json"]
    learned = learn_search_order(
        generation,
        grades=consensus_grades(shop).by_query,
        thresholds=Thresholds.from_json(stored) if isinstance(stored, Mapping) else Thresholds(),
        clicks=clicks.clicks,
        out=shop.features,
        seed=shop.settings().train.seed,
        progress=progress,
    )
    return Learned(learned.parts, learned.report)


def seal(
    shop: Shop,
    learned: Sequence[Learned],
    declared: FeaturesFile,
    quality_report: QualityReport,
    *,
    index_id: str,
) -> Trained:
    """Write all models as one bundle, with the provenance of their data."""
    parts: dict[str, Part] = {
        "encoders": shop.encoders,
        "features.json": declared.feature_set().to_json(),
    }
    report: dict[str, Any] = {
        "index_id": index_id,
        "quality": {
            "rules_version": quality_report.rules_version,
            "run_id": quality_report.run_id,
            "warnings": quality_report.warnings,
        },
    }
    for part in learned:
        parts |= part.parts
        report |= part.report
    parts["report.json"] = report
    return Trained(bundle.write(shop.bundles, parts), report)
