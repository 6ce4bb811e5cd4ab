"""Boosted trees as one node of ONNX."""

from __future__ import annotations

from typing import Any

from baihuo.train.tables.beside.forest import LEAF, Forest


def tree_attributes(forest: Forest) -> dict[str, Any]:
    """Of the node ``TreeEnsembleRegressor`` (``ai.onnx.ml`` 3).

    It knows no sets: a node with a set is a chain of questions, one a value, which all have the same node on the left.
    """
    nodes: dict[str, list[Any]] = {name: [] for name in _OF_NODES}
    targets: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
    ends = [*forest.first.tolist()[1:], len(forest.column)]
    for tree, (first, end) in enumerate(zip(forest.first.tolist(), ends, strict=True)):
        chains = {n: forest.set_of(n) for n in range(first, end) if forest.has_set[n]}
        place, places = 0, {}
        for node in range(first, end):
            places[node] = place
            place += max(1, len(chains.get(node, ())))
        for node in range(first, end):
            column = int(forest.column[node])
            at, left, right = places[node], 0, 0
            mode, values = "BRANCH_LEQ", [float(forest.threshold[node])]
            if column == LEAF:
                mode, column = "LEAF", 0
                weight = float(forest.value[node])
                target = (tree, at, 0, weight)
                for name, one in zip(targets, target, strict=True):
                    targets[name].append(one)
            else:
                left, right = places[int(forest.left[node])], places[int(forest.right[node])]
            if node in chains:
                mode, values = "BRANCH_EQ", [float(v) for v in chains[node]]
            for number, value in enumerate(values):
                is_last = number + 1 == len(values)
                follows = right if is_last else at + number + 1
                row = (tree, at + number, column, mode, value, left, follows)
                for name, part in zip(_OF_NODES, row, strict=True):
                    nodes[name].append(part)
    found = {f"nodes_{name}": values for name, values in nodes.items()}
    found |= {f"target_{name}": values for name, values in targets.items()}
    return {**found, "n_targets": 1}


_OF_NODES = (
    *("treeids", "nodeids", "featureids", "modes"),
    *("values", "truenodeids", "falsenodeids"),
)
