"""ESMM: clicks, and purchases after a click, from all impressions, with shared embeddings. Clicks are a biased sample of impressions, so
P(purchase | click) is not learned on them alone: two towers give log-odds, and the losses over all rows are of P(click) and P(click) ×
P(purchase | click).

Source: Ma, Zhao, Huang, Wang, Hu, Zhu and Gai (2018), "Entire space multi-task model".
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.layers import Layers, concatenated, output_layer
from baihuo.models.deep.shape import DeepShape


class Esmm(DeepModel):
    """Two perceptrons over the same vectors; two outputs a row."""

    def __init__(self, shape: DeepShape) -> None:
        super().__init__(shape)
        width = (shape.n_inputs, *shape.layers)[-1]
        self.layers = torch.nn.ModuleList(
            Layers(shape.n_inputs, shape.layers, shape.dropout) for _ in range(2)
        )
        self.outs = torch.nn.ModuleList(output_layer(width) for _ in range(2))

    @staticmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """One vector a value, of both."""
        return {"vectors": shape.embedding_size}

    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Log-odds ``[rows, 2]``: of a click, and of a purchase after one."""
        x = concatenated(rows["vectors"], numbers, self.dtype)
        towers = zip(self.layers, self.outs, strict=True)
        return torch.cat([out(layers(x).float()) for layers, out in towers], 1)


NETWORK = Esmm
