"""Explain a product's position by what its inputs add to its score, relative to the page's other products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query
from baihuo.model_inputs import input_words
from baihuo.models import TASTE_WEIGHT, shapley
from baihuo.rank.hydrators import ClickFeatures
from baihuo.rank.ranker import Ranker

_LIKED = tuple(
    (f"liked_{of}", f"interest in the {of}, from all that the visitor saw and did in 90 days")
    for of in ("category", "brand", "price")
)
_ORDERS = 4  # and their reverse: each is as many scores as inputs times products of the page


@dataclass(frozen=True, slots=True)
class Cause:
    """One input of the model, and what it adds to the score relative to the page's mean."""

    column: str
    words: str  # name of the column
    value: float  # NaN: unknown
    of_page: float  # the mean of the other products, if known
    adds: float  # to the score, in units of the spread of scores on a page


@dataclass(frozen=True, slots=True)
class Why:
    """The strongest causes of a product's position, for and against it."""

    product_id: str
    position: int  # 1 is the top; 0: it is not on the page
    model: str  # the model
    order: str  # the page's order, such as "learned:both", which may not include the model
    score: float  # relative to the page's mean
    causes: tuple[Cause, ...]  # the strongest first


def why(ranker: Ranker, query: Query, product_id: str, *, n_causes: int = 8) -> Why | None:
    """Compare ``product_id`` with the products of its page, now.

    Common parts do not explain the order, so the page's mean is subtracted.

    Returns:
        None if there is no click model or no other product, or the product is not in the index.
    """
    generation, clicks = ranker.generation, ranker.clicks
    row = generation.row_of.get(product_id, -1)
    if clicks is None or row < 0:
        return None
    served = ranker.page(query)
    ids = [placed.product_id for placed in served.page.placed]
    others = [generation.row_of[p] for p in ids if p != product_id and p in generation.row_of]
    rows = np.array([row, *others], dtype=np.int32)
    features: ClickFeatures = ranker.features
    context = ranker.context(query)
    matrix = features.of(context, rows)
    if not others:
        return None
    model = clicks.scored_by(query.surface)
    columns = clicks.models[model].columns
    read = [features.names.index(column) for column in columns]

    def output(known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The mean score over the page's other products, of which each lends what is not known of this one."""
        mixed = np.broadcast_to(matrix[1:], (len(known), *matrix[1:].shape)).copy()
        mixed[:, :, read] = np.where(known[:, None], matrix[0, read], mixed[:, :, read])
        rows = mixed.reshape(-1, matrix.shape[1])
        return (
            clicks.score(query.surface, rows, features.names).order.reshape(len(known), -1).mean(1)
        )

    relative = shapley(output, len(columns), n_orders=_ORDERS)
    words = input_words(ranker.state.features) | dict(_LIKED)
    values = matrix[:, read].astype(np.float64)
    if (tastes := ranker.liked(context)) is not None:  # a sum: nothing to share out
        liked = TASTE_WEIGHT * tastes.factors(context, rows).T
        relative = np.append(relative, liked[0] - liked[1:].mean(axis=0))
        columns = (*columns, *(name for name, _ in _LIKED))
        values = np.concatenate([values, liked], axis=1)
    strongest = np.argsort(-np.abs(relative), kind="stable")[:n_causes]
    causes = tuple(
        Cause(
            columns[i],
            words.get(columns[i], columns[i]),
            float(values[0, i]),
            float(np.nanmean(values[1:, i])) if not np.isnan(values[1:, i]).all() else np.nan,
            float(relative[i]),
        )
        for i in strongest.tolist()
        if relative[i]
    )
    return Why(
        product_id,
        ids.index(product_id) + 1 if product_id in ids else 0,
        model,
        served.page.order,
        float(relative.sum()),
        causes,
    )
