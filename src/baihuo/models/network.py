"""The click network as it is served: ONNX, no torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.scaler import Scaler


def onnx_session(content: bytes, *, threads: int = 1) -> Any:
    """A model in ONNX, opened. A request is small, and workers share the cores: one thread is enough."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        content, sess_options=options, providers=["CPUExecutionProvider"]
    )


class Network:
    """A click network read from its ONNX bytes, with the scaler it was fitted behind."""

    def __init__(self, onnx: bytes, scaler: Scaler) -> None:
        self._session = onnx_session(onnx)
        self.scaler = scaler

    def probabilities(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[rows, columns]`` raw columns (NaN: missing) to P(click) ``[rows]``, uncalibrated."""
        if not len(matrix):
            return np.zeros(0)
        (p,) = self._session.run(["p"], {"x": self.scaler.apply(matrix)})
        return np.asarray(p, dtype=np.float64)
