"""What every network over a table is. Read this first.

A table's row is ``fields`` categories (numbers of values, looked up in tables of embeddings) and ``numbers`` scaled
numbers. A network says which tables it looks up and how wide their rows are, and turns the rows into one output: log-odds
of the label, or the predicted number. It holds no embeddings itself: the trainer keeps each table as one matrix of all
fields, and updates only the rows that a batch touched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from baihuo.models.deep.onnx_graph import OnnxGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepShape:
    """Sizes of a network."""

    n_fields: int
    n_numbers: int
    embedding_size: int = 16
    layers: tuple[int, ...] = (256, 128)
    dropout: float = 0.0
    n_crosses: int = 3  # cross layers of DCN

    @property
    def n_inputs(self) -> int:
        """Width of a row's embeddings and numbers, side by side."""
        return self.n_fields * self.embedding_size + self.n_numbers


class DeepModel(torch.nn.Module, ABC):
    """A network. :attr:`dtype` is that of its large products: bfloat16 where the processor multiplies it faster."""

    dtype: torch.dtype = torch.float32

    def __init__(self, shape: DeepShape) -> None:
        super().__init__()
        self.shape = shape

    @staticmethod
    @abstractmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """Name of each table of embeddings to the width of its rows."""

    @abstractmethod
    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """One output a row.

        Args:
            rows: For each table ``[rows, fields, width]``.
            numbers: ``[rows, numbers]``, scaled, missing ones 0.
        """

    @abstractmethod
    def add_to(self, graph: OnnxGraph) -> str:
        """The same function as nodes of ONNX, without dropout; the name of its output, ``[rows, 1]``."""
