"""A share of counted things, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """``n_right`` of ``n``, 0 to 1; without any (``n`` is 0) it has no value.

    >>> share = Share(9, 10)
    >>> share.value, round(share.low, 3), round(share.high, 3)
    (0.9, 0.596, 0.982)
    """

    n_right: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.n_right / self.n if self.n else None

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self._ends()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self._ends()[1]

    def _ends(self) -> tuple[float, float]:
        """Wilson's score interval (1927): never outside 0 to 1, and wide where ``n`` is small."""
        if not self.n:
            return 0.0, 1.0
        share, z2 = self.n_right / self.n, Z_95**2
        centre = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2)) * Z_95 / (1 + z2 / self.n)
        return max(centre - half, 0.0), min(centre + half, 1.0)

    def to_dict(self) -> dict[str, float] | None:
        """Value and interval, as ``exam.json`` holds them; None of nothing."""
        if self.value is None:
            return None
        return {name: round(getattr(self, name), 5) for name in ("value", "low", "high")}
