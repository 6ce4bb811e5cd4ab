"""A recurrent network over the history: its state after the last event.

Source: Cho et al. (2014), the gated recurrent unit, as :class:`torch.nn.GRU` computes it.
"""

from __future__ import annotations

import numpy as np
import torch

from baihuo.models.deep.contract import DeepShape, History
from baihuo.models.deep.history_network import HistoryNetwork, HistoryReader
from baihuo.models.deep.layers import Dense
from baihuo.models.deep.onnx_graph import OnnxGraph


class GatedMemory(HistoryReader):
    """A GRU over events, oldest first; empty slots do not change its state."""

    def __init__(self, width: int, length: int) -> None:
        super().__init__()
        self.width, self.length = width, length
        self.of_event, self.of_memory = Dense(width, 3 * width), Dense(width, 3 * width)

    def forward(
        self, events: torch.Tensor, is_there: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Return the state after the newest event; zeros without any."""
        given = self.of_event(events)
        memory = torch.zeros_like(target)
        for at in range(self.length):
            reset, keep, new = given[:, at].chunk(3, 1)
            held_reset, held_keep, held_new = self.of_memory(memory).chunk(3, 1)
            keep = torch.sigmoid(keep + held_keep)
            new = torch.tanh(new + torch.sigmoid(reset + held_reset) * held_new)
            move = (1 - keep) * is_there[:, at, None]
            memory = memory + move * (new - memory)
        return memory

    def add_to(self, graph: OnnxGraph, events: str, is_there: str, target: str) -> str:
        """As nodes, a step after the other."""
        given = self.of_event.add_each_to(graph, events)
        one = graph.constant(np.array(1, dtype=np.float32))
        memory = graph.add("Sub", target, target)
        for at in range(self.length):
            step = graph.reshaped(graph.part(given, at, 1), -1, 3 * self.width)
            held = self.of_memory.add_to(graph, memory)
            (reset, keep, new), (held_reset, held_keep, held_new) = (
                [graph.part(x, part * self.width, self.width) for part in range(3)]
                for x in (step, held)
            )
            keep = graph.add("Sigmoid", graph.add("Add", keep, held_keep))
            gate = graph.add("Sigmoid", graph.add("Add", reset, held_reset))
            new = graph.add("Tanh", graph.add("Add", new, graph.add("Mul", gate, held_new)))
            move = graph.add("Mul", graph.add("Sub", one, keep), graph.part(is_there, at, 1))
            change = graph.add("Mul", move, graph.add("Sub", new, memory))
            memory = graph.add("Add", memory, change)
        return memory


class Gru(HistoryNetwork):
    """A memory of the history, then a perceptron."""

    @classmethod
    def reader(cls, shape: DeepShape, history: History) -> HistoryReader:
        """Return a reader for a history."""
        return GatedMemory(shape.embedding_size, history.length)


NETWORK = Gru
