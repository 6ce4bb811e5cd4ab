"""Who would click what: the truth that a sample shop keeps of some visitors and of people who were never there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from suites.judged.catalogue import Catalogue

TASTES = "tastes.parquet"  # in the folder truth


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """P(click, once looked at) of people for products, on pages that were not searched for."""

    visitor_ids: tuple[str, ...]
    is_new: NDArray[np.bool_]  # [people] nothing in the shop's log is theirs
    languages: tuple[str, ...]
    product_ids: tuple[str, ...]  # what can be bought
    p_click: NDArray[np.float64]  # [people, products]

    @classmethod
    def read(cls, truth: Path, catalogue: Catalogue) -> Tastes:
        """From the folder ``truth`` of a sample shop, see docs/data.md.

        Products that are not in ``catalogue``, are sold out there or have no price are left out.
        """
        people = pq.read_table(truth / TASTES)
        products = pq.read_table(truth / "products.parquet", columns=["product_id"])
        ids = products.column("product_id").to_pylist()
        p_click = people.column("p").combine_chunks().values.to_numpy().reshape(-1, len(ids))
        can_be_bought = {
            i.product_id for i in catalogue.items if i.price is not None and not i.is_sold_out
        }
        kept = [place for place, product_id in enumerate(ids) if product_id in can_be_bought]
        return cls(
            visitor_ids=tuple(people.column("visitor_id").to_pylist()),
            is_new=people.column("is_new").to_numpy(),
            languages=tuple(people.column("language").to_pylist()),
            product_ids=tuple(ids[place] for place in kept),
            p_click=p_click[:, kept].astype(np.float64),
        )
