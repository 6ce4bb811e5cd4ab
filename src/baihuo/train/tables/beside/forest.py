"""Boosted trees as arrays: what they say of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAF = -1


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees. A row goes left where a column is not above a threshold; a leaf's column is -1."""

    first: NDArray[np.int32]  # [trees] its root among the nodes
    column: NDArray[np.int32]  # [nodes]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]  # of leaves

    @classmethod
    def of_lightgbm(cls, model: Mapping[str, Any]) -> Forest:
        """Of a model as LightGBM's ``dump_model`` gives it, grown without missing values.

        A threshold becomes the largest float32 not above it: float32 inputs go where they went.
        """
        nodes: list[tuple[int, float, int, int, float]] = []

        def add(node: Mapping[str, Any]) -> int:
            place = len(nodes)
            nodes.append((LEAF, 0.0, 0, 0, float(node.get("leaf_value", 0.0))))
            if "split_feature" in node:
                left, right = add(node["left_child"]), add(node["right_child"])
                threshold = _not_above(float(node["threshold"]))
                nodes[place] = int(node["split_feature"]), threshold, left, right, 0.0
            return place

        first = [add(tree["tree_structure"]) for tree in model["tree_info"]]
        column, threshold, left, right, value = zip(*nodes, strict=True)
        return cls(
            first=np.array(first, dtype=np.int32),
            column=np.array(column, dtype=np.int32),
            threshold=np.array(threshold, dtype=np.float32),
            left=np.array(left, dtype=np.int32),
            right=np.array(right, dtype=np.int32),
            value=np.array(value, dtype=np.float32),
        )

    def times(self, share: float) -> Forest:
        """All leaves so many times."""
        return replace(self, value=self.value * np.float32(share))

    def outputs(self, x: NDArray[np.float32]) -> Floats:
        """``[rows, columns]`` to the sum of the leaves, ``[rows]``."""
        found, rows = np.zeros(len(x)), np.arange(len(x))
        for root in self.first:
            at = np.full(len(x), root, dtype=np.int32)
            while (is_inner := self.column[at] != LEAF).any():
                goes_left = x[rows, self.column[at]] <= self.threshold[at]
                at = np.where(is_inner, np.where(goes_left, self.left[at], self.right[at]), at)
            found += self.value[at]
        return found


def _not_above(threshold: float) -> float:
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))


def tree_attributes(forest: Forest) -> dict[str, Any]:
    """Of the ONNX node ``TreeEnsembleRegressor`` (``ai.onnx.ml`` 3)."""
    sizes = np.diff(np.append(forest.first, len(forest.column)))
    tree, start = np.repeat(np.arange(len(sizes)), sizes), np.repeat(forest.first, sizes)
    at, leaf = np.arange(len(tree)) - start, forest.column == LEAF
    found = {
        "nodes_treeids": tree,
        "nodes_nodeids": at,
        "nodes_featureids": np.where(leaf, 0, forest.column),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ"),
        "nodes_values": forest.threshold,
        "nodes_truenodeids": np.where(leaf, 0, forest.left - start),
        "nodes_falsenodeids": np.where(leaf, 0, forest.right - start),
        "target_treeids": tree[leaf],
        "target_nodeids": at[leaf],
        "target_ids": np.zeros(int(leaf.sum()), np.int64),
        "target_weights": forest.value[leaf],
    }
    return {**{name: values.tolist() for name, values in found.items()}, "n_targets": 1}
