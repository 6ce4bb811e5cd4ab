"""The training stage for purchases: rankers are evaluated on the newest weeks; candidate features use all weeks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from baihuo.bundle import Purchases
from baihuo.core import EventType, Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.models import (
    DISCOVER_MODE,
    HOME_MODE,
    MAX_PRODUCTS,
    Baskets,
    CandidateFeatures,
    ChosenModel,
    Neighbours,
    PairLift,
    ProductTitles,
    PurchaseModel,
)
from baihuo.train.learned import Learned
from baihuo.train.purchases.baskets import NamedBaskets, read_baskets
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases
from baihuo.train.purchases.report import SystemResult, evaluate_purchases

_MIN_LINES = 500  # fewer purchases than this train and evaluate nothing
_MAX_EVALUATED = 2_000  # visitors: steadies recall to about ±0.01
_DEFAULT = PurchaseTraining()


def train_purchases(
    tables: Tables,
    *,
    events: Source,
    products: Source,
    at_us: int | None = None,
    training: PurchaseTraining = _DEFAULT,
    threads: int = 2,
    progress: Progress = no_progress,
) -> Learned:
    """Learn what visitors buy next from clean events; nothing to learn gives no parts.

    The rankers are trained without the newest label window and evaluated on it, and those rankers
    are released, over candidate features from all purchases. A ranker that a baseline beats with confidence is
    left out. Only products with a purchase (or, in a shop without any, a click) are in it.

    Args:
        tables: The engine.
        events: Clean, of :data:`baihuo.core.tables.EVENTS`.
        products: Clean, of :data:`baihuo.core.tables.PRODUCTS`.
        at_us: Now; None: just after the last purchase.
        training: Windows and sizes.
        threads: For boosting.
        progress: Called window by window.
    """
    clicked = read_baskets(tables, events=events, products=products, event_type=EventType.CLICK)
    named = read_baskets(tables, events=events, products=products).purchased_only(
        max_products=MAX_PRODUCTS
    )
    if not len(named.baskets) and len(clicked.baskets):
        named = _as_unbought(clicked.purchased_only(max_products=MAX_PRODUCTS))
    if not len(named.product_ids):
        return Learned(report={"n_lines": 0, "judged": []})
    lines = named.baskets
    newest_us = int(lines.at_us.max()) if len(lines) else int(clicked.baskets.at_us.max())
    now_us = newest_us + 1 if at_us is None else at_us
    results, rankers = _evaluated(named, now_us, training, threads, progress)
    candidate_features = CandidateFeatures.fit(
        lines, at_us=now_us, titles=ProductTitles.of(named.titles)
    )
    learned = Purchases(
        PurchaseModel(candidate_features, rankers),
        named.product_ids,
        _clicked_together(clicked, named, now_us),
        PairLift.fit(lines, at_us=now_us, kinds=named.leaf_numbers).neighbours,
    )
    report = {"n_lines": len(lines), "judged": [result.to_json() for result in results]}
    return Learned(learned.parts(), report)


def _evaluated(
    named: NamedBaskets,
    now_us: int,
    training: PurchaseTraining,
    threads: int,
    progress: Progress,
) -> tuple[list[SystemResult], dict[str, ChosenModel]]:
    """How a model without the newest weeks did on them, and its rankers that no baseline beat."""
    lines = named.baskets
    if len(lines) < _MIN_LINES:
        return [], {}
    cut_us = now_us - training.window_us(int(lines.at_us.min()), now_us)
    truth = lines.between(cut_us, now_us)
    if not len(np.intersect1d(lines.before(cut_us).visitor, truth.visitor)):
        return [], {}  # nobody came back: nothing to evaluate
    model = learn_purchases(
        lines,
        at_us=cut_us,
        titles=named.titles,
        training=training,
        threads=threads,
        progress=progress,
    )
    progress("purchases: judging", 0, 1)
    results = evaluate_purchases(
        model, lines, truth, at_us=cut_us, max_visitors=_MAX_EVALUATED, kinds=named.kinds
    )
    progress("purchases: judging", 1, 1)
    beaten_modes = {
        ours.mode
        for ours in results
        if ours.vs is not None and any(other["high"] < 0 for other in ours.vs.values())
    }
    mode_of = {HOME_MODE: "all", DISCOVER_MODE: "new"}
    kept = {m: ranker for m, ranker in model.rankers.items() if mode_of[m] not in beaten_modes}
    return results, kept


def _as_unbought(clicked: NamedBaskets) -> NamedBaskets:
    """The products of clicks with no purchases: a shop that only logs clicks so far."""
    none = clicked.baskets.take(np.zeros(len(clicked.baskets), dtype=bool))
    return replace(clicked, baskets=none)


def _clicked_together(clicked: NamedBaskets, named: NamedBaskets, at_us: int) -> Neighbours | None:
    """Products clicked in one visit, in the numbers of ``named``."""
    if not len(clicked.baskets):
        return None
    number = {p: i for i, p in enumerate(named.product_ids.tolist())}
    new = np.array([number.get(p, -1) for p in clicked.product_ids.tolist()], dtype=np.int32)
    lines = clicked.baskets.take(new[clicked.baskets.product] >= 0)
    renamed = Baskets(
        lines.visitor,
        new[lines.product],
        lines.order,
        lines.at_us,
        lines.quantity,
        lines.price,
        lines.n_visitors,
        len(named.product_ids),
    )
    return PairLift.fit(renamed, at_us=at_us, half_life_days=30).neighbours
