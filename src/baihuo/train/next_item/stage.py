"""The training stage for the next item: what visitors turn to after a product, compared on the newest steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import NextItems
from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.evaluate import list_measures, paired_bootstrap
from baihuo.index import Generation
from baihuo.models import MAX_PRODUCTS, NextItemModel, NextItemSources, Sequences
from baihuo.train.learned import Learned
from baihuo.train.next_item.learn import NextItemTraining, learn_next_item
from baihuo.train.next_item.sequences import VisitorSteps, item_texts, read_steps

K = 10
OURS = "baihuo"
_BASELINES = {"popularity": "popular", "ease": "ease_of_last", "mix": "mix"}  # system → source
_MIN_SEQUENCES, _MIN_TESTED = 200, 200  # fewer visitors, or held-back steps, show nothing
_TEST_SHARE = 0.1  # of the steps, the newest
_MAX_TESTED = 4_000  # steps: steadies recall to about ±0.01
_KEPT = 120  # next items of a product
_BATCH = 256
_DEFAULT = NextItemTraining(max_steps=2_000, longest=1, effort=0.4)
"""A product page's table knows one item of the history, so that is what its model learns from."""


def train_next_items(
    tables: Tables,
    generation: Generation,
    *,
    events: Source,
    products: Source,
    training: NextItemTraining = _DEFAULT,
    threads: int = 2,
    progress: Progress = no_progress,
) -> Learned:
    """Learn what comes after every product of the index; too few visitors give no parts, and the reason.

    The order is learned without the newest steps and compared on them; that order is released, over sources fitted on all
    steps. Where the plain mix surely beats it, nothing is. A catalogue of more than ``MAX_PRODUCTS`` takes part
    with the products that visitors turned to most.

    Args:
        tables: The engine.
        generation: The index, built from ``products``.
        events: Clean, of :data:`baihuo.core.tables.EVENTS`.
        products: Clean, of :data:`baihuo.core.tables.PRODUCTS`.
        training: Sizes.
        threads: For boosting.
        progress: Called fold by fold.
    """
    steps = read_steps(tables, generation, events=events, products=products)
    rows = np.arange(steps.n_items)
    if steps.n_items > MAX_PRODUCTS:
        count = np.bincount(steps.item, minlength=steps.n_items)
        rows = np.sort(np.argsort(-count, kind="stable")[:MAX_PRODUCTS])
        steps = steps.with_items(rows)
    cut_us = int(np.quantile(steps.at_us, 1 - _TEST_SHARE)) if len(steps.at_us) else 0
    known, tested = steps.before(cut_us), steps.pairs_since(cut_us)
    if len(known) < _MIN_SEQUENCES or len(tested[0]) < _MIN_TESTED:
        return Learned(
            report={
                "judged": [],
                "why_not": f"{len(known)} visitors with two products and {len(tested[0])} newer steps, fewer than "
                f"{_MIN_SEQUENCES} and {_MIN_TESTED}",
            }
        )
    texts = item_texts(generation, rows)
    model = learn_next_item(known, texts, training=training, threads=threads, progress=progress)
    judged = _judged(model, tested, seed=training.seed)
    if judged[-1]["vs"]["mix"]["high"] < 0:
        return Learned(
            report={"judged": judged, "why_not": "the plain mix of its sources is better"}
        )
    sources = NextItemSources.fit(steps.before(int(steps.at_us.max()) + 1), texts)
    served = _table(NextItemModel(sources, model.ranker), steps, progress)
    return Learned(served.parts(), {"judged": judged})


def _judged(
    model: NextItemModel,
    tested: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]],
    *,
    seed: int,
) -> list[dict[str, Any]]:
    """Recall and nDCG at 10 of every system over the whole catalogue, ours last with the paired differences in recall."""
    before, came, visitor = tested
    counts = np.rint(np.expm1(model.sources.popular)).astype(np.int64)
    if len(came) > _MAX_TESTED:
        rng = np.random.default_rng(seed)
        drawn = np.sort(rng.choice(len(came), _MAX_TESTED, replace=False))
        before, came, visitor = before[drawn], came[drawn], visitor[drawn]
    places: dict[str, list[NDArray[np.int64]]] = {name: [] for name in (*_BASELINES, OURS)}
    tops: dict[str, list[NDArray[np.int64]]] = {name: [] for name in places}
    for start in range(0, len(came), _BATCH):
        wanted = came[start : start + _BATCH]
        histories = _alone(before[start : start + _BATCH], len(model.sources.popular))
        by_source = model.sources.say(histories)
        for name, source in _BASELINES.items():
            # Equal scores are ordered by popularity, which is what one would do.
            by_popularity = by_source[source].astype(np.float64) + 1e-9 * by_source["popular"]
            places[name].append(_places(by_popularity, wanted))
            tops[name].append(_best(by_popularity))
        ours = model.scores(histories)
        places[OURS].append(_places(ours, wanted))
        tops[OURS].append(_best(ours))
    place = {name: np.concatenate(parts) for name, parts in places.items()}
    hits = {name: (at <= K).astype(np.float64) for name, at in place.items()}
    lines: list[dict[str, Any]] = []
    for name, at in place.items():
        gains = np.where(at <= K, 1 / np.log2(at + 1.0), 0.0)
        recall, ndcg = float(hits[name].mean()), float(gains.mean())
        top = np.concatenate(tops[name])
        lists = list_measures(
            top,
            top == came[:, None],
            np.ones(len(at), dtype=bool),
            n_knew=counts,
            n_visitors=max(1, int(counts.sum())),  # steps: who took them is not known here
            clusters=visitor,
            seed=seed,
        )
        measured = {measure: one.to_json() for measure, one in lists.items()}
        lines.append(
            {
                "system": name,
                "recall10": recall,
                "ndcg10": ndcg,
                "n": len(at),
                "lists": measured,
            }
        )
    lines[-1]["vs"] = {
        other: paired_bootstrap(hits[OURS], hits[other], seed=seed, clusters=visitor).to_json()
        for other in _BASELINES
    }
    return lines


def _best(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """``[rows, K]``, the items with the highest scores, best first."""
    k = min(K, scores.shape[1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(best, order, axis=1), dtype=np.int64)


def _places(scores: NDArray[np.float64], came: NDArray[np.int32]) -> NDArray[np.int64]:
    """``[rows]``, 1 for the top: how many stand not below the item that came."""
    own = scores[np.arange(len(came)), came]
    return np.asarray((scores >= own[:, None]).sum(axis=1), dtype=np.int64)


def _table(model: NextItemModel, steps: VisitorSteps, progress: Progress) -> NextItems:
    """The best next items of every product, itself left out."""
    n = steps.n_items
    k = min(_KEPT, n - 1)
    after = np.empty((n, k), np.int32)
    for start in range(0, n, _BATCH):
        progress("next item: every product", start, n)
        items = np.arange(start, min(start + _BATCH, n), dtype=np.int32)
        scores = model.scores(_alone(items, n))
        scores[np.arange(len(items)), items] = -np.inf
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        after[items] = np.take_along_axis(best, order, axis=1)
    progress("next item: every product", n, n)
    return NextItems(steps.product_ids, after)


def _alone(items: NDArray[np.int32], n_items: int) -> Sequences:
    """Histories of one item each."""
    return Sequences(items, np.arange(len(items) + 1, dtype=np.int64), n_items)
