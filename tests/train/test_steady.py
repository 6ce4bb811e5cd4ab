"""An update goes from one model to another for a reason, not for the luck of ninety validation pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from baihuo.train.clicks.fit import mean_ndcg, steady_order

from .test_slices import COLUMNS, Log, Odds, clicks_of


def chosen(seed: int, others: Odds, n_pages: int = 90) -> tuple[str, str]:
    """What the best of the validation is, and what orders then; ``both`` ordered before."""
    rows = Log.draw(seed, 60, n_pages).rows
    models = {**clicks_of(Odds(noise=0.5)).models, "other": others}
    ndcg = {
        name: mean_ndcg(rows, model.scores(rows.matrix[:, : len(COLUMNS)]))
        for name, model in models.items()
    }
    best = max(ndcg, key=lambda name: ndcg[name])
    clicks = replace(clicks_of(Odds()), models=models, order_by={"home": best})
    return best, steady_order(clicks, {"home": "both"}, rows)["home"]


def test_a_model_that_is_as_good_seldom_takes_over_and_a_better_one_does() -> None:
    equal = [chosen(seed, Odds(noise=-0.5)) for seed in range(60)]
    n_lucky = sum(best == "other" for best, _ in equal)
    n_changed = sum(order == "other" for _, order in equal)
    assert n_lucky > 20, "by luck alone about half"
    assert n_changed < 0.5 * n_lucky
    better = [chosen(seed, Odds(noise=0.0), n_pages=400)[1] for seed in range(20)]
    assert better.count("other") >= 18


def test_what_is_no_longer_there_or_never_ordered_is_not_kept() -> None:
    rows = Log.draw(1).rows
    clicks = clicks_of(Odds())
    assert steady_order(clicks, {"home": "gone"}, rows) == {"home": "both"}
    assert steady_order(clicks, {}, rows) == {"home": "both"}
    assert np.isfinite(mean_ndcg(rows, clicks.models["both"].scores(rows.matrix)))
