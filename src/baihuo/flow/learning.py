"""What one training puts into a bundle, a kind of model each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baihuo import bundle
from baihuo.bundle import Bundle, Part
from baihuo.core import Unsupported
from baihuo.core.progress import Progress, silent
from baihuo.engine import Tables
from baihuo.features.spec.file import FeaturesFile
from baihuo.flow.logs import consensus_grades, served_pages
from baihuo.flow.resources import live_bundle
from baihuo.index import Generation
from baihuo.quality import QualityReport
from baihuo.settings import Shop
from baihuo.train import (
    ClickSource,
    ClickTrainer,
    ClickTraining,
    evaluate_search,
    fit_dense_threshold,
    train_purchases,
)


@dataclass(frozen=True, slots=True)
class Trained:
    """A sealed bundle, and how it did beside its baselines."""

    bundle_id: str
    report: dict[str, Any]  # the bundle's report.json


@dataclass(frozen=True, slots=True)
class Learned:
    """What one kind of model adds to a bundle, and to its report."""

    parts: dict[str, Part]
    report: dict[str, Any]


def click_models(
    shop: Shop,
    tables: Tables,
    generation: Generation,
    declared: FeaturesFile,
    checked: QualityReport,
    *,
    continued: Bundle | None = None,
    progress: Progress = silent,
) -> Learned:
    """Click models from impressions; where they are too few, the report says why there are none.

    Args:
        continued: Go on from the weights of this bundle.
    """
    said = shop.settings()
    run = shop.train / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    asked = ClickTraining(
        attribution_minutes=said.train.attribution_minutes,
        min_test_clicks=said.train.min_test_clicks,
        seed=said.train.seed,
        threads=said.engine.threads or 2,
    )
    trainer = ClickTrainer(
        source=ClickSource(
            tables=tables,
            events=shop.clean_events,
            products=shop.clean_products,
            generation=generation,
            served=served_pages(shop),
        ),
        out=shop.features,
        run=run,
        live=live_bundle(shop),
        config=asked,
        progress=progress,
    )
    try:
        if continued is None:
            clicks = trainer.train(checked, declared=declared)
        else:
            clicks = trainer.update(checked, continued)
    except Unsupported as why:
        return Learned({}, {"no_clicks": why.what})
    return Learned(clicks.parts, {"clicks": clicks.report})


def purchase_models(shop: Shop, tables: Tables, *, progress: Progress = silent) -> Learned:
    """Purchase models from purchases."""
    purchases = train_purchases(
        tables,
        events=shop.clean_events,
        products=shop.clean_products,
        progress=progress,
    )
    return Learned(purchases.parts, {"purchases": purchases.to_json()})


def search_thresholds(shop: Shop, generation: Generation) -> Learned:
    """How near vectors must be to words to be found, from what people judged."""
    judged = consensus_grades(shop)
    nearness = fit_dense_threshold(generation, judged.by_query, seed=shop.settings().train.seed)
    report: dict[str, Any] = {}
    if len(judged):
        report["judgements"] = {**judged.to_json(), "nearness": nearness.report}
        report["search"] = evaluate_search(
            generation, judged.by_query, thresholds=nearness.thresholds
        )
    return Learned({"thresholds.json": nearness.thresholds.to_json()}, report)


def seal(
    shop: Shop,
    learned: Sequence[Learned],
    declared: FeaturesFile,
    checked: QualityReport,
    *,
    index_id: str,
) -> Trained:
    """Everything learned as one bundle, with what it was learned from."""
    parts: dict[str, Part] = {
        "encoders": shop.encoders,
        "features.json": declared.feature_set().to_json(),
    }
    report: dict[str, Any] = {
        "index_id": index_id,
        "quality": {
            "rules_version": checked.rules_version,
            "run_id": checked.run_id,
            "warnings": checked.warnings,
        },
    }
    for one in learned:
        parts |= one.parts
        report |= one.report
    parts["report.json"] = report
    return Trained(bundle.write(shop.bundles, parts), report)
