"""The order of a search in a bundle: a learned relevance in bands, and clicks within a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.bundle.stored_models import model_parts, open_stored
from baihuo.model_inputs import EVIDENCE_COLUMNS
from baihuo.models import Model, Predictions

RELEVANCE_FOLDER = "relevance"
RELEVANT_WITHIN = 3.0
"""Log-odds below the most relevant product (a twentieth of its odds) from which nothing counts as a good answer."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchOrder:
    """The model of relevance that orders searches, and how wide a band is.

    In a bundle: a folder a model (:mod:`~baihuo.bundle.stored_models`), and ``relevance/order.json``.
    """

    name: str  # of the model
    models: Mapping[str, Model]  # all that learned relevance
    band_width: float  # in log-odds; 0: relevance alone orders

    @classmethod
    def open(cls, bundle: Bundle) -> SearchOrder | None:
        """From a bundle; None where it was trained without searches.

        Raises:
            BadInput: this version cannot open its models; the error says what to do.
        """
        if f"{RELEVANCE_FOLDER}/order.json" not in bundle:
            return None
        order = bundle.json(f"{RELEVANCE_FOLDER}/order.json")
        return cls(order["order_by"], open_stored(bundle, "relevance"), float(order["band_width"]))

    def odds(self, evidence: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[n, EVIDENCE_COLUMNS]`` to ``[n]`` log-odds of relevance."""
        return Predictions(self.models, evidence, EVIDENCE_COLUMNS).of(self.name).scores

    def parts(self, report: Mapping[str, Any]) -> dict[str, Part]:
        """What :meth:`open` reads, as parts of a bundle."""
        return {
            **model_parts(self.models),
            f"{RELEVANCE_FOLDER}/order.json": {
                "order_by": self.name,
                "band_width": self.band_width,
            },
            f"{RELEVANCE_FOLDER}/report.json": report,
        }


def words_lacking(evidence: NDArray[np.float32]) -> NDArray[np.int64]:
    """``[n, EVIDENCE_COLUMNS]`` to ``[n]``: typed words that a product of the kind lacks; -1 for another kind."""
    missing = evidence[:, EVIDENCE_COLUMNS.index("missing")]
    is_kind = evidence[:, EVIDENCE_COLUMNS.index("type_match")] >= _OF_THE_KIND
    return np.where(is_kind, missing, -1).astype(np.int64)


def words_first(
    odds: NDArray[np.float64], lacking: NDArray[np.int64], *, band_width: float
) -> NDArray[np.float64]:
    """``[n]`` log-odds with which no product of the kind stands before one that has more of the typed words.

    Products that lack a word more are lowered together, by what brings the best of them a band below all that have it,
    so their own order stays. Products of other kinds keep their odds: some have every word and are something else.

    Args:
        odds: ``[n]`` of relevance.
        lacking: ``[n]`` of :func:`words_lacking`.
        band_width: Of the order, in log-odds.
    """
    floored = np.array(odds, dtype=np.float64)
    floor = np.inf
    for level in np.unique(lacking[lacking >= 0]).tolist():
        rows = lacking == level
        floored[rows] -= max(0.0, float(floored[rows].max()) - floor)
        floor = min(floor, float(floored[rows].min()) - max(band_width, _LEAST_GAP) * _ROUNDING)
    return floored


_OF_THE_KIND = 0.5  # of ``type_match``
_ROUNDING = 1 + 1e-6  # so that a band below is the next band
_LEAST_GAP = 1e-3  # log-odds, where bands have no width


def banded(
    relevance: NDArray[np.float64],
    clicks: NDArray[np.float64],
    text: NDArray[np.float64],
    *,
    band_width: float,
) -> NDArray[np.float64]:
    """``[n]``, larger first: the band of the relevance, and ``clicks`` decide inside a band.

    Bands are counted down from the most relevant product of the request, so the best and all that are nearly as
    good always share one. Below :data:`RELEVANT_WITHIN` nothing is a good answer, many have equal odds, and ``text``
    decides instead: what is clicked most is no better there.

    Args:
        relevance: ``[n]`` log-odds of relevance.
        clicks: ``[n]``, larger is better, on any scale.
        text: ``[n]``, relevance of words and vectors.
        band_width: In log-odds; 0: ``relevance`` alone.
    """
    if not len(relevance) or band_width <= 0:
        return np.asarray(relevance, dtype=np.float64)
    band = np.floor((relevance.max() - relevance) / band_width)
    within = np.where(band * band_width < RELEVANT_WITHIN, clicks, text)
    _, rank = np.unique(within, return_inverse=True)
    return np.asarray(-band + rank / (rank.max() + 1.0), dtype=np.float64)
