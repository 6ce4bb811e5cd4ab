"""Text vectors for values, so that values without training rows get the vector of their text. Text vectors come from a language model and
are fixed; a projection is learned. ``add`` sums it with
the value's own vector, ``concat`` makes one of both by a dense layer, ``gate`` weighs both number by number, ``attention``
each as a whole. Some values are trained by their texts alone (``text_alone``), as new ones will be.

Source of the last: Volkovs, Yu and Poutanen (2017), "DropoutNet: addressing cold start in recommender systems".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.layers import Dense
from baihuo.models.deep.onnx_graph import OnnxGraph


def text_rows(number: int) -> str:
    """Name among the rows: vectors of the texts that a batch has, ``[texts, dim]``."""
    return f"text.{number}"


def text_places(number: int) -> str:
    """Name among the rows: which of them each slot has, ``[rows, slots with this text]``."""
    return f"text.{number}.places"


class Fusion(torch.nn.Module):
    """Fuse value vectors and projected texts."""

    def __init__(self, dim: int, width: int, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.project = Dense(dim, width)
        torch.nn.init.normal_(self.project.weight, std=dim**-0.5)
        torch.nn.init.zeros_(self.project.bias)
        if kind in ("concat", "gate"):
            self.both = Dense(2 * width, width)
        if kind == "attention":
            self.ask = Dense(width, 1)

    def forward(self, own: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """``[rows, slots, width]`` each; ``text`` is projected already."""
        if self.kind == "add":
            return own + text
        if self.kind == "attention":
            scores = torch.cat([self.ask(torch.tanh(own)), self.ask(torch.tanh(text))], 2)
            shares = torch.softmax(scores, 2)
            return shares[:, :, :1] * own + shares[:, :, 1:] * text
        both: torch.Tensor = self.both(torch.cat([own, text], 2))
        if self.kind == "concat":
            return both
        return text + torch.sigmoid(both) * (own - text)

    def add_to(self, graph: OnnxGraph, own: str, text: str) -> str:
        """As nodes."""
        if self.kind == "add":
            return graph.add("Add", own, text)
        if self.kind == "attention":
            asked = (self.ask.add_each_to(graph, graph.add("Tanh", x)) for x in (own, text))
            shares = graph.add("Softmax", graph.add("Concat", *asked, axis=2), axis=2)
            parts = (
                graph.add("Mul", graph.part(shares, at, 1, axis=2), x)
                for at, x in enumerate((own, text))
            )
            return graph.add("Add", *parts)
        both = self.both.add_each_to(graph, graph.add("Concat", own, text, axis=2))
        if self.kind == "concat":
            return both
        change = graph.add("Mul", graph.add("Sigmoid", both), graph.add("Sub", own, text))
        return graph.add("Add", text, change)


class WithTexts(DeepModel):
    """A network whose vectors of some slots are fused with texts before it reads them."""

    reads_histories = True

    def __init__(self, network: DeepModel, shape: DeepShape) -> None:
        super().__init__(shape)
        self.network = network
        self.fusions = torch.nn.ModuleList(
            Fusion(text.dim, shape.embedding_size, shape.text_fusion) for text in shape.texts
        )

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """Return the wrapped network's tables."""
        return {}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Return the network's output."""
        self.network.dtype = self.dtype
        vectors = rows["vectors"]
        for number, (text, fusion) in enumerate(zip(self.shape.texts, self.fusions, strict=True)):
            slots = torch.tensor(text.slots, device=vectors.device)
            own = vectors.index_select(1, slots)
            if self.training and self.shape.text_alone:
                kept = torch.rand_like(own[:, :, :1]) >= self.shape.text_alone
                own = own * kept
            places = rows[text_places(number)]
            projected = fusion.project(rows[text_rows(number)])[places.flatten()]
            fused = fusion(own, projected.view_as(own))
            vectors = vectors.index_copy(1, slots, fused)
        found: torch.Tensor = self.network({**rows, "vectors": vectors}, numbers)
        return found

    def projections(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return each text's weights ``[dim, width]`` and constants ``[width]``, which project it before ONNX."""
        return [
            (f.project.weight.detach().cpu().numpy().T, f.project.bias.detach().cpu().numpy())
            for f in self.fusions
        ]

    def add_to(self, graph: OnnxGraph) -> str:
        """As nodes; projected texts are inputs ``text_0 [values, width]`` and so on."""
        for number, (text, fusion) in enumerate(zip(self.shape.texts, self.fusions, strict=True)):
            given = graph.text(number, self.shape.embedding_size)
            graph.fuse("vectors", text.slots, given, fusion.add_to)
        return self.network.add_to(graph)
