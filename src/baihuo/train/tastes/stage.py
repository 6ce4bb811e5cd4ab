"""The training stage for visitors' tastes: parameters from a sample of visitors, judged on newer home pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.bundle import ClickModels, taste_parts
from baihuo.core import Surface
from baihuo.engine import Source, Tables, sql_file
from baihuo.evaluate import ndcg_by_group, paired_bootstrap
from baihuo.features import SEEN, is_kind_sql, window_of, window_start_us
from baihuo.index import Generation
from baihuo.model_inputs import Traits, index_rows, seen_by
from baihuo.models import TASTE_WEIGHT, Predictions, Seen, Tastes, fit_tastes
from baihuo.train.clicks.data import ClickData
from baihuo.train.learned import Learned

_SEEN = sql_file(__file__, "seen")
_MOST_VISITORS = 4_000  # for some forty parameters
_MOST_CELLS = 4_000_000  # visitors times categories and brands: some hundred MB
_MIN_VISITORS = 100
_DEPTH = 10


def train_tastes(
    tables: Tables,
    generation: Generation,
    *,
    events: Source,
    data: ClickData,
    models: ClickModels,
    seed: int = 0,
) -> Learned:
    """Learn how tastes show, from what was received before the pages that test click models.

    Where they surely make home pages worse, there are no parts, and the reason.

    Args:
        events: Clean, of :data:`baihuo.core.tables.EVENTS`.
        data, models: The click models, and what they were trained on.
    """
    before_us = data.split.test_from_us
    traits = Traits(generation)
    n_groups = len(traits.category_names) + traits.n_brands + 2
    most_visitors = max(_MIN_VISITORS, min(_MOST_VISITORS, _MOST_CELLS // n_groups))
    sample = tables.sql(
        "SELECT visitor_id FROM (SELECT DISTINCT visitor_id FROM events WHERE event_type = 'click' "
        f"AND received_at_us < {before_us}) AS v ORDER BY md5(visitor_id) LIMIT {most_visitors}",
        events=events,
    )
    if len(sample) < _MIN_VISITORS:
        return Learned(
            report={"why_not": f"{len(sample)} visitors clicked, fewer than {_MIN_VISITORS}"}
        )
    seen, number = _seen(tables, traits, generation, sample, events, before_us)
    tastes = fit_tastes(
        seen,
        category_names=traits.category_names,
        category=traits.category,
        brand=traits.brand,
        n_visitors=len(number),
        n_brands=traits.n_brands,
    )
    judged = _judged(tables, traits, generation, tastes, events, data, models, seed, most_visitors)
    report = {"n_visitors": len(number), "factors": _factors(tastes), **judged}
    if judged and judged["gain"]["high"] < 0:
        return Learned(report={**report, "why_not": "home pages are better without them"})
    return Learned(taste_parts(tastes), report)


def _seen(
    tables: Tables,
    traits: Traits,
    generation: Generation,
    visitors: pa.Table,
    events: Source,
    before_us: int,
) -> tuple[Seen, dict[str, int]]:
    """What these visitors saw in the weeks before a moment, as serving counts it, and the number of each."""
    window = window_of(SEEN[0])
    assert window is not None
    sums = ", ".join(
        f"sum(CASE WHEN {is_kind_sql(one.events[0])} THEN 1 ELSE 0 END) AS n{i}"
        for i, one in enumerate(SEEN)
    )
    since_us = window_start_us(window, before_us)
    sql = _SEEN(sums=sums, since_us=str(since_us), before_us=str(before_us))
    counted = tables.sql(sql, events=events, visitors=visitors)
    rows = index_rows(generation, counted.column("product_id"))
    is_sold = rows >= 0
    ids = counted.column("visitor_id").to_pylist()
    number = {visitor_id: i for i, visitor_id in enumerate(dict.fromkeys(ids))}
    visitor = np.array([number[visitor_id] for visitor_id in ids], np.int64)
    counts = np.stack(
        [counted.column(f"n{i}").to_numpy().astype(np.float64) for i in range(len(SEEN))], axis=1
    )
    seen = seen_by(visitor[is_sold], traits.of(rows[is_sold]), counts[is_sold])
    return seen, number


def _judged(
    tables: Tables,
    traits: Traits,
    generation: Generation,
    tastes: Tastes,
    events: Source,
    data: ClickData,
    models: ClickModels,
    seed: int,
    most_visitors: int,
) -> dict[str, Any]:
    """nDCG@10 of newer home pages with some click, with and without the tastes of before; empty without such pages."""
    is_tested = data.part("test") & (data.rows.surface == Surface.HOME)
    visitors = np.random.default_rng(seed).permutation(np.unique(data.rows.visitor[is_tested]))
    is_tested &= np.isin(data.rows.visitor, visitors[:most_visitors])
    rows, index = data.rows.take(is_tested), data.index_rows[is_tested]
    if not len(index) or not rows.clicks.any():
        return {}
    predictions = Predictions(models.models, rows.at_top(models.columns), models.columns)
    plain = predictions.of(models.scored_by(Surface.HOME)).scores
    ids = data.examples.column("visitor_id").filter(pa.array(is_tested)).to_pylist()
    known = pa.table({"visitor_id": sorted(set(ids))})
    seen, number = _seen(tables, traits, generation, known, events, data.split.test_from_us)
    liked = np.zeros(len(index))  # of who saw nothing before: everything is the same
    interests = tastes.interests(seen, traits.assortment(tastes), n_visitors=len(number))
    visitor = np.array([number.get(visitor_id, -1) for visitor_id in ids])
    of = visitor >= 0
    liked[of] = interests.log_factors(visitor[of], *traits.of(index[of])).sum(axis=0)
    by_page = [
        ndcg_by_group(rows.earned(), scores, rows.page, k=_DEPTH)
        for scores in (plain, plain + TASTE_WEIGHT * liked)
    ]
    _, first = np.unique(rows.page, return_index=True)
    gain = paired_bootstrap(by_page[1], by_page[0], seed=seed, clusters=rows.visitor[first])
    return {
        "n_pages": int((~np.isnan(by_page[0])).sum()),
        "ndcg10": {
            name: float(np.nanmean(of))
            for name, of in zip(("without", "with"), by_page, strict=True)
        },
        "gain": gain.to_json(),
    }


def _factors(tastes: Tastes) -> dict[str, list[float]]:
    """How often classes of interest are clicked, searched for and carted, relative to what is usual."""
    names = ("category", "searched", "carted", "category_prior", "brand")
    factors: dict[str, NDArray[np.float64]] = {name: getattr(tastes, name) for name in names}
    return {name: [round(one, 3) for one in of.tolist()] for name, of in factors.items()}
