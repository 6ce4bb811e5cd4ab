"""Calibration of a model's probabilities, as knots in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_EDGE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Calibrator:
    """A curve through knots in log-odds, straight between them.

    ``kind`` is the method: "identity" has no knots, "platt" and "temperature" are a line through two knots and beyond (the latter also
    through 0), "isotonic" never falls and is flat past its ends.
    """

    kind: str
    knots: Floats  # [knots] log-odds of the model, rising
    values: Floats  # [knots] log-odds that were observed, never falling

    def apply(self, probabilities: NDArray[Any]) -> Floats:
        """``[rows]`` in [0, 1] to ``[rows]`` in [0, 1]; the order of rows is never reversed."""
        x = log_odds(probabilities)
        if self.kind == "identity":
            return np.asarray(probabilities, dtype=np.float64)
        y = np.interp(x, self.knots, self.values)
        if self.kind in ("platt", "temperature"):
            slope = (self.values[-1] - self.values[0]) / (self.knots[-1] - self.knots[0])
            y = self.values[0] + slope * (x - self.knots[0])
        return np.asarray(1.0 / (1.0 + np.exp(-y)))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON stored in a bundle."""
        return {"kind": self.kind, "knots": self.knots.tolist(), "values": self.values.tolist()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Calibrator:
        """The inverse of :meth:`to_json`."""
        return cls(
            stored["kind"], np.asarray(stored["knots"], float), np.asarray(stored["values"], float)
        )


def identity() -> Calibrator:
    """Return a calibrator that changes nothing."""
    return Calibrator("identity", np.zeros(1), np.zeros(1))


def log_odds(probabilities: NDArray[Any]) -> Floats:
    """``log(p / (1 - p))``, with p clipped a millionth from 0 and 1."""
    p = np.clip(np.asarray(probabilities, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(p / (1 - p)))
