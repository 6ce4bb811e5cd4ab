"""Inputs of a model for one request's candidates: made by one function, for trainer and server."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.features import FeatureSet
from baihuo.index import Generation
from baihuo.model_inputs.columns import ModelRequest, click_columns, request_columns
from baihuo.model_inputs.transformed import TransformedColumns

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ModelInputs:
    """Features of the log and of the request, and the declared transforms of both."""

    generation: Generation
    features: FeatureSet
    transforms: TransformedColumns | None = None  # None: none declared, or not fitted yet

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`matrix`, in order."""
        columns = click_columns(self.features)
        return columns if self.transforms is None else (*columns, *self.transforms.names)

    def matrix(
        self,
        rows: NDArray[np.int32],
        request: ModelRequest,
        counted: Floats,
        *,
        positions: NDArray[np.int32] | None = None,
        device: str | None = None,
    ) -> Floats:
        """``[n, columns]`` of the candidates of one request.

        Args:
            rows: ``[n]`` candidates, of the index.
            request: The request.
            counted: ``[n, features.names]``, the lookback features of the same candidates at that moment: of the
                feature state when serving, of :func:`baihuo.model_inputs.lookback_matrix` when training.
            positions: ``[n]`` where each was placed, 1-based, in training; None when serving.
            device: In training, which screen; None when serving.
        """
        requested = request_columns(
            self.generation, rows, request, positions=positions, device=device
        )
        values = np.concatenate([counted, requested], axis=1)
        if self.transforms is None:
            return values
        more = self.transforms.compute(values, click_columns(self.features), rows, request)
        return np.concatenate([values, more], axis=1)
