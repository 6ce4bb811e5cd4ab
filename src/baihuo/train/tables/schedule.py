"""The learning rate by step."""

from __future__ import annotations

import math


def rate_at(
    step: int, n_steps: int, *, highest: float, schedule: str, warmup_share: float = 0.0
) -> float:
    """The rate of a step; the first is 1.

    >>> [round(rate_at(s, 4, highest=1.0, schedule="linear"), 2) for s in (1, 2, 3, 4)]
    [1.0, 0.75, 0.5, 0.25]
    >>> round(rate_at(5, 10, highest=1.0, schedule="constant", warmup_share=0.9), 2)
    0.56
    """
    n_warm = math.ceil(warmup_share * n_steps)
    if step <= n_warm:
        return highest * step / n_warm
    if schedule in ("constant", "plateau"):  # the trainer sees plateaus
        return highest
    done = (step - 1 - n_warm) / max(n_steps - n_warm, 1)
    if schedule == "linear":
        return highest * max(1 - done, 0.0)
    return highest * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
