"""What visitors turn to after each product, as a part of a bundle: a table, with nothing to compute."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.core import BadInput

_TABLE, _IDS = "sources/next_items.npz", "sources/next_items.json"


@dataclass(frozen=True, slots=True, eq=False)
class NextItems:
    """The most likely next products of every product, by the learned order of the next item.

    In a bundle: ``sources/next_items.npz`` and ``sources/next_items.json``.
    """

    product_ids: NDArray[np.object_]  # [products]
    after: NDArray[
        np.int32
    ]  # [products, k] numbers of the products that come next, likeliest first
    number_of: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        numbers = {product_id: i for i, product_id in enumerate(self.product_ids.tolist())}
        object.__setattr__(self, "number_of", numbers)

    @classmethod
    def open(cls, bundle: Bundle) -> NextItems | None:
        """From a bundle; None where it was trained without sequences.

        Raises:
            BadInput: the table does not fit its products.
        """
        if _TABLE not in bundle:
            return None
        after = bundle.arrays(_TABLE)["after"]
        ids = np.array(bundle.json(_IDS)["product_ids"], dtype=object)
        n = len(ids)
        if after.ndim != 2 or len(after) != n or ((after < 0) | (after >= n)).any():
            raise BadInput(
                f"the next items of bundle {bundle.bundle_id} do not fit its {n} products",
                fix="train again with this version: baihuo train",
            )
        return cls(ids, after.astype(np.int32))

    def parts(self) -> dict[str, Part]:
        """What :meth:`open` reads, as parts of a bundle."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, after=self.after)
        return {_TABLE: buffer.getvalue(), _IDS: {"product_ids": self.product_ids.tolist()}}

    def numbers_after(self, product_id: str) -> NDArray[np.int32] | None:
        """Numbers of the products that come after this one, likeliest first; None: not known when it was trained."""
        number = self.number_of.get(product_id)
        return None if number is None else self.after[number]

    def of(self, product_id: str) -> list[str] | None:
        """Products that come after this one, likeliest first; None: not known when it was trained."""
        number = self.number_of.get(product_id)
        return None if number is None else self.product_ids[self.after[number]].tolist()
