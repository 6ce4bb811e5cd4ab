"""The members beside the networks in torch: what they add to the output of a row, to be written as ONNX."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from baihuo.train.tables.beside.forest import Forest, tree_attributes
from baihuo.train.tables.beside.members import Beside
from baihuo.train.tables.beside.row_inputs import MISSING

_KINDS = {int: "i", float: "f", str: "s"}  # endings of attributes, by which the exporter knows them


class ServedBeside(torch.nn.Module):
    """As :meth:`Beside.outputs`."""

    def __init__(self, beside: Beside) -> None:
        super().__init__()
        self.shape, self.forest = (
            beside.shape,
            None if beside.boosted is None else beside.boosted.forest,
        )
        constants: dict[str, Any] = {"offsets": torch.tensor(self.shape.offsets, dtype=torch.int32)}
        if (r := beside.regression) is not None:
            constants["values"] = torch.from_numpy(r.values)[:, None]
            constants["weights"] = torch.from_numpy(r.numbers)
            constants["constant"] = torch.tensor(r.constant, dtype=torch.float32)
        if beside.boosted is not None:
            constants["statistics"] = torch.from_numpy(beside.boosted.statistics)
        self.has_regression = beside.regression is not None
        for name, tensor in constants.items():
            self.register_buffer(name, tensor)

    def forward(self, categories: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """``[rows]``."""
        shape, found = self.shape, torch.zeros(1)
        fields = categories[:, : shape.n_fields]
        places = fields + self.offsets
        if self.has_regression:
            found = found + self.constant
            if shape.n_fields:
                found = found + F.embedding(places, self.values).sum((1, 2))
            if shape.n_numbers:
                found = found + numbers @ self.weights
        if self.forest is None:
            return found
        n, parts = shape.n_categories, []
        if n:
            parts.append(F.embedding(places[:, :n], self.statistics).flatten(1))
        if shape.n_numbers:
            missing = (fields[:, n:] == 0).float() * MISSING if shape.knows_missing else 0.0
            parts.append(numbers + missing)
        grown: torch.Tensor = _Trees.apply(torch.cat(parts, 1), self.forest)
        return found + grown.squeeze(1)


class _Trees(torch.autograd.Function):
    """Trees as one operation, which torch lacks and ONNX has."""

    @staticmethod
    def forward(ctx: Any, columns: torch.Tensor, forest: Forest) -> torch.Tensor:
        outputs = forest.outputs(columns.numpy())
        return torch.from_numpy(outputs).float()[:, None]

    @staticmethod
    def symbolic(g: Any, columns: Any, forest: Forest) -> Any:
        attributes = {
            f"{name}_{_KINDS[type(value[0] if isinstance(value, list) else value)]}": value
            for name, value in tree_attributes(forest).items()
        }
        found = g.op("ai.onnx.ml::TreeEnsembleRegressor", columns, **attributes)
        found.setType(columns.type().with_sizes([None, 1]))
        return found
