"""The lower end of an interval of a share that was counted."""

from __future__ import annotations

import math

_Z = 1.96  # 95%


def lowest_share(share: float, n: float) -> float:
    """The lower end of the interval of a share of ``n`` (Wilson 1927).

    >>> round(lowest_share(0.5, 10), 3), round(lowest_share(1.0, 5), 3)
    (0.237, 0.566)
    """
    z2 = _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max((share + z2 / (2 * n) - spread) / (1 + z2 / n), 0.0)
