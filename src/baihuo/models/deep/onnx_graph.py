"""Writes a network as ONNX: each method adds a node and gives the name of its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET, _IR = 17, 8


class OnnxGraph:
    """Inputs ``categories [rows, slots]`` (int32, 0: unknown) and ``numbers [rows, numbers]`` (float32)."""

    def __init__(
        self,
        tables: Mapping[str, NDArray[np.float32]],
        offsets: NDArray[np.int32],
        n_numbers: int,
        n_fields: int | None = None,
        limits: NDArray[np.int32] | None = None,
    ) -> None:
        """``tables``: ``[values of all fields, width]``; ``offsets``: where each slot's field begins.

        ``n_fields``: the first slots, which are fields of the row; None: all. The others are of its histories.
        ``limits``: numbers from here on have a text and no vector of their own; None: there are none.
        """
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._n_slots, self.n_numbers = len(offsets), n_numbers
        self.n_fields = len(offsets) if n_fields is None else n_fields
        self._texts: list[tuple[str, int]] = []
        self._slots: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        if len(offsets):
            known = "categories"
            if limits is not None:
                is_known = self.add("Less", known, self.constant(limits))
                none = self.constant(np.array(0, dtype=np.int32))
                known = self.add("Where", is_known, known, none)
            places = self.add("Add", known, self.constant(offsets))
            for name, table in tables.items():
                self._slots[name] = self.add("Gather", self.constant(table), places, axis=0)
                self._take_fields(name)

    def _take_fields(self, table: str) -> None:
        slots = self._slots[table]
        is_all = self.n_fields == self._n_slots
        self._fields[table] = slots if is_all else self.part(slots, 0, self.n_fields)

    def text(self, number: int, width: int) -> str:
        """A further input, projected texts of values ``[values, width]``."""
        name = f"text_{number}"
        self._texts.append((name, width))
        return name

    def fuse(
        self,
        table: str,
        slots: Sequence[int],
        text: str,
        fusion: Callable[[OnnxGraph, str, str], str],
    ) -> None:
        """Change the rows of a table in some slots: ``fusion`` makes nodes of the own rows and the texts."""
        chosen = self.constant(np.array(slots, dtype=np.int64))
        ids = self.add("Gather", "categories", chosen, axis=1)
        own = self.add("Gather", self._slots[table], chosen, axis=1)
        fused = fusion(self, own, self.add("Gather", text, ids, axis=0))
        order = np.arange(self._n_slots)
        order[list(slots)] = self._n_slots + np.arange(len(slots))
        both = self.add("Concat", self._slots[table], fused, axis=1)
        self._slots[table] = self.add("Gather", both, self.constant(order), axis=1)
        self._take_fields(table)

    def embedded(self, table: str) -> str:
        """Rows of a table, ``[rows, fields, width]``."""
        return self._fields[table]

    def slots(self, table: str, first: int, n: int) -> str:
        """Rows of a table for ``n`` slots of histories, ``[rows, n, width]``."""
        return self.part(self._slots[table], first, n)

    def is_there(self, first: int, n: int) -> str:
        """1 where a slot has a known value, else 0: ``[rows, n]``, float32."""
        none = self.constant(np.array(0, dtype=np.int32))
        known = self.add("Greater", self.part("categories", first, n), none)
        return self.add("Cast", known, to=TensorProto.FLOAT)

    def more_fields(self, added: Mapping[str, Sequence[str]]) -> None:
        """Further fields of each table, ``[rows, 1, width]`` each: what a history was made into."""
        for table, parts in added.items():
            own = [self._fields[table]] if self.n_fields else []
            self._fields[table] = self.add("Concat", *own, *parts, axis=1)
        self.n_fields += max((len(parts) for parts in added.values()), default=0)

    def part(self, x: str, first: int, n: int, *, axis: int = 1) -> str:
        """``n`` neighbours of an axis."""
        ends = (np.array([value], dtype=np.int64) for value in (first, first + n, axis))
        return self.add("Slice", x, *(self.constant(value) for value in ends))

    def reshaped(self, x: str, *shape: int) -> str:
        """-1: what is left; 0: as it was."""
        return self.add("Reshape", x, self.constant(np.array(shape, dtype=np.int64)))

    def side_by_side(self, table: str, width: int) -> str:
        """A row's embeddings and numbers, ``[rows, fields * width + numbers]``."""
        parts = [] if not self.n_numbers else ["numbers"]
        if self.n_fields:
            parts = [self.reshaped(self.embedded(table), -1, self.n_fields * width), *parts]
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

    def linear_of_each(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """The same of each of ``[rows, length, n_in]``."""
        product = self.add("MatMul", x, self.constant(np.ascontiguousarray(weight.T)))
        return self.add("Add", product, self.constant(bias))

    def sum_over(self, x: str, axes: Sequence[int], *, keep: bool = False) -> str:
        """Sums over axes."""
        chosen = self.constant(np.array(axes, dtype=np.int64))
        return self.add("ReduceSum", x, chosen, keepdims=int(keep))

    def to_bytes(self, output: str, *, is_probability: bool, n_outputs: int = 1) -> bytes:
        """The model: ``y [rows]``, a probability or the network's own output.

        With two outputs of the network: ``y`` is the product of their probabilities, ``each [rows, 2]`` are they.
        """
        axis = self.constant(np.array([1], dtype=np.int64))
        if is_probability:
            output = self.add("Sigmoid", output)
        more = []
        if n_outputs == 2:
            self._nodes.append(helper.make_node("Identity", [output], ["each"]))
            more.append(helper.make_tensor_value_info("each", TensorProto.FLOAT, ["rows", 2]))
            output = self.add("Mul", self.part(output, 0, 1), self.part(output, 1, 1))
        self._nodes.append(helper.make_node("Squeeze", [output, axis], ["y"]))
        inputs = []
        if self._n_slots:
            inputs.append(("categories", TensorProto.INT32, self._n_slots))
        if self.n_numbers:
            inputs.append(("numbers", TensorProto.FLOAT, self.n_numbers))
        graph = helper.make_graph(
            self._nodes,
            "table",
            [
                *(helper.make_tensor_value_info(n, k, ["rows", width]) for n, k, width in inputs),
                *(
                    helper.make_tensor_value_info(n, TensorProto.FLOAT, ["values", width])
                    for n, width in self._texts
                ),
            ],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows"]), *more],
            self._weights,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
