"""For networks that do not read histories: the mean of each history's items, as one more field of the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.shape import IS_THERE, DeepShape


class MeanOfHistory(DeepModel):
    """A network over fields and means. It ignores the order of events."""

    reads_histories = True

    def __init__(self, kind: type[DeepModel], shape: DeepShape) -> None:
        super().__init__(shape)
        n_fields = shape.n_fields + len(shape.histories)
        self.network = kind(replace(shape, n_fields=n_fields, histories=()))

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """Return the wrapped network's tables."""
        return {}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Return the network's output."""
        self.network.dtype = self.dtype
        is_there = rows[IS_THERE]
        with_means = {}
        for table in type(self.network).tables(self.network.shape):
            vectors = rows[table]
            parts = [vectors[:, : self.shape.n_fields]]
            for history in self.shape.histories:
                slots = slice(history.first, history.first + history.length)
                known = is_there[:, slots, None]
                total = (vectors[:, slots] * known).sum(1, keepdim=True)
                parts.append(total / known.sum(1, keepdim=True).clamp_min(1))
            with_means[table] = torch.cat(parts, 1)
        found: torch.Tensor = self.network(with_means, numbers)
        return found
