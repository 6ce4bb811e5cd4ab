"""Processes that torchrun started for one training (data parallel, gloo): each computes its share of a batch's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch

from baihuo.core import ShopError, Unsupported
from baihuo.models import ALONE, Group
from baihuo.train.tables.table_training import torchrun_place

T = TypeVar("T")

_LONGEST_WAIT = timedelta(days=1)  # others wait while the first reads; who dies is seen at once


class GlooGroup(Group):
    """Several processes, over :mod:`torch.distributed`."""

    def __init__(self) -> None:
        self.rank, self.n = torch.distributed.get_rank(), torch.distributed.get_world_size()

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

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """By all-reduce: the same bits in all."""
        with _end_named():
            here = tensor.cpu()
            torch.distributed.all_reduce(here)
        return tensor if here is tensor else tensor.copy_(here)

    def gather(self, rows: torch.Tensor) -> torch.Tensor:
        """By all-gather of as many rows as the largest part has."""
        with _end_named():
            counts = torch.zeros(self.n, dtype=torch.int64)
            counts[self.rank] = len(rows)
            torch.distributed.all_reduce(counts)
            padded = rows.cpu().new_zeros((int(counts.max()), *rows.shape[1:]))
            padded[: len(rows)] = rows
            parts = [torch.empty_like(padded) for _ in range(self.n)]
            torch.distributed.all_gather(parts, padded)
        pairs = zip(parts, counts.tolist(), strict=True)
        return torch.cat([part[:n] for part, n in pairs]).to(rows.device)


@contextmanager
def joined() -> Iterator[Group]:
    """The group that this process is of: alone, or of those that torchrun started.

    Raises:
        Unsupported: torch cannot connect processes here.
        ShopError: another process ended.
    """
    if torchrun_place()[1] == 1:
        yield ALONE
        return
    if not (torch.distributed.is_available() and torch.distributed.is_gloo_available()):
        raise Unsupported(
            "this build of torch cannot connect processes (no torch.distributed with gloo)",
            fix="train without torchrun, or use another build of torch",
        )
    with _end_named():
        torch.distributed.init_process_group("gloo", timeout=_LONGEST_WAIT)
    try:
        yield GlooGroup()
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
