"""``baihuo tune model``: from a shop's pages to the settings of a click model that order newer pages best."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.core import BadInput, Progress, no_progress
from baihuo.evaluate import log_loss, ndcg_by_group
from baihuo.model_inputs import AT_SERVING
from baihuo.models import Examples, FitContext, ModelSpec, models_of
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import DEPTH
from baihuo.train.tables.measures import is_better_high
from baihuo.train.tuning.settings import Range, TuneSettings
from baihuo.train.tuning.space import Space, as_dict
from baihuo.train.tuning.stage import TRIALS_FILE, check_installed, searched, tuning_folder

_FIXED = {"seed": "it is train.seed of the shop", "threads": "it is engine.threads of the shop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTuning:
    """Which click model to tune, and how."""

    model: str
    out: Path
    tuning: TuneSettings  # its space is of this model's settings; empty: that of the model
    settings: Mapping[str, Any]  # of the shop, for this model
    seed: int
    threads: int
    restart: bool = False


def tune_model(
    job: ModelTuning,
    data: Callable[[], ClickData],
    *,
    progress: Progress = no_progress,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Search, and write the files of :func:`~baihuo.train.tuning.stage.tune_table`; the report.

    Args:
        data: The shop's pages; called once the settings are known to be right.

    Raises:
        BadInput: no such model, nothing of it can be set, or a space that cannot be used; as ``tune_table``.
        Conflict, Unsupported: as ``tune_table``; too few pages or clicks.
    """
    started_at = time.monotonic()
    check_installed()
    specs = {spec.name: spec for spec in models_of("clicks") if is_dataclass(spec.settings)}
    if job.model not in specs:
        raise BadInput(f"no click model {job.model} can be tuned", fix=f"one of {', '.join(specs)}")
    spec = specs[job.model]
    ranges = job.tuning.space or {n: Range.model_validate(r) for n, r in spec.searched.items()}
    base = Space(spec.settings(), {}).settings(job.settings)  # type: ignore[misc]
    space = Space.checked(base, ranges, _FIXED, set_with="shop.yaml")
    measure = "ndcg" if job.tuning.measure == "auto" else job.tuning.measure
    if measure not in ("ndcg", "log_loss"):
        raise BadInput(f"of pages there is no {measure}", fix="one of ndcg, log_loss")
    with tuning_folder(job.out, restart=job.restart):
        from baihuo.train.tuning.search import Search

        pages = data()
        train, newer = (
            pages.rows.take(pages.part(part)).examples(pages.columns)
            for part in ("train", "validation")
        )
        search = Search(
            file=job.out / TRIALS_FILE,
            space=space,
            tuning=job.tuning,
            objective=ModelObjective(train, newer, spec, job.seed, job.threads),
            measure=measure,
            is_better_high=is_better_high(measure),
            about={
                "model": job.model,
                "settings": dict(job.settings),
                "pages": pages.split.to_json(),
            },
            seed=job.seed,
        )
        return searched(
            search,
            started_at=started_at,
            sections=["train", "models", job.model],
            command=["baihuo", "train"],
            progress=progress,
            say=say,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ModelObjective:
    """Fits a registered model to examples, and measures it on newer ones, as served."""

    train: Examples
    newer: Examples
    spec: ModelSpec
    seed: int
    threads: int

    def __call__(
        self,
        settings: Any,
        report: Callable[[int, float], None],
        check_time: Callable[[], None],
    ) -> dict[str, float]:
        """nDCG@10 of pages where something happened, and log-loss where it gives probabilities."""
        context = FitContext(
            seed=self.seed,
            threads=self.threads,
            settings={n: v for n, v in as_dict(settings).items() if n not in _FIXED},
            at_serving=AT_SERVING,
            progress=lambda *_: check_time(),
        )
        newer = self.newer
        found = self.spec.fit(self.train, newer, context).predict(newer.as_served(AT_SERVING))
        earned = np.exp2(newer.gains.astype(np.float64)) - 1
        ndcg = ndcg_by_group(earned, found.scores, newer.group, k=DEPTH)
        measures = {"ndcg": float(np.nanmean(ndcg))}
        if found.probabilities is not None:
            measures["log_loss"] = log_loss(found.probabilities, newer.labels)
        return measures
