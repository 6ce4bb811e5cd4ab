"""What a world of known probabilities offers to the measure of coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import PolicyValue


@dataclass(frozen=True, slots=True)
class Run:
    """One log of a world, and what was estimated from it; None: it was refused."""

    values: list[PolicyValue] | None
    terms: NDArray[np.float64]  # [rows] weight × click, for the plain interval
    clusters: NDArray[Any] | None


class World(Protocol):
    """P(click) and both policies are known exactly."""

    @property
    def name(self) -> str: ...

    @property
    def logged_by(self) -> str: ...

    @property
    def policy(self) -> str: ...

    @property
    def truth(self) -> float:
        """Clicks an impression of ``policy``."""
        ...

    @property
    def truth_of_log(self) -> float:
        """Clicks an impression of ``logged_by``."""
        ...

    def run(self, rng: np.random.Generator) -> Run: ...
