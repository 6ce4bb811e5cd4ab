"""Writes a network as ONNX: each method adds a node and gives the name of its output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from baihuo.models.deep.stored_rows import RowKind, StoredRows, stored_rows

_OPSET, _IR = 17, 8


class OnnxGraph:
    """Inputs ``categories [rows, fields]`` (int32, 0: unknown) and ``numbers [rows, numbers]`` (float32)."""

    def __init__(
        self,
        tables: Mapping[str, NDArray[np.float32]],
        offsets: NDArray[np.int32],
        n_numbers: int,
        *,
        rows: RowKind = "float32",
        with_int8: bool = False,
    ) -> None:
        """``tables``: ``[values of all fields, width]``; ``offsets``: where each field begins; ``rows``: how tables are kept;
        ``with_int8``: products of hidden layers after the first are of bytes."""
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._kind, self._with_int8 = rows, with_int8
        self._tables = {name: stored_rows(table, rows) for name, table in tables.items()}
        self.n_fields, self.n_numbers = len(offsets), n_numbers
        self._places = ""
        if len(offsets):
            self._places = self.add("Add", "categories", self.constant(offsets))

    def values(self, table: str) -> NDArray[np.float32]:
        """A table as its rows are looked up, ``[values of all fields, width]``."""
        return self._tables[table].values

    @contextmanager
    def tables_of(self, prefix: str) -> Iterator[None]:
        """Inside, tables are those whose names begin so, without that beginning."""
        everything = self._tables
        self._tables = {
            name.removeprefix(prefix): table
            for name, table in everything.items()
            if name.startswith(prefix)
        }
        try:
            yield
        finally:
            self._tables = everything

    def embedded(self, table: str, beside: NDArray[np.float32] | None = None) -> str:
        """Rows of a table, ``[rows, fields, width]``; ``beside``: more columns, ``[values of all fields, more]``."""
        stored = self._tables[table]
        if beside is None:
            return self._looked_up(stored)
        if stored.kind == "float32":  # one look-up for both
            return self._looked_up(
                stored_rows(np.concatenate([stored.values, beside], 1), "float32")
            )
        more = self._looked_up(stored_rows(beside, "float16"))
        return self.add("Concat", self._looked_up(stored), more, axis=2)

    def _looked_up(self, stored: StoredRows) -> str:
        first = self.add("Gather", self.constant(stored.parts[0]), self._places, axis=0)
        if stored.kind in ("float16", "int8"):
            first = self.add("Cast", first, to=TensorProto.FLOAT)
        if stored.kind == "int8":
            scale = self.add("Gather", self.constant(stored.parts[1]), self._places, axis=0)
            return self.add("Mul", first, self.add("Cast", scale, to=TensorProto.FLOAT))
        if stored.kind == "half_rank":
            return self.add("MatMul", first, self.constant(stored.parts[1]))
        return first

    def side_by_side(self, table: str, beside: NDArray[np.float32] | None = None) -> str:
        """A row's embeddings (with ``beside``, as :meth:`embedded`) and numbers, ``[rows, all of them]``."""
        parts = [] if not self.n_numbers else ["numbers"]
        if self.n_fields:
            width = self.values(table).shape[1] + (0 if beside is None else beside.shape[1])
            shape = self.constant(np.array([-1, self.n_fields * width], dtype=np.int64))
            parts = [self.add("Reshape", self.embedded(table, beside), shape), *parts]
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

    def linear(
        self,
        x: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        *,
        is_hidden: bool = False,
    ) -> str:
        """``x @ weight.T + bias``; ``is_hidden``: it may be made of bytes."""
        if is_hidden and self._with_int8:
            return self._linear_of_bytes(x, weight, bias)
        return self.add("Gemm", x, self.constant(weight), self.constant(bias), transB=1)

    def _linear_of_bytes(
        self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> str:
        """Weights in 127 steps to either side, of each unit; inputs by the range of all rows of a request."""
        scale = np.abs(weight).max(1) / 127
        scale[scale == 0] = 1
        steps = np.rint(weight / scale[:, None]).astype(np.int8).T
        name = f"n{len(self._nodes)}"
        inputs = [f"{name}_{part}" for part in ("steps", "scale", "zero")]
        self._nodes.append(helper.make_node("DynamicQuantizeLinear", [x], inputs))
        product = self.add("MatMulInteger", inputs[0], self.constant(steps), inputs[2])
        real = self.add("Cast", product, to=TensorProto.FLOAT)
        both = self.add("Mul", inputs[1], self.constant(scale.astype(np.float32)))
        return self.add("Add", self.add("Mul", real, both), self.constant(bias))

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
