"""All weights of a network and its tables, with the moments of Adam; as tensors by name, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from baihuo.models.deep.embeddings import (
    N_MOMENTS,
    EmbeddingTable,
    TouchedRows,
    adam,
    field_offsets,
)
from baihuo.models.deep.ensemble import build_deep_model
from baihuo.models.deep.processor import device_named, precision_named
from baihuo.models.deep.registry import RowKind
from baihuo.models.deep.scorer import TableScorer
from baihuo.models.deep.settings import DeepSettings
from baihuo.models.deep.shape import IS_THERE, DeepShape
from baihuo.models.deep.with_texts import text_places, text_rows

Tensors = dict[str, torch.Tensor]


class Weights:
    """A network, its tables of embeddings, and how they move."""

    def __init__(self, shape: DeepShape, settings: DeepSettings) -> None:
        """New weights by ``settings.seed``; the caller forks the global generator of torch."""
        self.shape, self.settings = shape, settings
        self.device = device = device_named(settings.device)
        self.beside: Any = None  # members that no step moves
        torch.manual_seed(settings.seed)
        module, tables = build_deep_model(
            settings.model,
            shape,
            each=settings.networks,
            dtype=precision_named(settings.precision, device),
            together=settings.together,
        )
        self.module: Any = module.to(device)
        generator = torch.Generator().manual_seed(settings.seed)
        self.tables = {
            name: EmbeddingTable.new(shape.sizes, width, generator).to(device)
            for name, width in tables.items()
        }
        self._limits = None
        slots = np.array(shape.slots, dtype=np.int64)
        if shape.texts:
            limits = np.array(shape.sizes, dtype=np.int32)[slots]
            self._limits = torch.from_numpy(limits).to(device)
        self._offsets = torch.from_numpy(field_offsets(shape.sizes)[slots]).to(device)
        self._dense = {
            name: (
                parameter,
                [torch.zeros_like(parameter.data) for _ in range(N_MOMENTS)],
            )
            for name, parameter in self.module.named_parameters()
            if parameter.numel()
        }

    def places(self, categories: torch.Tensor) -> torch.Tensor:
        """``[rows, slots]`` numbers of values to rows of the tables, ``[rows * slots]``."""
        if self._limits is not None:  # a value of another file has a text, and nothing learned
            categories = torch.where(categories < self._limits, categories, 0)
        return (categories + self._offsets).view(-1)

    def look_up(
        self, places: torch.Tensor, categories: torch.Tensor, texts: Sequence[torch.Tensor] = ()
    ) -> Tensors:
        """Of each table ``[rows, slots, width]``, without slots of a table of numbers alone; of sequences which slots have a
        known value; of texts their vectors.

        Args:
            places: Of these ``categories``.
            texts: Of each text column ``[numbers of values, dim]``.
        """
        shape = categories.shape
        found = {name: table.look_up(places, shape) for name, table in self.tables.items()}
        if self.shape.histories:
            found[IS_THERE] = (categories > 0).float()
        for number, (slots, vectors) in enumerate(zip(self.shape.texts, texts, strict=True)):
            ids, where = torch.unique(categories[:, list(slots.slots)], return_inverse=True)
            found[text_rows(number)] = vectors.index_select(0, ids)
            found[text_places(number)] = where
        return found

    def move(self, places: torch.Tensor, looked_up: Tensors, rate: float, step: int) -> None:
        """One step, by the gradients that a backward pass left."""
        if self.shape.slots:  # none: numbers alone
            touched = TouchedRows(places)
            for name, table in self.tables.items():
                rows = looked_up[name]
                slopes = rows.new_zeros(rows.shape) if rows.grad is None else rows.grad
                table.move(touched, slopes, rate, step, l2=self.settings.l2)
        with torch.no_grad():
            for parameter, moments in self._dense.values():
                if parameter.grad is not None:
                    adam(parameter, parameter.grad, moments, rate, step, l2=self.settings.l2)
                    parameter.grad = None

    def tensors(self) -> Tensors:
        """By name; the tensors themselves, no copies."""
        tables = {f"table.{name}": table.weights for name, table in self.tables.items()}
        return tables | {f"module.{name}": p.data for name, (p, _) in self._dense.items()}

    def load(self, stored: Mapping[str, torch.Tensor], *, are_some: bool = False) -> None:
        """Copy stored tensors into these. ``are_some``: the others stay as they are.

        Raises:
            ValueError: one is missing or of another shape.
        """
        for name, mine in self.tensors().items():
            if are_some and name not in stored:
                continue
            tensor = stored.get(name)
            if tensor is None or tensor.shape != mine.shape:
                raise ValueError(f"{name} is missing or of another shape")
            mine.copy_(tensor)

    def to_onnx(self, rows: RowKind = "float32", *, beside: torch.nn.Module | None = None) -> bytes:
        """Categories and numbers to ``y``: a probability, or the output itself. ``rows``: how the tables are kept. ``beside``: adds to the output."""
        return TableScorer(
            self.module,
            {name: table.weights for name, table in self.tables.items()},
            self._offsets,
            loss=self.settings.loss,
            limits=self._limits,
            rows=rows,
            beside=beside,
        ).to_onnx()
