"""Processes that share a training, and what they exchange. Every method is called by all of its processes, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

T = TypeVar("T")


class Group:
    """One process, which is all of them."""

    rank, n = 0, 1

    @property
    def is_first(self) -> bool:
        """Whether it is the one that reads files and writes them."""
        return self.rank == 0

    def from_first(self, make: Callable[[], T]) -> T:
        """What ``make`` gives in the first process, in all.

        Raises:
            SystemExit: it raised an error there, which is raised there.
        """
        return make()

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, in place."""
        return tensor

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        """The rows of all processes, in their order: ``[rows, ...]``, of which each may have another number."""
        return rows

    def share(self, n_rows: int, starts: Sequence[int] | None = None) -> slice:
        """This one's neighbouring rows of ``n_rows``; they are cut only where a group begins, if ``starts`` says where."""
        low, high = (
            _cut(n_rows * rank // self.n, n_rows, starts) for rank in (self.rank, self.rank + 1)
        )
        return slice(low, high)


ALONE = Group()


def _cut(at: int, n_rows: int, starts: Sequence[int] | None) -> int:
    if starts is None or at == 0 or at == n_rows:
        return at
    return next((start for start in starts if start >= at), n_rows)
