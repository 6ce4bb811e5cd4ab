"""People who were never in a sample shop: what they would click, and what a shop can know of them before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import basics_of
from baihuo.evaluate import ndcg_by_query
from suites.judged.catalogue import Catalogue
from suites.judged.tastes import TASTES, Tastes

PLACES = 10  # of a first page that are looked at
Floats = NDArray[np.float64]
FIELDS = ("country", "region", "referrer")


@dataclass(frozen=True, slots=True, eq=False)
class Newcomers:
    """One row a person."""

    p_click: Floats  # [people, products], once looked at
    product_ids: tuple[str, ...]  # what can be bought
    languages: tuple[str, ...]
    basics: tuple[dict[str, list[str]], ...]  # request parameters; what is not known is left out

    @classmethod
    def read(cls, truth: Path, catalogue: Catalogue) -> Newcomers:
        """From the folder ``truth`` of a sample shop."""
        tastes = Tastes.read(truth, catalogue)
        new = np.flatnonzero(tastes.is_new)
        rows = pq.read_table(truth / TASTES, columns=[*FIELDS, "interests"]).to_pylist()
        return cls(
            p_click=tastes.p_click[new],
            product_ids=tastes.product_ids,
            languages=tuple(tastes.languages[i] for i in new.tolist()),
            basics=tuple(_parameters(rows[i]) for i in new.tolist()),
        )

    def __len__(self) -> int:
        return len(self.languages)

    @property
    def has_declared(self) -> NDArray[np.bool_]:
        """``[people]``: who declared interests."""
        return np.array(["interests" in known for known in self.basics])


def first_page_ndcg(found: Floats, p_click: Floats) -> Floats:
    """``[people]``: nDCG of first pages, whose ideal is over all products.

    Args:
        found: ``[people, PLACES]``, P(click) of what is in each place.
        p_click: ``[people, products]``.
    """
    ideal = -np.sort(-p_click, axis=1)[:, :PLACES]
    return np.asarray(ndcg_by_query(found, k=PLACES, ideal=ideal))


def _parameters(row: dict[str, str | None]) -> dict[str, list[str]]:
    fields = {name: [value] for name in FIELDS if (value := row[name])}
    interests = list(basics_of(row).interests or ())
    return fields | ({"interests": interests} if interests else {})
