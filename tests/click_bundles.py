"""Click models whose taste is written down: a linear network made in milliseconds, not trained in minutes."""

from __future__ import annotations

from collections.abc import Mapping

import lightgbm
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from baihuo.bundle import Part
from baihuo.bundle.clicks import ClickModels, click_parts
from baihuo.models import Calibrator, Model, Network, Scaler, Trees
from baihuo.models.click_network import ClickNetwork
from baihuo.models.click_trees import ClickTrees


def linear_network(weights: np.ndarray) -> bytes:
    """P(click) = sigmoid(x · weights − 1), as ONNX."""
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["dot"]),
            helper.make_node("Add", ["dot", "b"], ["odds"]),
            helper.make_node("Sigmoid", ["odds"], ["p"]),
        ],
        "clicks",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", len(weights)])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n"])],
        [
            numpy_helper.from_array(weights.astype(np.float32), "w"),
            numpy_helper.from_array(np.array(-1, np.float32), "b"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def linear_click_parts(
    columns: tuple[str, ...], order_by: Mapping[str, str], weights: Mapping[str, float]
) -> dict[str, Part]:
    """The parts of a bundle whose click model weighs the named columns and calibrates by odds less 2."""
    vector = np.zeros(len(columns))
    for name, weight in weights.items():
        vector[columns.index(name)] = weight
    scaler = Scaler(
        np.zeros(len(columns), np.float32), np.ones(len(columns), np.float32), np.zeros(0, np.intp)
    )
    network = linear_network(vector)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, len(columns)))
    data = lightgbm.Dataset(
        x, x[:, columns.index("price_log")] > 0, group=[20] * 20, feature_name=list(columns)
    )
    trees = lightgbm.train({"objective": "lambdarank", "verbose": -1}, data, num_boost_round=5)
    line = Calibrator("platt", np.array([-1.0, 1.0]), np.array([-3.0, -1.0]))  # odds less 2
    linear = ClickNetwork(columns, Network(network, scaler), network, b"")
    models: dict[str, Model] = {
        "trees": ClickTrees(Trees(trees.model_to_string())),
        "network": linear,
    }
    clicks = ClickModels(
        models=models,
        columns=columns,
        calibrators=dict.fromkeys(order_by, line),
        order_by=order_by,
        p_click_by="network",
    )
    return click_parts(clicks, report={})
