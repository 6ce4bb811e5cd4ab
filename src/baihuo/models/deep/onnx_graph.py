"""Writes a network as ONNX: each method adds a node and gives the name of its output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from baihuo.models.deep.stored_rows import RowKind, StoredRows, stored_rows

_OPSET, _IR = 17, 8
_ML_OPSET = 3


class OnnxGraph:
    """Inputs ``categories [rows, slots]`` (int32, 0: unknown) and ``numbers [rows, numbers]`` (float32)."""

    ML = "ai.onnx.ml"  # the domain of trees
    FLOAT = TensorProto.FLOAT

    def __init__(
        self,
        tables: Mapping[str, NDArray[np.float32]],
        offsets: NDArray[np.int32],
        n_numbers: int,
        n_fields: int | None = None,
        limits: NDArray[np.int32] | None = None,
        *,
        rows: RowKind = "float32",
        with_int8: bool = False,
    ) -> None:
        """``tables``: ``[values of all fields, width]``; ``offsets``: where each slot's field begins.

        ``n_fields``: the first slots, which are fields of the row; None: all. The others are of its histories. ``limits``:
        numbers from here on have a text and no vector; None: none. ``rows``: storage of tables;
        ``with_int8``: products of hidden layers after the first are of bytes.
        """
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._kind, self._with_int8 = rows, with_int8
        self._tables = {name: stored_rows(table, rows) for name, table in tables.items()}
        self.n_numbers = n_numbers
        self._n_slots = len(offsets)
        self._n_own = self.n_fields = len(offsets) if n_fields is None else n_fields
        self._texts: list[tuple[str, int]] = []
        self._fused: dict[str, str] = {}  # all slots of a table that are no longer its rows
        self._further: dict[str, Sequence[str]] = {}
        self._constants: dict[int, str] = {}
        self._kept: list[NDArray[Any]] = []
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
        """Change the rows of a table in some slots: ``fusion`` adds nodes for rows and texts."""
        chosen = self.constant(np.array(slots, dtype=np.int64))
        ids = self.add("Gather", "categories", chosen, axis=1)
        before = self.slots(table, 0, self._n_slots)
        own = self.add("Gather", before, chosen, axis=1)
        fused = fusion(self, own, self.add("Gather", text, ids, axis=0))
        order = np.arange(self._n_slots)
        order[list(slots)] = self._n_slots + np.arange(len(slots))
        both = self.add("Concat", before, fused, axis=1)
        self._fused[table] = self.add("Gather", both, self.constant(order), axis=1)

    def values(self, table: str) -> NDArray[np.float32]:
        """Return a table for look-up, ``[values of all fields, width]``."""
        return self._tables[table].values

    @contextmanager
    def tables_of(self, prefix: str) -> Iterator[None]:
        """Inside, use only tables with this prefix, without it; further fields end with it."""
        before = self._tables, self._further, self.n_fields
        self._further = {}
        self._tables = {
            name.removeprefix(prefix): table
            for name, table in self._tables.items()
            if name.startswith(prefix)
        }
        try:
            yield
        finally:
            self._tables, self._further, self.n_fields = before

    def embedded(self, table: str, extra: NDArray[np.float32] | None = None) -> str:
        """Return rows of a table, ``[rows, fields, width]``: the row's fields, then vectors of histories. ``extra``: extra columns of the
        row's fields alone, ``[values of all fields, more]``.
        """
        stored = self._tables[table]
        if extra is None:
            own = [self.slots(table, 0, self._n_own)] if self._n_own else []
            parts = [*own, *self._further.get(table, ())]
            return self.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
        if stored.kind == "float32":  # one look-up for both
            wide = stored_rows(np.concatenate([stored.values, extra], 1), "float32")
            return self._rows_of(wide, 0, self._n_own)
        more = self._rows_of(stored_rows(extra, "float16"), 0, self._n_own)
        return self.add("Concat", self._rows_of(stored, 0, self._n_own), more, axis=2)

    def slots(self, table: str, first: int, n: int) -> str:
        """Rows of a table for ``n`` slots, ``[rows, n, width]``."""
        if table in self._fused:
            rows = self._fused[table]
            return rows if n == self._n_slots else self.part(rows, first, n)
        return self._rows_of(self._tables[table], first, n)

    def looked_up(self, values: NDArray[np.float32], first: int, n: int) -> str:
        """Rows of an array of all fields' values, ``[values, width]``, for ``n`` slots: ``[rows, n, width]``."""
        return self._rows_of(stored_rows(values, "float32"), first, n)

    def _rows_of(self, stored: StoredRows, first: int, n: int) -> str:
        places = self._places if n == self._n_slots else self.part(self._places, first, n)
        found = self.add("Gather", self._once(stored.parts[0]), places, axis=0)
        if stored.kind in ("float16", "int8"):
            found = self.add("Cast", found, to=TensorProto.FLOAT)
        if stored.kind == "int8":
            scale = self.add("Gather", self._once(stored.parts[1]), places, axis=0)
            return self.add("Mul", found, self.add("Cast", scale, to=TensorProto.FLOAT))
        if stored.kind == "half_rank":
            return self.add("MatMul", found, self._once(stored.parts[1]))
        return found

    def _once(self, array: NDArray[Any]) -> str:
        """Return a constant shared by several look-ups."""
        if id(array) not in self._constants:
            self._constants[id(array)] = self.constant(array)
            self._kept.append(array)  # so that no other array gets its number
        return self._constants[id(array)]

    def is_there(self, first: int, n: int) -> str:
        """Return 1 where a slot has a known value, else 0: ``[rows, n]``, float32."""
        none = self.constant(np.array(0, dtype=np.int32))
        known = self.add("Greater", self.part("categories", first, n), none)
        return self.add("Cast", known, to=TensorProto.FLOAT)

    @property
    def has_more_than_rows(self) -> bool:
        """Return whether fields are not only rows of tables, but have texts or histories."""
        return bool(self._further or self._fused)

    def more_fields(self, added: Mapping[str, Sequence[str]]) -> None:
        """Further fields of each table, ``[rows, 1, width]`` each: vectors of histories."""
        self._further |= added
        self.n_fields += max((len(parts) for parts in added.values()), default=0)

    def part(self, x: str, first: int, n: int, *, axis: int = 1) -> str:
        """``n`` neighbours of an axis."""
        ends = (np.array([value], dtype=np.int64) for value in (first, first + n, axis))
        return self.add("Slice", x, *(self.constant(value) for value in ends))

    def reshaped(self, x: str, *shape: int) -> str:
        """Reshape; -1: the rest; 0: unchanged."""
        return self.add("Reshape", x, self.constant(np.array(shape, dtype=np.int64)))

    def concatenated(self, table: str, extra: NDArray[np.float32] | None = None) -> str:
        """A row's embeddings (with ``extra``, as :meth:`embedded`) and numbers, ``[rows, all of them]``."""
        if not self.n_fields:
            return "numbers"
        width = self.values(table).shape[1] + (0 if extra is None else extra.shape[1])
        return self.concat_numbers(self.embedded(table, extra), width)

    def concat_numbers(self, embedded: str, width: int) -> str:
        """``[rows, fields, width]`` and the row's numbers, as :meth:`concatenated`."""
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
        versions = [helper.make_opsetid("", _OPSET)]
        if any(node.domain == self.ML for node in self._nodes):
            versions.append(helper.make_opsetid(self.ML, _ML_OPSET))
        model = helper.make_model(graph, opset_imports=versions, ir_version=_IR)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
