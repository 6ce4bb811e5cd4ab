"""``baihuo features``: the columns, and the gain from each line of the file."""

from __future__ import annotations

import json
from pathlib import Path

from baihuo import flow
from baihuo.core import Progress, no_progress
from baihuo.engine import written_whole
from baihuo.features import example_features
from baihuo.model_inputs import click_columns
from baihuo.quality import QualityReport
from baihuo.settings import Shop
from baihuo.train import ClickSource, ClickTraining, FeatureReport, click_data, feature_report


def column_names(shop: Shop) -> list[str]:
    """Every column that the click models of this shop may read, in order."""
    declared = flow.declared_features(shop)
    return [
        *click_columns(declared.feature_set()),
        *(c for line in declared.transforms for c in line.columns()),
    ]


def make_feature_report(
    shop: Shop, *, n_seeds: int = 3, progress: Progress = no_progress
) -> tuple[FeatureReport, Path]:
    """Train with and without each line of ``features.yaml``; if it has none, each line of the default file.

    Returns:
        The report, and the JSON file it is written to, ``4-train/features.json``.

    Raises:
        QualityStop: the data failed its checks.
        Unsupported: too few clicks to measure.
    """
    QualityReport.load(shop.quality_report).raise_if_stopped()
    settings, declared = shop.settings(), flow.declared_features(shop)
    file = declared.model_copy(update={"select": None}) if declared.features else example_features()
    config = ClickTraining(
        attribution_minutes=settings.train.attribution_minutes,
        min_test_clicks=settings.train.min_test_clicks,
        seed=settings.train.seed,
        threads=settings.engine.threads or 2,
    )
    generation = flow.open_index(shop, flow.make_index(shop, progress=progress))
    source = ClickSource(
        tables=flow.engine(shop),
        events=shop.clean_events,
        products=shop.clean_products,
        generation=generation,
    )
    data = click_data(
        source,
        out=shop.features / "report",
        declared=file,
        config=config,
        progress=progress,
    )
    report = feature_report(data, file, config=config, n_seeds=n_seeds, progress=progress)
    out = shop.train / "features.json"
    with written_whole(out) as part:
        part.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    return report, out
