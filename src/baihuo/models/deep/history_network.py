"""Shared parts of networks that read histories: event vectors in, one vector of each history out, then a perceptron. An event's vector sums
those of its item, its other fields (type, age) and its position from the end. The result is concatenated with the row's vectors, alone and
multiplied with that of the row's item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Layers, concatenated, output_layer
from baihuo.models.deep.shape import IS_THERE, DeepShape, History

_START_STD = 0.01  # of position vectors, as of all vectors


class HistoryReader(torch.nn.Module, ABC):
    """Events to one vector."""

    @abstractmethod
    def forward(
        self, events: torch.Tensor, is_there: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """``[rows, length, width]``, ``[rows, length]`` and the row's item ``[rows, width]`` (zeros: none) to ``[rows, width]``."""


class Events(torch.nn.Module):
    """Slots of a history to vectors of events."""

    def __init__(self, shape: DeepShape, history: History) -> None:
        super().__init__()
        self.history = history
        self.places = torch.nn.Parameter(torch.empty(history.length, shape.embedding_size))
        torch.nn.init.normal_(self.places, std=_START_STD)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """``[rows, slots, width]`` to ``[rows, length, width]``."""
        h = self.history
        own = vectors[:, h.first : h.first + h.n_slots]
        return own.unflatten(1, (h.n_parts, h.length)).sum(1) + self.places


def recency(n_heads: int, n_distances: int) -> torch.Tensor:
    """``[heads, distances]``: the initial attention bias of an event by the number of later ones. The first head attends to the last few
    events, the others further back. Without it, order is learned late or never: equal weights have no gradient for order.
    """
    slopes = torch.tensor([0.5 * 0.25**head for head in range(n_heads)])
    return -slopes[:, None] * torch.arange(n_distances)


class HistoryNetwork(DeepModel):
    """A perceptron over the row and the vector of each history from :meth:`reader`."""

    reads_histories = True

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        self.events = torch.nn.ModuleList(Events(shape, h) for h in shape.histories)
        self.readers = torch.nn.ModuleList(self.reader(shape, h) for h in shape.histories)
        n_read = sum(1 if h.target is None else 2 for h in shape.histories)
        n_in = shape.n_inputs + n_read * shape.embedding_size
        self.layers = Layers(n_in, shape.layers, shape.dropout)
        self.out = output_layer((n_in, *shape.layers)[-1])

    @classmethod
    @abstractmethod
    def reader(cls, shape: DeepShape, history: History) -> HistoryReader:
        """Return a new reader."""

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector a value."""
        return {"vectors": shape.embedding_size}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """The last layer in float32, as that of the perceptron without histories."""
        vectors = rows["vectors"]
        parts = [concatenated(vectors[:, : self.shape.n_fields], numbers, self.dtype)]
        for h, events, reader in zip(self.shape.histories, self.events, self.readers, strict=True):
            is_there = rows[IS_THERE][:, h.first : h.first + h.length]
            has_target = h.target is not None
            target = vectors[:, h.target] if has_target else torch.zeros_like(vectors[:, 0])
            read = reader(events(vectors), is_there, target)
            parts.append(read.to(self.dtype))
            if has_target:
                parts.append((read * target).to(self.dtype))
        hidden = self.layers(torch.cat(parts, 1))
        total: torch.Tensor = self.out(hidden.float()).squeeze(1)
        return total
