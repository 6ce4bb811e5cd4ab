"""The contract of networks over a table. Read this first.

A table's row is ``fields`` categories (numbers of values, looked up in tables of embeddings) and ``numbers`` scaled
numbers. A network says which tables it looks up and how wide their rows are, and turns the rows into one output: log-odds
of the label, or the predicted number. It holds no embeddings itself: the trainer keeps each table as one matrix of all
fields, and updates only the rows that a batch touched.

A row may have histories: lists of values, each value in a slot after the row's fields. A
network that does not read them (:attr:`DeepModel.reads_histories`) gets the mean of each as one more field.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch

from baihuo.models.deep.shape import DeepShape


class DeepModel(torch.nn.Module, ABC):
    """A network. :attr:`dtype` is that of its large products: bfloat16 where the processor multiplies it faster."""

    dtype: torch.dtype = torch.float32
    reads_histories: ClassVar[bool] = False

    def __init__(self, shape: DeepShape) -> None:
        super().__init__()
        self.shape = shape

    @staticmethod
    @abstractmethod
    def tables(shape: DeepShape) -> dict[str, int]:
        """Return the width of each embedding table by name."""

    def faster(
        self, tables: dict[str, torch.Tensor], *, joined: bool
    ) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
        """A module of the same outputs that scores faster, and the tables that it reads; itself, where there is none.

        ``joined``: tables may be put side by side in one; not where each row is rounded by its largest number.
        """
        return self, tables

    @abstractmethod
    def forward(self, rows: Mapping[str, torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Return one output for each row, ``[rows]``.

        Args:
            rows: For each table ``[rows, fields, width]``; with histories ``[rows, slots, width]``, and :data:`IS_THERE`.
            numbers: ``[rows, numbers]``, scaled, missing ones 0.
        """
