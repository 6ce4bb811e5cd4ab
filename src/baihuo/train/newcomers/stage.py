"""The training stage for first pages: appeal beyond places, and what basic information says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.bundle import newcomer_parts
from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables, sql_file
from baihuo.evaluate import ndcg_by_query, paired_bootstrap
from baihuo.models import NewcomerOrder
from baihuo.train.learned import Learned
from baihuo.train.newcomers.appeal import shrunk_appeal
from baihuo.train.newcomers.lifts import learn_lifts
from baihuo.train.newcomers.visitors import known_visitors

_LOOKS, _FIRST_PAGES = sql_file(__file__, "looks"), sql_file(__file__, "first_pages")
_MIN_LOOKS = 1_000  # on fewer, every appeal is 1 anyway
_TEST_SHARE = (
    0.2  # of the time of impressions, the newest: what the appeal of before is compared on
)
_MIN_PAGES = 50
_OF_WHOM = {
    "new": "t.first_us is null or t.first_us >= p.at_us",
    "all": "1 = 1",
}
_MOST_PAGES = 5_000
_DEPTH = 10
_STEP = "first pages of new visitors"


def train_newcomers(
    tables: Tables,
    *,
    events: Source,
    products: Source,
    seed: int = 0,
    start: NewcomerOrder | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Learn the order of first pages; without impressions there are no parts, and the reason.

    Where popularity alone surely orders the newest pages better, nothing is released.

    Args:
        events: Clean, of :data:`baihuo.core.tables.EVENTS`.
        products: Clean, of :data:`baihuo.core.tables.PRODUCTS`.
        seed: Of folds and intervals.
        start: What another shop learned of basic information; its appeal is of other products and not used.
        progress: Called step by step.
    """
    progress(_STEP, 0, 3)
    times = tables.sql(
        "SELECT min(received_at_us) AS first_us, max(received_at_us) AS last_us FROM events",
        events=events,
    ).to_pylist()[0]
    if times["last_us"] is None:
        return Learned(report={"why_not": "there are no events"})
    end_us = int(times["last_us"]) + 1
    cut_us = int(end_us - _TEST_SHARE * (end_us - times["first_us"]))
    judged = _on_first_pages(tables, events=events, cut_us=cut_us, seed=seed)
    progress(_STEP, 1, 3)
    ids, appeal, n_looks = _appeal(tables, events=events, before_us=end_us)
    if n_looks < _MIN_LOOKS and start is None:
        return Learned(
            report={"why_not": f"{n_looks} impressions with a place, fewer than {_MIN_LOOKS}"}
        )
    if judged and judged["appeal_minus_popularity"]["high"] < 0:
        return Learned(report={"pages": judged, "why_not": "popularity alone orders them better"})
    listed = tables.sql("SELECT product_id, category FROM p", p=products)
    category_of = dict(
        zip(*(listed.column(c).to_pylist() for c in ("product_id", "category")), strict=True)
    )
    visitors = known_visitors(tables, events=events, category_of=category_of, before_us=end_us)
    order = NewcomerOrder(ids, appeal)
    mass = np.full(len(visitors.categories), 1e-9)
    popularity = _popularity(tables, events=events, before_us=end_us)
    scores = order.product_scores(
        appeal.astype(np.float64), np.array([popularity.get(p, 0.0) for p in ids.tolist()])
    )
    place = {category: i for i, category in enumerate(visitors.categories)}
    for product_id, score in zip(ids.tolist(), np.exp(scores).tolist(), strict=True):
        i = place.get(tuple((category_of.get(product_id) or "").split(" > ")), -1)
        mass[i] += score if i >= 0 else 0.0
    lifts = learn_lifts(visitors, mass, seed=seed, start=start)
    progress(_STEP, 3, 3)
    order = NewcomerOrder(
        ids,
        appeal,
        lifts.declared_log_lift,
        lifts.declared_weight,
        lifts.segment_weight,
        lifts.segments,
    )
    return Learned(newcomer_parts(order), {"pages": judged, **lifts.report})


