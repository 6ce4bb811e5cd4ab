"""One way in which rows go wrong. Faults share no code with the checks that look for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from baihuo.faults.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which rows go wrong.

    ``apply(dataset, n)`` puts the fault into about ``n`` rows (or ``n`` groups, where it comes in groups).
    """

    name: str
    checks: tuple[str, ...]  # that should find it
    is_certain: bool  # whether a rule can be sure: 0.99 precision and recall are required, else 0.9
    apply: Callable[[Dataset, int], None]
    needs: str  # the rows it can go into; completes "there are none (or too few) of …"
    is_second: bool = False  # it goes into rows that have another fault already
