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
from dataclasses import dataclass
from typing import ClassVar

import torch

IS_THERE = "is_there"
"""In addition to the rows of the tables, where a row has histories: ``[rows, slots]``, 0 where a slot has no known value, else 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Slots of a row's events: the newest last, padding before the oldest."""

    first: int  # slot of the first item
    length: int  # events
    n_parts: int = 1  # slots for each event: its item, and its other fields, ``length`` slots later
    target: int | None = None  # the row's field with values of the same kind as the items

    @property
    def n_slots(self) -> int:
        """All of them."""
        return self.length * self.n_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSlots:
    """Slots whose values have a text, as a vector."""

    slots: tuple[int, ...]
    dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepShape:
    """Sizes of a network."""

    n_fields: int  # of a row, without its histories
    n_numbers: int
    embedding_size: int = 16
    layers: tuple[int, ...] = (256, 128)
    dropout: float = 0.0
    n_crosses: int = 3  # cross layers of DCN
    histories: tuple[History, ...] = ()
    n_blocks: int = 1  # of attention over a history
    n_heads: int = 2
    texts: tuple[TextSlots, ...] = ()
    text_alone: float = 0.0  # share of values that are trained by their text alone

    @property
    def n_inputs(self) -> int:
        """Width of a row's concatenated embeddings and numbers."""
        return self.n_fields * self.embedding_size + self.n_numbers


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
