"""Grades by a generative model, as far as it agrees with people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from baihuo import labels
from baihuo.core import BadInput, NotFound, Product, Progress, no_progress
from baihuo.flow.generating import Generated, ask_model
from baihuo.flow.logs import consensus_grades
from baihuo.flow.resources import catalogue_of, engine, open_newest_index
from baihuo.llm import Asked, GradeTask
from baihuo.settings import Shop

_SEED = 11


def grade(
    shop: Shop, *, most_judged: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Grades of pairs that nobody judged, by a model that was held against people on those they did.

    The pairs are the first results of frequent and judged searches. Without enough agreement nothing is graded, and the
    counts say how far model and people agree.

    Raises:
        NotFound: no judgement, no index, or no model.
        BadInput: people graded all pairs alike.
    """
    consensus = consensus_grades(shop)
    generation = open_newest_index(shop)
    products = {p.product_id: p for p in catalogue_of(shop)}
    judged = [
        (str(q), str(p), int(g))
        for q, p, g in zip(
            consensus.ratings.queries, consensus.ratings.products, consensus.grades, strict=True
        )
        if p in products
    ][:most_judged]
    if not judged:
        raise NotFound(
            "nobody has judged a product of this catalogue yet",
            fix="run: baihuo label next --rater NAME; a model is only believed where people agree with it",
        )
    pool = labels.make_pool(
        generation,
        [
            *labels.frequent_queries(engine(shop), shop.clean_events),
            *dict.fromkeys(q for q, _, _ in judged),
        ],
        progress=progress,
    )
    known = {(q, p) for q, p, _ in judged}
    unjudged = [
        (str(q), str(p))
        for q, p in zip(pool.queries, pool.products, strict=True)
        if (q, p) not in known and p in products
    ]
    pairs = [(q, products[p]) for q, p in [*((q, p) for q, p, _ in judged), *unjudged]]
    asked, identity = ask_model(shop, GradeTask(), pairs, progress=progress)
    return _calibrated(asked, judged, identity, shop)


def _alike(n_known: int, n_judged: int) -> BadInput:
    """The error where grades of people cannot say how good the model is."""
    if not n_known:
        return BadInput(
            f"the model graded none of the {n_judged:,} pairs that people judged",
            fix="give it more time: llm.minutes in shop.yaml; answers so far are kept",
        )
    return BadInput(
        f"people graded all of the {n_known:,} pairs that the model graded too alike, so no agreement can be measured",
        fix="judge some that fit and some that do not: baihuo label next --rater NAME; or a larger --most or llm.minutes",
    )


def _calibrated(
    asked: Asked[tuple[str, Product], float],
    judged: Sequence[tuple[str, str, int]],
    identity: str,
    shop: Shop,
) -> Generated:
    odds = {(q, p.product_id): value for (q, p), value in asked.results}
    known = [(q, p, g) for q, p, g in judged if (q, p) in odds]
    if len({g >= labels.RELEVANT for _, _, g in known}) < 2:
        raise _alike(len(known), len(judged))
    judged_pairs = {(q, p) for q, p, _ in known}
    others = [pair for pair in odds if pair not in judged_pairs]
    calibrated = labels.calibrate(
        np.array([odds[q, p] for q, p, _ in known]),
        np.array([g for _, _, g in known]),
        [q for q, _, _ in known],
        seed=_SEED,
    )
    counts = {**asked.counts(), "agreement": calibrated.report}
    found: dict[str, dict[str, float]] = {}
    if others:
        probabilities = calibrated.probability(np.array([odds[pair] for pair in others]))
        share = labels.corrected_share(
            calibrated.probabilities,
            np.array([float(g >= labels.RELEVANT) for _, _, g in known]),
            [q for q, _, _ in known],
            probabilities,
            seed=_SEED,
        )
        counts["relevant_among_unjudged"] = share.to_json()
        for (q, p), probability in zip(others, probabilities, strict=True):
            found.setdefault(q, {})[p] = float(probability)
    graded = labels.ModelGrades(found, calibrated.report, identity)
    rows = labels.write_model_grades(shop.llm, graded)
    counts["abstained"] = len(others) - len(rows)
    return Generated(rows, counts)
