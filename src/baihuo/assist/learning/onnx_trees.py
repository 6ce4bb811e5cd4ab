"""Writes the trees of a re-ranker for ONNX Runtime, which serves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from baihuo.assist.retrieve.quick_trees import INPUT
from baihuo.train import Forest, tree_attributes

_OPSET, _OPSET_ML, _IR = 17, 3, 8


def write_onnx_trees(booster: Any, path: Path) -> None:
    """Write a ``lightgbm.Booster`` that was grown without missing values and without sets.

    Raw scores are those of the booster but for the rounding of sums: float32 features go left and right where they went.
    """
    from onnx import TensorProto, helper, save

    forest = Forest.of_lightgbm(booster.dump_model())
    node = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        ["scores"],
        domain="ai.onnx.ml",
        **tree_attributes(forest),
    )
    features = helper.make_tensor_value_info(
        INPUT, TensorProto.FLOAT, [None, booster.num_feature()]
    )
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph([node], "trees", [features], [scores])
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _OPSET_ML)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=_IR), str(path))
