"""Text vectors for values, so that values without training rows get the vector of their text. Text vectors come from a language model and
are fixed; a projection is learned, and summed with the value's own vector. Some values are trained by their texts alone (``text_alone``), as
new ones will be.

Source of the last: Volkovs, Yu and Poutanen (2017), "DropoutNet: addressing cold start in recommender systems".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Dense
from baihuo.models.deep.shape import DeepShape


def text_rows(number: int) -> str:
    """Name among the rows: vectors of the texts that a batch has, ``[texts, dim]``."""
    return f"text.{number}"


def text_places(number: int) -> str:
    """Name among the rows: which of them each slot has, ``[rows, slots with this text]``."""
    return f"text.{number}.places"


class Projection(torch.nn.Module):
    """Vectors of texts to the width of values' vectors."""

    def __init__(self, dim: int, shape: DeepShape) -> None:
        super().__init__()
        self.project = Dense(dim, shape.embedding_size)
        torch.nn.init.normal_(self.project.weight, std=dim**-0.5)
        torch.nn.init.zeros_(self.project.bias)


class WithTexts(DeepModel):
    """A network whose vectors of some slots are fused with texts before it reads them."""

    reads_histories = True

    def __init__(self, network: DeepModel, shape: DeepShape) -> None:
        super().__init__(shape)
        self.network = network
        self.fusions = torch.nn.ModuleList(Projection(t.dim, shape) for t in shape.texts)

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
            vectors = vectors.index_copy(1, slots, own + projected.view_as(own))
        found: torch.Tensor = self.network({**rows, "vectors": vectors}, numbers)
        return found

    def projections(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return each text's weights ``[dim, width]`` and constants ``[width]``, which project it before ONNX."""
        return [
            (f.project.weight.detach().cpu().numpy().T, f.project.bias.detach().cpu().numpy())
            for f in self.fusions
        ]
