"""The input columns of click models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.model_inputs import ModelInputs, ModelRequest
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class ClickFeatures(Hydrator):
    """``features``: ``[candidates, names]``, from the feature state and the request."""

    generation: Generation
    state: FeatureState

    @cached_property
    def inputs(self) -> ModelInputs:
        """The function that training calls too."""
        return ModelInputs(self.generation, self.state.features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of training."""
        return self.inputs.columns

    def writes(self) -> set[str]:
        return {"features"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        if not len(candidates):
            return {"features": np.empty((0, len(self.names)), np.float32)}
        return {"features": self.of_page(context, candidates.rows)}

    def of_page(self, context: RequestContext, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """``[rows, names]``, with those beside the page in the same call."""
        beside, n = context.beside, len(rows)
        if beside is None or beside.features is not None:
            return self.of(context, rows)
        beside.n_page = n
        beside.features = self.of(context, np.concatenate([rows, beside.rows_of()]), n_candidates=n)
        return beside.features[:n]

    def of(
        self, context: RequestContext, rows: NDArray[np.int32], *, n_candidates: int | None = None
    ) -> NDArray[np.float32]:
        """``[rows, names]`` for this visitor and query.

        Args:
            n_candidates: How many of the first rows are candidates, which prices are compared with; None: all.
        """
        query = context.query
        ids = self.generation.product_ids[rows].tolist()
        counted = self.state.matrix(
            query.visitor_id,
            self.state.rows_of(ids),
            query_text=query.query_text,
            at_us=query.at_us,
        )
        request = ModelRequest(
            surface=str(query.surface),
            at_us=query.at_us,
            query_text=query.query_text,
            anchor_row=context.anchor_row,
            clicked=context.clicked,
            purchased=context.purchased,
        )
        return self.inputs.matrix(rows, request, counted, n_candidates=n_candidates)
