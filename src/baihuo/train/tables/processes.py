"""Processes that share one training, and what they exchange (gloo): each computes its share of a batch's rows.

Every method of a group is called by all of its processes, in the same order. One process alone has nothing to exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch

from baihuo.core import ShopError, Unsupported
from baihuo.train.tables.table_training import torchrun_place

T = TypeVar("T")

_LONGEST_WAIT = timedelta(
    days=1
)  # others wait while the first reads the files; who dies is seen at once


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

    def add_up(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum over all, in place."""
        return tensor

    def share(self, n_rows: int, starts: Sequence[int] | None = None) -> slice:
        """This one's neighbouring rows of ``n_rows``; they are cut only where a group begins, if ``starts`` says where."""
        low, high = (
            _cut(n_rows * rank // self.n, n_rows, starts) for rank in (self.rank, self.rank + 1)
        )
        return slice(low, high)

    def exchange(
        self, rows: torch.Tensor, sent: Sequence[int], came: Sequence[int] | None = None
    ) -> tuple[torch.Tensor, list[int]]:
        """Send the first ``sent[0]`` rows to the first process, the next to the second; what came, and how much from each.

        ``came``: where it is known already.
        """
        return rows, list(sent)

    def to_first(self, rows: torch.Tensor) -> list[torch.Tensor]:
        """In the first process the rows of each; none elsewhere."""
        found, came = self.exchange(rows, [len(rows)] + [0] * (self.n - 1))
        return list(found.split(came)) if self.is_first else []


ALONE = Group()


class GlooGroup(Group):
    """Several processes, over :mod:`torch.distributed`."""

    def __init__(self, rank: int, n: int) -> None:
        self.rank, self.n = rank, n

    def from_first(self, make: Callable[[], T]) -> T:
        """By broadcast."""
        found: list[object] = [None, True]
        error: Exception | None = None
        if self.is_first:
            try:
                found = [make(), False]
            except Exception as raised:
                error = raised
        with _end_named():
            torch.distributed.broadcast_object_list(found, src=0)
        if error is not None:
            raise error
        if found[1]:
            raise SystemExit(1)  # the first one says why
        return found[0]  # type: ignore[return-value]

    def add_up(self, tensor: torch.Tensor) -> torch.Tensor:
        """By all-reduce: the same bits in all."""
        with _end_named():
            here = tensor.cpu()
            torch.distributed.all_reduce(here)
        return tensor if here is tensor else tensor.copy_(here)

    def exchange(
        self, rows: torch.Tensor, sent: Sequence[int], came: Sequence[int] | None = None
    ) -> tuple[torch.Tensor, list[int]]:
        """By all-to-all."""
        with _end_named():
            if came is None:
                counts = torch.tensor(list(sent))
                other = torch.empty_like(counts)
                torch.distributed.all_to_all_single(other, counts)
                came = other.tolist()
            here = rows.cpu().contiguous()
            found = here.new_empty((sum(came), *here.shape[1:]))
            torch.distributed.all_to_all_single(found, here, list(came), list(sent))
        return found.to(rows.device), list(came)


def _cut(at: int, n_rows: int, starts: Sequence[int] | None) -> int:
    if starts is None or at == 0 or at == n_rows:
        return at
    return next((start for start in starts if start >= at), n_rows)


@contextmanager
def joined(start: tuple[int, int, Path] | None = None) -> Iterator[Group]:
    """The group that this process is of: alone, of those of ``start``, or of those that torchrun started.

    Args:
        start: Its number, how many there are, and the file where they find each other.

    Raises:
        Unsupported: torch cannot connect processes here.
        ShopError: another process ended.
    """
    if start is None and torchrun_place()[1] == 1:
        yield ALONE
        return
    if not (torch.distributed.is_available() and torch.distributed.is_gloo_available()):
        raise Unsupported(
            "this build of torch cannot connect processes (no torch.distributed with gloo)",
            fix="processes: 1, or another build of torch",
        )
    with _end_named():
        if start is None:
            torch.distributed.init_process_group("gloo", timeout=_LONGEST_WAIT)
        else:
            rank, n, file = start
            torch.distributed.init_process_group(
                "gloo", init_method=file.as_uri(), rank=rank, world_size=n, timeout=_LONGEST_WAIT
            )
    try:
        yield GlooGroup(torch.distributed.get_rank(), torch.distributed.get_world_size())
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def _end_named() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # gloo has no class of its own for it
        raise ShopError(
            f"another process of this training ended, or cannot be reached: {error}",
            fix="see what it says; the same command goes on from the last checkpoint",
        ) from error
