"""All weights of a network and its tables, with the moments of the optimiser; as tensors by name, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.models import (
    IS_THERE,
    DeepShape,
    History,
    RowKind,
    TextSlots,
    build_deep_model,
    text_places,
    text_rows,
)
from baihuo.train.tables.beside.members import Beside
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.embeddings import EmbeddingTable, TouchedRows, field_offsets
from baihuo.train.tables.optimisers import Optimiser
from baihuo.train.tables.processes import ALONE, Group
from baihuo.train.tables.settings import DeepSettings

Tensors = dict[str, torch.Tensor]


class Weights:
    """A network, its tables of embeddings, and how they move."""

    def __init__(
        self,
        columns: Columns,
        settings: DeepSettings,
        optimiser: Optimiser,
        device: torch.device,
        dtype: torch.dtype,
        group: Group = ALONE,
    ) -> None:
        """New weights by ``settings.seed``; the caller forks the global generator of torch.

        ``group``: each of its processes has all of them, and moves them by the slopes of all.
        """
        self.columns, self.settings, self.optimiser = columns, settings, optimiser
        self.device, self.group = device, group
        self.beside: Beside | None = None  # members that no step moves
        torch.manual_seed(settings.seed)
        shape = deep_shape(columns, settings)
        module, tables = build_deep_model(
            settings.model,
            shape,
            each=settings.networks,
            dtype=dtype,
            together=settings.together,
        )
        self.module: Any = module.to(device)
        generator = torch.Generator().manual_seed(settings.seed)
        self.tables = {
            name: EmbeddingTable.new(columns.sizes, width, optimiser, generator).to(device)
            for name, width in tables.items()
        }
        self._limits = None
        if columns.texts:
            limits = np.array(columns.sizes, dtype=np.int32)[columns.slots]
            self._limits = torch.from_numpy(limits).to(device)
        self._offsets = torch.from_numpy(self._slot_offsets()).to(device)
        self._dense = {
            name: (
                parameter,
                [torch.zeros_like(parameter.data) for _ in range(optimiser.n_moments)],
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
        if self.columns.sequences:
            found[IS_THERE] = (categories > 0).float()
        for number, (slots, vectors) in enumerate(zip(self.module.shape.texts, texts, strict=True)):
            ids, where = torch.unique(categories[:, list(slots.slots)], return_inverse=True)
            found[text_rows(number)] = vectors.index_select(0, ids)
            found[text_places(number)] = where
        return found

    def move(self, places: torch.Tensor, looked_up: Tensors, rate: float, step: int) -> None:
        """One step, by the gradients that a backward pass left: of a group, the sum of them."""
        if self.columns.slots:  # none: numbers alone
            touched = TouchedRows(places)
            of_all = touched if self.group.n == 1 else TouchedRows(self.group.gather(touched.rows))
            for name, table in self.tables.items():
                rows = looked_up[name]
                slopes = rows.new_zeros(rows.shape) if rows.grad is None else rows.grad
                if of_all is not touched:
                    slopes = self.group.gather(touched.sums(slopes.flatten(0, 1)))
                table.move(of_all, slopes, self.optimiser, rate, step)
        with torch.no_grad():
            self._add_up_slopes()
            for parameter, moments in self._dense.values():
                if parameter.grad is not None:
                    self.optimiser.move(parameter, parameter.grad, moments, rate, step)
                    parameter.grad = None

    def _add_up_slopes(self) -> None:
        """Of the network, over all processes, in one message."""
        if self.group.n == 1:
            return
        used = [p for p, _ in self._dense.values() if p.grad is not None]
        if not used:
            return
        total = self.group.sum(torch.cat([p.grad.reshape(-1) for p in used]))
        for parameter, slope in zip(used, total.split([p.numel() for p in used]), strict=True):
            parameter.grad = slope.view_as(parameter)

    def tensors(self, *, with_moments: bool) -> Tensors:
        """By name; the tensors themselves, no copies."""
        found: Tensors = {}
        for name, table in self.tables.items():
            found[f"table.{name}"] = table.weights
            if with_moments:
                found |= {f"table.{name}.{i}": m for i, m in enumerate(table.moments)}
        for name, (parameter, moments) in self._dense.items():
            found[f"module.{name}"] = parameter.data
            if with_moments:
                found |= {f"module.{name}.{i}": m for i, m in enumerate(moments)}
        return found

    def load(
        self, stored: Mapping[str, torch.Tensor], *, with_moments: bool, are_some: bool = False
    ) -> None:
        """Copy stored tensors into these. ``are_some``: the others stay as they are.

        Raises:
            ValueError: one is missing or of another shape.
        """
        for name, mine in self.tensors(with_moments=with_moments).items():
            if are_some and name not in stored:
                continue
            tensor = stored.get(name)
            if tensor is None or tensor.shape != mine.shape:
                raise ValueError(f"{name} is missing or of another shape")
            mine.copy_(tensor)

    def to_onnx(self, rows: RowKind = "float32") -> bytes:
        """Categories and numbers to ``y``: a probability, or the output itself. ``rows``: how the tables are kept."""
        from baihuo.models import TableScorer
        from baihuo.train.tables.beside.served import ServedBeside

        return TableScorer(
            self.module,
            {name: table.weights for name, table in self.tables.items()},
            self._offsets,
            loss=self.settings.loss,
            limits=self._limits,
            rows=rows,
            beside=None if self.beside is None else ServedBeside(self.beside),
        ).to_onnx()

    def _slot_offsets(self) -> NDArray[np.int32]:
        """Where the field of each slot begins."""
        return field_offsets(self.columns.sizes)[self.columns.slots]


def deep_shape(columns: Columns, settings: DeepSettings) -> DeepShape:
    """The sizes of a network over these columns."""
    return DeepShape(
        n_fields=columns.n_fields,
        n_numbers=len(columns.numbers),
        embedding_size=settings.embedding_size,
        layers=settings.layers,
        dropout=settings.dropout,
        n_crosses=settings.cross_layers,
        histories=tuple(_histories(columns)),
        n_blocks=settings.attention_blocks,
        n_heads=settings.attention_heads,
        texts=tuple(_texts(columns)),
        text_alone=settings.text_alone,
    )


def _texts(columns: Columns) -> Iterator[TextSlots]:
    fields = [c.name for c in columns.fields]
    for text in columns.texts:
        field = fields.index(text.of)
        slots = tuple(slot for slot, of in enumerate(columns.slots) if of == field)
        yield TextSlots(slots=slots, dim=text.dim)


def _histories(columns: Columns) -> Iterator[History]:
    fields = [c.name for c in columns.categories]
    first = columns.n_fields
    for sequence in columns.sequences:
        target = fields.index(sequence.of) if sequence.of in fields else None
        one = History(
            first=first, length=sequence.length, n_parts=len(sequence.parts), target=target
        )
        first += one.n_slots
        yield one
