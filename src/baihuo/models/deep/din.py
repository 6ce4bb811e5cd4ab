"""DIN: how much an event of the history counts depends on the product that the row is about.

Source: Zhou, Zhu, Song, Fan, Zhu, Ma, Yan, Jin, Li and Gai (2018), "Deep interest network for click-through rate
prediction". Unlike in the paper, weights sum to 1, and events have positions.
"""

from __future__ import annotations

import torch

from baihuo.models.deep.history_network import HistoryNetwork, HistoryReader, recency
from baihuo.models.deep.layers import Dense
from baihuo.models.deep.shape import DeepShape, History

_HIDDEN = 32
_NEVER = -1e9


class TargetAttention(HistoryReader):
    """A small perceptron over event, item, their difference and product says each event's weight."""

    def __init__(self, width: int, length: int) -> None:
        super().__init__()
        self.recency = torch.nn.Parameter(recency(1, length)[0].flip(0).clone())
        self.hidden, self.weight = Dense(4 * width, _HIDDEN), Dense(_HIDDEN, 1)

    def forward(
        self, events: torch.Tensor, is_there: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Return a weighted mean of the events; zeros without any."""
        item = target[:, None, :].expand_as(events)
        pairs = torch.cat([events, item, events - item, events * item], 2)
        scores = self.weight(torch.relu(self.hidden(pairs))).squeeze(2)
        weights = torch.softmax(scores + self.recency + (1 - is_there) * _NEVER, 1) * is_there
        return (weights[:, :, None] * events).sum(1)


class Din(HistoryNetwork):
    """Target attention, then a perceptron."""

    @classmethod
    def reader(cls, shape: DeepShape, history: History) -> HistoryReader:
        """Return a reader for a history."""
        return TargetAttention(shape.embedding_size, history.length)


NETWORK = Din
