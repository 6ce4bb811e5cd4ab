"""Writes a network as ONNX: each method adds a node and gives the name of its output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET, _IR = 17, 8


class OnnxGraph:
    """Inputs ``categories [rows, fields]`` (int32, 0: unknown) and ``numbers [rows, numbers]`` (float32)."""

    def __init__(
        self,
        tables: Mapping[str, NDArray[np.float32]],
        offsets: NDArray[np.int32],
        n_numbers: int,
    ) -> None:
        """``tables``: ``[values of all fields, width]``; ``offsets``: where each field begins."""
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self.tables, self.n_fields, self.n_numbers = tables, len(offsets), n_numbers
        self._places = ""
        if len(offsets):
            self._places = self.add("Add", "categories", self.constant(offsets))

    def embedded(self, table: NDArray[np.float32]) -> str:
        """Rows of a table ``[values of all fields, width]``: ``[rows, fields, width]``."""
        return self.add("Gather", self.constant(table), self._places, axis=0)

    @contextmanager
    def tables_of(self, prefix: str) -> Iterator[None]:
        """Inside, tables are those whose names begin so, without that beginning."""
        everything = self.tables
        self.tables = {
            name.removeprefix(prefix): table
            for name, table in everything.items()
            if name.startswith(prefix)
        }
        try:
            yield
        finally:
            self.tables = everything

    def side_by_side(self, table: NDArray[np.float32] | None) -> str:
        """A row's embeddings and numbers, ``[rows, fields * width + numbers]``; the table is None without fields."""
        parts = [] if not self.n_numbers else ["numbers"]
        if table is not None:
            width = self.n_fields * table.shape[1]
            shape = self.constant(np.array([-1, width], dtype=np.int64))
            parts = [self.add("Reshape", self.embedded(table), shape), *parts]
        return self.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]

    def constant(self, value: NDArray[Any]) -> str:
        """An array that is part of the model."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name=name))
        return name

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        name = f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def linear(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """``x @ weight.T + bias``."""
        return self.add("Gemm", x, self.constant(weight), self.constant(bias), transB=1)

    def split(self, x: str, widths: Sequence[int]) -> list[str]:
        """``[rows, sum of widths]`` into parts."""
        names = [f"n{len(self._nodes)}_{part}" for part in range(len(widths))]
        chosen = self.constant(np.array(widths, dtype=np.int64))
        self._nodes.append(helper.make_node("Split", [x, chosen], names, axis=1))
        return names

    def sum_over(self, x: str, axes: Sequence[int], *, keep: bool = False) -> str:
        """Sums over axes."""
        chosen = self.constant(np.array(axes, dtype=np.int64))
        return self.add("ReduceSum", x, chosen, keepdims=int(keep))

    def to_bytes(self, output: str, *, is_probability: bool) -> bytes:
        """The model: ``y [rows]``, a probability or the network's own output."""
        axis = self.constant(np.array([1], dtype=np.int64))
        if is_probability:
            output = self.add("Sigmoid", output)
        self._nodes.append(helper.make_node("Squeeze", [output, axis], ["y"]))
        inputs = []
        if self.n_fields:
            inputs.append(("categories", TensorProto.INT32, self.n_fields))
        if self.n_numbers:
            inputs.append(("numbers", TensorProto.FLOAT, self.n_numbers))
        graph = helper.make_graph(
            self._nodes,
            "table",
            [helper.make_tensor_value_info(n, kind, ["rows", width]) for n, kind, width in inputs],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows"])],
            self._weights,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
