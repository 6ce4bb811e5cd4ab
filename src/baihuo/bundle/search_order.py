"""The order of a search in a bundle: a learned relevance in bands, and clicks within a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.models import RelevanceModel

RELEVANCE_FOLDER = "relevance"
RELEVANT_WITHIN = 3.0
"""Log-odds below the most relevant product (a twentieth of its odds) from which nothing counts as a good answer."""
_NAMES = ("trees.txt", "calibrator.json")


@dataclass(frozen=True, slots=True, eq=False)
class SearchOrder:
    """The relevance model, and how wide a band is.

    In a bundle: ``relevance/trees.txt``, ``relevance/calibrator.json`` and ``relevance/order.json``.
    """

    model: RelevanceModel
    band_width: float  # in log-odds; 0: relevance alone orders

    @classmethod
    def open(cls, bundle: Bundle) -> SearchOrder | None:
        """From a bundle; None where it was trained without searches."""
        if f"{RELEVANCE_FOLDER}/order.json" not in bundle:
            return None
        files = {name: bundle.text(f"{RELEVANCE_FOLDER}/{name}") for name in _NAMES}
        order = bundle.json(f"{RELEVANCE_FOLDER}/order.json")
        return cls(RelevanceModel.open(files), float(order["band_width"]))

    def parts(self, report: dict[str, Any]) -> dict[str, Part]:
        """What :meth:`open` reads, as parts of a bundle."""
        stored: dict[str, Part] = {
            f"{RELEVANCE_FOLDER}/{name}": content for name, content in self.model.files().items()
        }
        stored[f"{RELEVANCE_FOLDER}/order.json"] = {"band_width": self.band_width}
        stored[f"{RELEVANCE_FOLDER}/report.json"] = report
        return stored


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
