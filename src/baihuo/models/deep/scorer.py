"""A network with its tables as one module that scores rows, and any module as ONNX."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.registry import RowKind
from baihuo.models.deep.shape import IS_THERE
from baihuo.models.deep.with_texts import WithTexts, text_places, text_rows

_NARROW = 4  # least width for bytes; narrower rows are in half precision
_LARGEST = 127.0
_OPSET = 17
_TREES = {"ai.onnx.ml": 3}  # operators of members beside a network


class StoredRows(torch.nn.Module):
    """A table of vectors as it is kept. ``int8``: each row in 127 steps to either side of its largest number."""

    def __init__(self, table: torch.Tensor, kind: RowKind) -> None:
        super().__init__()
        scale = None
        if kind == "int8" and table.shape[1] >= _NARROW:
            scale = (table.abs().amax(1, keepdim=True) / _LARGEST).half()
            steps = table / torch.where(scale > 0, scale, 1).float()
            table = steps.round().clamp(-_LARGEST, _LARGEST).to(torch.int8)
        elif kind != "float32":
            table = table.half()
        self.rows, self.scale = _constant(table), None if scale is None else _constant(scale)

    def forward(self, places: torch.Tensor) -> torch.Tensor:
        """``[rows, slots]`` to ``[rows, slots, width]``."""
        found = F.embedding(places, self.rows)
        found = found if found.dtype == torch.float32 else found.float()
        return found if self.scale is None else found * F.embedding(places, self.scale).float()


class TableScorer(torch.nn.Module):
    """Numbers of values and scaled numbers to ``y``: a probability with the loss ``binary``, else the output."""

    def __init__(
        self,
        network: torch.nn.Module,
        tables: Mapping[str, torch.Tensor],
        offsets: torch.Tensor,
        *,
        loss: str,
        limits: torch.Tensor | None = None,
        rows: RowKind = "float32",
        beside: torch.nn.Module | None = None,
    ) -> None:
        """
        Args:
            tables: ``[values of all fields, width]``.
            offsets: Of each slot, where its field's values begin.
            limits: Of each slot: numbers from here on have a text and no vector.
            rows: How the tables are kept.
            beside: Adds to the output of a row, by categories and numbers.
        """
        super().__init__()
        self.shape: Any = network.shape
        network = copy.deepcopy(network).cpu()
        for part in network.modules():
            if isinstance(part, DeepModel):
                part.dtype = torch.float32
            if isinstance(part, WithTexts):  # texts come projected
                for fusion in part.fusions:
                    fusion.project = torch.nn.Identity()
        found = {name: table.detach().cpu() for name, table in tables.items()}
        self.network, found = network.faster(found, joined=rows == "float32")
        self.names = list(found)
        self.tables = torch.nn.ModuleList(StoredRows(table, rows) for table in found.values())
        self.offsets = _constant(offsets.cpu())
        self.limits = None if limits is None else _constant(limits.cpu())
        self.loss, self.beside = loss, beside

    def forward(
        self, categories: torch.Tensor, numbers: torch.Tensor, *texts: torch.Tensor
    ) -> torch.Tensor:
        """``[rows, slots]`` int32 (0: unknown), ``[rows, numbers]``, and of each text projected vectors ``[values, width]``, to ``y [rows]``."""
        known = categories
        if self.limits is not None:
            known = torch.where(categories < self.limits, categories, 0)
        places = known + self.offsets
        rows = {name: t(places) for name, t in zip(self.names, self.tables, strict=True)}
        if self.shape.histories:
            rows[IS_THERE] = (categories > 0).float()
        for number, (slots, vectors) in enumerate(zip(self.shape.texts, texts, strict=True)):
            rows[text_rows(number)] = vectors
            rows[text_places(number)] = categories[:, list(slots.slots)].long()
        output: torch.Tensor = self.network(rows, numbers)
        if self.beside is not None:
            output = output + self.beside(categories, numbers)
        return torch.sigmoid(output) if self.loss == "binary" else output

    def to_onnx(self) -> bytes:
        """Inputs ``categories``, ``numbers`` and ``text_0`` and so on; the output is ``y``."""
        n_slots, n_numbers = len(self.offsets), self.shape.n_numbers
        inputs = {
            "categories": torch.zeros((2, n_slots), dtype=torch.int32),
            "numbers": torch.zeros((2, n_numbers)),
        }
        for number in range(len(self.shape.texts)):
            inputs[f"text_{number}"] = torch.zeros((2, self.shape.embedding_size))
        more = None if self.beside is None else _TREES
        return onnx_bytes(self, inputs, ("y",), more_operators=more)


def onnx_bytes(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    *,
    more_operators: Mapping[str, int] | None = None,
) -> bytes:
    """A module as ONNX, without dropout; the first size of each input and output varies.

    Args:
        inputs: Of the right types and sizes, by name, in the order of ``forward``.
        more_operators: Domains of operators beyond those of ONNX, and their versions.
    """
    import onnx

    file, names = io.BytesIO(), [*inputs, *outputs]
    with warnings.catch_warnings():
        # The exporter that is said to be the newer one needs another package and seconds a network.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            file,
            dynamo=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={
                name: {0: "values" if name.startswith("text") else "rows"} for name in names
            },
            opset_version=_OPSET,
            custom_opsets=dict(more_operators or {}),
        )
    model = onnx.load_from_string(file.getvalue())
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _constant(tensor: torch.Tensor) -> torch.nn.Parameter:
    return torch.nn.Parameter(tensor, requires_grad=False)
