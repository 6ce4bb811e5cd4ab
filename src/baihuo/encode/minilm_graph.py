"""all-MiniLM-L6-v2 as an ONNX graph, written from its weights: no torch, no exporter.

The graph is BERT (Devlin et al. 2018) followed by mean pooling over real tokens and length 1
scaling, as the sentence-transformers model card states. It uses the fused operators of ONNX Runtime
(``com.microsoft`` domain), so nothing has to recognise and fuse them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_EPSILON = 1e-12  # BERT's layer_norm_eps
_FUSED = "com.microsoft"


Weights = Mapping[str, NDArray[np.float32]]


def minilm_graph(weights: Weights, *, n_heads: int = 12) -> Any:
    """An ONNX model: ``input_ids``, ``attention_mask`` (int32 ``[texts, tokens]``) → ``vectors``.

    Args:
        weights: tensors under their names in ``model.safetensors``.
        n_heads: attention heads of every layer.

    Returns:
        An ``onnx.ModelProto``; ``vectors`` is float32 ``[texts, dim]``, each of length 1.
    """
    graph = _Graph(weights)
    x = _embeddings(graph)
    n_layers = len({n.split(".")[2] for n in weights if n.startswith("encoder.layer.")})
    for i in range(n_layers):
        layer = f"encoder.layer.{i}"
        x = _attention(graph, x, layer, n_heads=n_heads)
        x = _feed_forward(graph, x, layer)
    _mean_pooling(graph, x)
    return graph.model(dim=int(weights["embeddings.word_embeddings.weight"].shape[1]))


class _Graph:
    """Nodes and constants of a graph under construction. Methods return the name of their output."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def joined(self, name: str, parts: list[str], *, transposed: bool = False) -> str:
        """Several weights as one, side by side."""
        tensors = [self._weights[part] for part in parts]
        if transposed:
            return self.constant(name, np.concatenate([tensor.T for tensor in tensors], axis=1))
        return self.constant(name, np.concatenate(tensors))

    def node(
        self, op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any
    ) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def fused(self, op: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """An operator of ONNX Runtime."""
        return self.node(op, inputs, *outputs, domain=_FUSED, **attributes)

    def dense(self, x: str, layer: str) -> str:
        """``x @ Wᵀ``; the bias goes into the fused operator that follows."""
        name = f"{layer}.weight"
        return self.node("MatMul", [x, self.constant(name, self._weights[name].T)], f"{layer}.out")

    def add_and_normalise(self, x: str, skip: str, layer: str, norm: str) -> str:
        names = (f"{norm}.weight", f"{norm}.bias", f"{layer}.bias")
        inputs = [x, skip, *map(self.weight, names)]
        return self.fused("SkipLayerNormalization", inputs, f"{norm}.out", epsilon=_EPSILON)

    def model(self, *, dim: int) -> Any:
        """The finished ``onnx.ModelProto``."""
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dim])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _embeddings(graph: _Graph) -> str:
    tables = ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm")
    inputs = [
        "input_ids",
        graph.node("Sub", ["attention_mask", "attention_mask"], "segment_ids"),
        *(graph.weight(f"embeddings.{name}.weight") for name in tables),
        graph.weight("embeddings.LayerNorm.bias"),
    ]
    # The operator insists on its second output, which nobody reads.
    return graph.fused("EmbedLayerNormalization", inputs, "embedded", "lengths", epsilon=_EPSILON)


def _attention(graph: _Graph, x: str, layer: str, *, n_heads: int) -> str:
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    weight = graph.joined(f"{layer}.qkv.weight", [f"{p}.weight" for p in parts], transposed=True)
    bias = graph.joined(f"{layer}.qkv.bias", [f"{p}.bias" for p in parts])
    attended = graph.fused(
        "Attention", [x, weight, bias, "attention_mask"], f"{layer}.attended", num_heads=n_heads
    )
    out = f"{layer}.attention.output"
    dense = graph.dense(attended, f"{out}.dense")
    return graph.add_and_normalise(dense, x, f"{out}.dense", f"{out}.LayerNorm")


def _feed_forward(graph: _Graph, x: str, layer: str) -> str:
    wide, out = f"{layer}.intermediate.dense", f"{layer}.output"
    inputs = [graph.dense(x, wide), graph.weight(f"{wide}.bias")]
    hidden = graph.fused("BiasGelu", inputs, f"{layer}.gelu")
    dense = graph.dense(hidden, f"{out}.dense")
    return graph.add_and_normalise(dense, x, f"{out}.dense", f"{out}.LayerNorm")


def _mean_pooling(graph: _Graph, x: str) -> None:
    from onnx import TensorProto

    axes = {n: graph.constant(f"axis_{n}", np.array([n], np.int64)) for n in (2, 1)}
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    mask3 = graph.node("Unsqueeze", [mask, axes[2]], "mask3")
    kept = graph.node("Mul", [x, mask3], "kept")
    # The mean's denominator would be divided out again by the scaling, so the sum is enough.
    total = graph.node("ReduceSum", [kept, axes[1]], "sum", keepdims=0)
    length = graph.node("ReduceL2", [total], "length", axes=[1], keepdims=1)
    graph.node("Div", [total, length], "vectors")
