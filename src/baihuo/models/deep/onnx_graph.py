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
        self._prefix = ""
        self._weights: list[Any] = []
        self.n_fields, self.n_numbers = len(offsets), n_numbers
        if len(offsets):
            places = self.add("Add", "categories", self.constant(offsets))
            self._embedded = {
                name: self.add("Gather", self.constant(table), places, axis=0)
                for name, table in tables.items()
            }

    def embedded(self, table: str) -> str:
        """Rows of a table, ``[rows, fields, width]``."""
        return self._embedded[self._prefix + table]

    @contextmanager
    def tables_of(self, prefix: str) -> Iterator[None]:
        """Inside, tables are those whose names begin so."""
        self._prefix = prefix
        try:
            yield
        finally:
            self._prefix = ""

    def side_by_side(self, table: str, width: int) -> str:
        """A row's embeddings and numbers, ``[rows, fields * width + numbers]``."""
        parts = [] if not self.n_numbers else ["numbers"]
        if self.n_fields:
            shape = self.constant(np.array([-1, self.n_fields * width], dtype=np.int64))
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
