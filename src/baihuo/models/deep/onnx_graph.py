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
        self.tables, self.n_numbers = tables, n_numbers
        self._n_slots = len(offsets)
        self._n_own = self.n_fields = len(offsets) if n_fields is None else n_fields
        self._texts: list[tuple[str, int]] = []
        self._fused: dict[str, str] = {}  # all slots of a table, where they are no longer its rows
        self._further: dict[str, Sequence[str]] = {}
        self._constants: dict[str, str] = {}
        self._places = ""
        if len(offsets):
            known = "categories"
            if limits is not None:
                is_known = self.add("Less", known, self.constant(limits))
                none = self.constant(np.array(0, dtype=np.int32))
                known = self.add("Where", is_known, known, none)
            self._places = self.add("Add", known, self.constant(offsets))

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
        before = self.slots(table, 0, self._n_slots)
        own = self.add("Gather", before, chosen, axis=1)
        fused = fusion(self, own, self.add("Gather", text, ids, axis=0))
        order = np.arange(self._n_slots)
        order[list(slots)] = self._n_slots + np.arange(len(slots))
        both = self.add("Concat", before, fused, axis=1)
        self._fused[table] = self.add("Gather", both, self.constant(order), axis=1)

    def embedded(self, table: str) -> str:
        """Rows of a table, ``[rows, fields, width]``: of the row's fields, then what histories were made into."""
        own = [self.slots(table, 0, self._n_own)] if self._n_own else []
        parts = [*own, *self._further.get(table, ())]
        return self.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]

    def embedded_in(self, table: NDArray[np.float32]) -> str:
        """The same of another table, ``[values of all fields, width]``, of the row's fields alone."""
        return self._rows_of(self.constant(table), 0, self._n_own)

    def slots(self, table: str, first: int, n: int) -> str:
        """Rows of a table for ``n`` slots, ``[rows, n, width]``."""
        if table in self._fused:
            rows = self._fused[table]
            return rows if n == self._n_slots else self.part(rows, first, n)
        return self._rows_of(self._table(table), first, n)

    def _table(self, name: str) -> str:
        if name not in self._constants:
            self._constants[name] = self.constant(self.tables[name])
        return self._constants[name]

    def _rows_of(self, table: str, first: int, n: int) -> str:
        places = self._places if n == self._n_slots else self.part(self._places, first, n)
        return self.add("Gather", table, places, axis=0)

    def is_there(self, first: int, n: int) -> str:
        """1 where a slot has a known value, else 0: ``[rows, n]``, float32."""
        none = self.constant(np.array(0, dtype=np.int32))
        known = self.add("Greater", self.part("categories", first, n), none)
        return self.add("Cast", known, to=TensorProto.FLOAT)

    @property
    def has_more_than_rows(self) -> bool:
        """Whether fields are not only rows of tables: texts are in them, or histories were made into some."""
        return bool(self._further or self._fused)

    def more_fields(self, added: Mapping[str, Sequence[str]]) -> None:
        """Further fields of each table, ``[rows, 1, width]`` each: what a history was made into."""
        self._further |= added
        self.n_fields += max((len(parts) for parts in added.values()), default=0)

    def part(self, x: str, first: int, n: int, *, axis: int = 1) -> str:
        """``n`` neighbours of an axis."""
        ends = (np.array([value], dtype=np.int64) for value in (first, first + n, axis))
        return self.add("Slice", x, *(self.constant(value) for value in ends))

    def reshaped(self, x: str, *shape: int) -> str:
        """-1: what is left; 0: as it was."""
        return self.add("Reshape", x, self.constant(np.array(shape, dtype=np.int64)))

    def side_by_side(self, table: str) -> str:
        """A row's embeddings in a table and its numbers, ``[rows, fields * width + numbers]``."""
        if not self.n_fields:
            return "numbers"
        return self.beside_numbers(self.embedded(table), self.tables[table].shape[1])

    def beside_numbers(self, embedded: str, width: int) -> str:
        """``[rows, fields, width]`` and the row's numbers, as :meth:`side_by_side`."""
        flat = self.reshaped(embedded, -1, self.n_fields * width)
        return self.add("Concat", flat, "numbers", axis=1) if self.n_numbers else flat

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

    def linear_of_each(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """The same of each of ``[rows, length, n_in]``."""
        product = self.add("MatMul", x, self.constant(np.ascontiguousarray(weight.T)))
        return self.add("Add", product, self.constant(bias))

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
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows"])],
            self._weights,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
