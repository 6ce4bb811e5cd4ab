"""Boosted trees as arrays: what they say of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAF = -1
_NODE_BITS = np.int64(32)


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees. A row goes left where a column is not above a threshold, or is one of a set of values; a leaf's column is -1."""

    first: NDArray[np.int32]  # [trees] its root among the nodes
    column: NDArray[np.int32]  # [nodes]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]  # of leaves
    has_set: NDArray[np.int32]  # 1 where a set decides
    members: NDArray[
        np.int64
    ]  # node and value in one number, sorted: that the value is in the node's set

    @classmethod
    def of_lightgbm(cls, model: Mapping[str, Any]) -> Forest:
        """Of a model as LightGBM's ``dump_model`` gives it, grown without missing values.

        A threshold becomes the largest float32 not above it: float32 inputs go where they went.
        """
        nodes: list[tuple[int, float, int, int, float, int]] = []
        members: list[int] = []

        def add(node: Mapping[str, Any]) -> int:
            place = len(nodes)
            nodes.append((LEAF, 0.0, 0, 0, float(node.get("leaf_value", 0.0)), 0))
            if "split_feature" in node:
                left, right = add(node["left_child"]), add(node["right_child"])
                column, threshold = int(node["split_feature"]), 0.0
                if is_set := node["decision_type"] == "==":
                    values = map(int, str(node["threshold"]).split("||"))
                    members.extend((place << int(_NODE_BITS)) + value for value in values)
                else:
                    threshold = _not_above(float(node["threshold"]))
                nodes[place] = column, threshold, left, right, 0.0, int(is_set)
            return place

        first = [add(tree["tree_structure"]) for tree in model["tree_info"]]
        column, threshold, left, right, value, has_set = zip(*nodes, strict=True)
        return cls(
            first=np.array(first, dtype=np.int32),
            column=np.array(column, dtype=np.int32),
            threshold=np.array(threshold, dtype=np.float32),
            left=np.array(left, dtype=np.int32),
            right=np.array(right, dtype=np.int32),
            value=np.array(value, dtype=np.float32),
            has_set=np.array(has_set, dtype=np.int32),
            members=np.sort(np.array(members, dtype=np.int64)),
        )

    def times(self, share: float) -> Forest:
        """All leaves so many times."""
        return replace(self, value=self.value * np.float32(share))

    def set_of(self, node: int) -> list[int]:
        """The values that go left at a node."""
        low, high = np.searchsorted(self.members, [node << _NODE_BITS, (node + 1) << _NODE_BITS])
        return [int(m) & ((1 << int(_NODE_BITS)) - 1) for m in self.members[low:high]]

    def outputs(self, x: NDArray[np.float32]) -> Floats:
        """``[rows, columns]`` to the sum of the leaves, ``[rows]``."""
        found, rows = np.zeros(len(x)), np.arange(len(x))
        for root in self.first:
            at = np.full(len(x), root, dtype=np.int32)
            while (is_inner := self.column[at] != LEAF).any():
                goes_left = self._goes_left(x[rows, self.column[at]], at)
                at = np.where(is_inner, np.where(goes_left, self.left[at], self.right[at]), at)
            found += self.value[at]
        return found

    def _goes_left(
        self, values: NDArray[np.float32], nodes: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Of values of the nodes' columns, both of one shape."""
        found = values <= self.threshold[nodes]
        by_set = self.has_set[nodes] == 1
        if len(self.members) and by_set.any():
            asked = nodes[by_set].astype(np.int64) << _NODE_BITS
            asked += values[by_set].astype(np.int64)
            near = np.searchsorted(self.members, asked).clip(max=len(self.members) - 1)
            found[by_set] = self.members[near] == asked
        return found


def _not_above(threshold: float) -> float:
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))
