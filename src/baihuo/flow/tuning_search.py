"""Tunes the searches of a shop by what people judged or clicked."""

from __future__ import annotations

import json

from baihuo import bundle, index, labels, train
from baihuo.bundle import Bundle, ClickModels
from baihuo.core import NotFound, Progress, no_progress
from baihuo.evaluate import Examination
from baihuo.flow.logs import consensus_grades
from baihuo.flow.resources import engine, live_bundle, open_index
from baihuo.index import Generation, Thresholds
from baihuo.settings import Shop
from baihuo.train import SearchTuned


def tune_search(
    shop: Shop, *, minutes: float, only_look: bool = False, progress: Progress = no_progress
) -> SearchTuned:
    """train: weights and thresholds of searches, written beside the index where they are surely better.

    Args:
        minutes: for all of it.
        only_look: write nothing.

    Raises:
        NotFound: there is no index.
        BadInput: too few searches were judged or clicked, or a model's grades are damaged.
    """
    live = live_bundle(shop)
    clean = shop.clean_events
    clicked = (
        train.ClickedSearches.read(engine(shop), clean) if any(clean.glob("*.parquet")) else None
    )
    tuned = train.tune_search(
        _generation(shop),
        train.SearchEvidence(
            grades=consensus_grades(shop).by_query,
            clicked=clicked if clicked is not None and len(clicked.page) else None,
            curve=None if live is None else _curve(live),
            model=labels.read_model_grades(shop.llm),
        ),
        thresholds=Thresholds()
        if live is None
        else Thresholds.from_json(live.json("thresholds.json")),
        minutes=minutes,
        seed=shop.settings().train.seed,
        progress=progress,
    )
    report = {**tuned.report, "file": None}
    if tuned.tuning is not None and not only_look:
        report["file"] = str(index.write_tuning(shop.index, tuned.tuning))
    shop.train.mkdir(parents=True, exist_ok=True)
    (shop.train / "tune_search.json").write_text(json.dumps(report, indent=1), "utf-8")
    return SearchTuned(tuned.tuning, report)


def _generation(shop: Shop) -> Generation:
    """The live index, else the newest one."""
    live = bundle.read_live(shop.bundles) if shop.bundles.is_dir() else None
    if live is not None:
        return open_index(shop, shop.index / live.index_id)
    made = sorted(
        shop.index.glob("*/generation.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True
    )
    if not made:
        raise NotFound(f"no index in {shop.index}", fix="run: baihuo index")
    return open_index(shop, made[0].parent)


def _curve(live: Bundle) -> Examination | None:
    """How far down pages of searches are read, where the live models have learned it."""
    models = ClickModels.open(live)
    return None if models is None else models.examination.get("search")