def _appeal(
    tables: Tables, *, events: Source, before_us: int
) -> tuple[NDArray[np.object_], NDArray[np.float32], int]:
    """Products, the appeal of each, and the number of looks behind all."""
    looks = tables.sql(_LOOKS(before_us=str(before_us)), events=events)
    clicked, expected, shown = (
        looks.column(c).to_numpy().astype(np.float64) for c in ("n_clicked", "expected", "n_shown")
    )
    has_hope = expected > 0  # in places where nobody ever clicked, nothing can be expected
    ids = np.array(looks.column("product_id").to_pylist(), dtype=object)[has_hope]
    appeal = shrunk_appeal(clicked[has_hope], expected[has_hope])
    return ids, appeal.astype(np.float32), int(shown.sum())


def _popularity(tables: Tables, *, events: Source, before_us: int) -> dict[str, float]:
    """Clicks and purchases of every product, weighed as popularity weighs them when serving."""
    rows = tables.sql(
        "SELECT product_id, CAST(sum(CASE event_type WHEN 'click' THEN 1 ELSE 5 END) AS DOUBLE) AS n FROM events "
        "WHERE event_type IN ('click', 'purchase') AND product_id IS NOT NULL "
        f"AND received_at_us < {before_us} GROUP BY product_id",
        events=events,
    )
    ids, n = (rows.column(c).to_pylist() for c in ("product_id", "n"))
    return dict(zip(ids, n, strict=True))


def _on_first_pages(tables: Tables, *, events: Source, cut_us: int, seed: int) -> dict[str, Any]:
    """nDCG@10 of clicks on the newest first pages; where new visitors are too few, of a page of every visitor.

    Products of the logged page alone are ordered again, by what was known before the first of these pages. Empty where there
    are too few of either.
    """
    for visitors, of_whom in _OF_WHOM.items():
        sql = _FIRST_PAGES(cut_us=str(cut_us), most=str(_MOST_PAGES), of_whom=of_whom)
        pages = tables.sql(sql, events=events)
        found = _ordered_again(tables, pages, events=events, cut_us=cut_us)
        n = len(found["appeal"])
        if n >= _MIN_PAGES:
            ours, theirs = np.array(found["appeal"]), np.array(found["popularity"])
            return {
                "visitors": visitors,
                "n_pages": n,
                "ndcg10": {name: float(np.mean(values)) for name, values in found.items()},
                "appeal_minus_popularity": paired_bootstrap(ours, theirs, seed=seed).to_json(),
            }
    return {}


def _ordered_again(
    tables: Tables, pages: pa.Table, *, events: Source, cut_us: int
) -> dict[str, list[float]]:
    """nDCG@10 of each page with some click, by popularity and by appeal and popularity of before ``cut_us``."""
    ids, appeal, _ = _appeal(tables, events=events, before_us=cut_us)
    popularity = _popularity(tables, events=events, before_us=cut_us)
    order = NewcomerOrder(ids, appeal)
    products, page = (pages.column(c).to_pylist() for c in ("product_id", "query_id"))
    clicked = pages.column("is_clicked").to_numpy().astype(np.float64)
    popular = np.array([popularity.get(p, 0.0) for p in products], np.float64)
    scores = {
        "popularity": popular,
        "appeal": order.product_scores(order.appeal_of(products), popular),
    }
    number = np.unique(np.asarray(page, dtype=np.str_), return_inverse=True)[1]
    found: dict[str, list[float]] = {name: [] for name in scores}
    for i in range(int(number.max(initial=-1)) + 1):
        rows = np.flatnonzero(number == i)
        gains = clicked[rows]
        if 0 < gains.sum() < len(gains):
            ideal = -np.sort(-gains)[None, :_DEPTH]
            for name, score in scores.items():
                ordered = gains[np.argsort(-score[rows], kind="stable")][None, :_DEPTH]
                found[name].append(float(ndcg_by_query(ordered, k=_DEPTH, ideal=ideal)[0]))
    return found
