"""The purchase models as parts of a bundle: candidate features, what orders them, and co-clicked products."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.bundle.stored_models import model_parts, open_stored, require_readable
from baihuo.models import (
    CANDIDATE_FEATURES,
    PURCHASE_MODES,
    CandidateFeatures,
    ChosenModel,
    Neighbours,
    PurchaseHistory,
    PurchaseModel,
)

SOURCES_FOLDER = "sources"


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """A purchase model with the ids of its products, ready to serve.

    In a bundle: ``sources/purchases.npz``, ``sources/purchases.json``, ``sources/clicks.npz``,
    ``sources/complements.npz`` and, by mode, a folder a model that orders candidates (:mod:`~baihuo.bundle.stored_models`).
    """

    model: PurchaseModel
    product_ids: NDArray[np.object_]
    co_clicked: Neighbours | None = None  # products clicked in one visit
    bought_with: Neighbours | None = None  # complements, by lift; None: a bundle of before
    number_of: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        numbers = {product_id: i for i, product_id in enumerate(self.product_ids.tolist())}
        object.__setattr__(self, "number_of", numbers)

    @classmethod
    def open(cls, bundle: Bundle) -> Purchases | None:
        """From a bundle; None where it was trained without purchases.

        Raises:
            BadInput: this version cannot open its models; the error says what to do.
        """
        require_readable(bundle)
        if f"{SOURCES_FOLDER}/purchases.npz" not in bundle:
            return None
        arrays = bundle.arrays(f"{SOURCES_FOLDER}/purchases.npz")
        stored = bundle.json(f"{SOURCES_FOLDER}/purchases.json")
        rankers = {
            mode: ChosenModel(chosen, open_stored(bundle, "purchases", mode=mode))
            for mode in PURCHASE_MODES
            if (chosen := stored.get("order_by", {}).get(mode)) is not None
        }
        return cls(
            PurchaseModel(CandidateFeatures.from_arrays(arrays), rankers),
            np.array(stored["product_ids"], dtype=object),
            _neighbours(bundle, "clicks"),
            _neighbours(bundle, "complements"),
        )

    def parts(self) -> dict[str, Part]:
        """What :meth:`open` reads, as parts of a bundle."""
        parts: dict[str, Part] = {
            f"{SOURCES_FOLDER}/purchases.npz": _npz(self.model.candidate_features.to_arrays()),
            f"{SOURCES_FOLDER}/purchases.json": {
                "product_ids": self.product_ids.tolist(),
                "features": list(CANDIDATE_FEATURES),
                "order_by": {mode: ranker.name for mode, ranker in self.model.rankers.items()},
            },
        }
        for mode, ranker in self.model.rankers.items():
            parts |= model_parts(ranker.models, mode=mode)
        for name, near in (("clicks", self.co_clicked), ("complements", self.bought_with)):
            if near is not None:
                parts[f"{SOURCES_FOLDER}/{name}.npz"] = _npz(near.to_arrays(name))
        return parts

    def history(
        self,
        product_ids: Sequence[str],
        n: NDArray[np.float64],
        last_days: NDArray[np.float64],
        decayed: NDArray[np.float64],
        decayed_short: NDArray[np.float64],
        decayed_long: NDArray[np.float64],
        units: NDArray[np.float64],
    ) -> PurchaseHistory:
        """One visitor's history in the model's numbers; products it does not know are left out."""
        numbers = np.array([self.number_of.get(p, -1) for p in product_ids], dtype=np.int32)
        known = np.flatnonzero(numbers >= 0)
        order = known[np.argsort(numbers[known], kind="stable")]
        return PurchaseHistory(
            np.zeros(len(order), np.int32),
            numbers[order],
            n[order],
            last_days[order],
            decayed[order],
            decayed_short[order],
            decayed_long[order],
            units[order],
            1,
            self.model.candidate_features.n_products,
        )


def _neighbours(bundle: Bundle, name: str) -> Neighbours | None:
    file = f"{SOURCES_FOLDER}/{name}.npz"
    return Neighbours.from_arrays(bundle.arrays(file), name) if file in bundle else None


def _npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
