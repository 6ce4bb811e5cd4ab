"""The click network as it is served: ONNX, no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.models.scaler import Scaler


class Network:
    """A click network read from its ONNX bytes, with the scaler it was fitted behind."""

    def __init__(self, onnx: bytes, scaler: Scaler) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a page is small, and workers share the cores
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            onnx, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self.scaler = scaler

    def probabilities(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[rows, columns]`` raw columns (NaN: missing) to P(click) ``[rows]``, uncalibrated."""
        if not len(matrix):
            return np.zeros(0)
        (p,) = self._session.run(["p"], {"x": self.scaler.apply(matrix)})
        return np.asarray(p, dtype=np.float64)
