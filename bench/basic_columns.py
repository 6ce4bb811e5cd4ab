"""Do click models order better when they know basic information of visitors: declared interests, platform, language, region, referrer?

    python bench/basic_columns.py                     two sample shops that nothing was chosen on
    python bench/basic_columns.py --seeds 5 --events 60000

On a sample shop, click models are trained with the columns of `baihuo train`, and again with four more (see suites/newcomers/basic_columns.py). The newest
fifth of the pages tests. One JSON line a shop and group of rows:

all, new, declared   every visitor; who clicked nothing in 28 days before the page; of these, who had declared interests
auc, log_loss        of P(click) at the position each had, by the network, not calibrated
ndcg10               of outcomes, by trees and network together
gain                 with the columns minus without, paired, bootstrap over visitors, 95%
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import auc, ndcg_by_group, paired_bootstrap
from baihuo.model_inputs import AT_SERVING
from baihuo.models import Examples, FitContext, Predictions, fit_models
from suites.newcomers.basic_columns import COLUMNS, basic_columns
from suites.position.shops import LoggedShop
from suites.shared.measure import emit

Floats = NDArray[np.float64]
_BY, _P_BY = "both", "network"


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--seeds", default="9101,9103", help="of the shops")
    ask_for.add_argument("--products", type=int, default=1_500)
    ask_for.add_argument("--events", type=int, default=120_000)
    ask_for.add_argument("--work", type=Path, help="keep the shops here, and use those there")
    given = ask_for.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-basics-") as folder:
        for seed in (int(one) for one in given.seeds.split(",")):
            print(f"sample shop {seed}", file=sys.stderr, flush=True)
            at = (given.work or Path(folder)) / f"{seed}-{given.products}-{given.events}"
            shop = LoggedShop.made(
                at,
                click_model="mixed",
                seed=seed,
                n_products=given.products,
                n_events=given.events,
            )
            more = basic_columns(shop, at)
            without = _tested(shop, shop.matrix, shop.columns)
            with_basics = _tested(
                shop, np.concatenate([shop.matrix, more], axis=1), (*shop.columns, *COLUMNS)
            )
            _report(shop, more, without, with_basics, seed=seed)


def _tested(
    shop: LoggedShop, matrix: NDArray[np.float32], columns: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """P(click) and scores of the tested rows."""

    def examples(part: int) -> Examples:
        rows = shop.part == part
        return Examples(columns, matrix[rows], shop.clicks[rows], shop.gains[rows], shop.page[rows])

    context = FitContext(seed=1, at_serving=AT_SERVING)
    fitted = fit_models("clicks", examples(0), examples(1), context, settings={})
    tested = examples(2)
    scores = Predictions(fitted, tested.as_served(AT_SERVING), columns).of(_BY).scores
    p = Predictions(fitted, tested.matrix, columns).of(_P_BY).probabilities
    if p is None:
        raise SystemExit(f"{_P_BY} claims no probability")
    return p, scores


def _report(
    shop: LoggedShop,
    more: NDArray[np.float32],
    without: tuple[Floats, Floats],
    with_basics: tuple[Floats, Floats],
    *,
    seed: int,
) -> None:
    tested = shop.part == 2
    clicked_before = shop.matrix[tested, shop.columns.index("visitor_clicks_28d")]
    has_declared = ~np.isnan(more[tested, 0])
    ids = np.array(shop.examples.column("visitor_id").to_pylist(), np.str_)[tested]
    visitor = np.unique(ids, return_inverse=True)[1]
    groups = {
        "all": np.ones(len(ids), np.bool_),
        "new": clicked_before == 0,
        "declared": (clicked_before == 0) & has_declared,
    }
    clicks, earned = shop.clicks[tested], 2.0 ** shop.gains[tested] - 1.0
    for name, rows in groups.items():
        lines, losses, ndcg = {}, [], []
        page = shop.page[tested][rows]
        for way, (p, scores) in (("without", without), ("with", with_basics)):
            sure = np.clip(p[rows], 1e-7, 1 - 1e-7)
            losses.append(-np.where(clicks[rows] > 0, np.log(sure), np.log1p(-sure)))
            ndcg.append(ndcg_by_group(earned[rows], scores[rows], page, k=10))
            lines[way] = {
                "auc": round(auc(p[rows], clicks[rows]), 4),
                "log_loss": round(float(losses[-1].mean()), 4),
                "ndcg10": round(float(np.nanmean(ndcg[-1])), 4),
            }
        first = np.unique(page, return_index=True)[1]
        of_rows = visitor[rows]
        gain = {
            "log_loss": _interval(losses[1], losses[0], of_rows),
            "ndcg10": _interval(ndcg[1], ndcg[0], of_rows[first]),
        }
        n = {"n": int(rows.sum()), "n_pages": len(first), "n_visitors": len(set(of_rows.tolist()))}
        emit(seed=seed, rows=name, **lines, gain=gain, **n)


def _interval(ours: Floats, theirs: Floats, visitors: NDArray[np.int64]) -> list[float]:
    """Mid, low, high."""
    gain = paired_bootstrap(ours, theirs, seed=1, clusters=visitors).to_json()
    return [round(gain[name], 4) for name in ("mid", "low", "high")]


if __name__ == "__main__":
    main()
