"""An encoder of the BERT family as an ONNX graph, written from its weights: no torch, no exporter.

The graph is BERT (Devlin et al. 2018) followed by pooling and scaling to length 1, as sentence-transformers
does it: the mean over real tokens, or the first token. It uses the fused operators of ONNX Runtime
(``com.microsoft`` domain), so nothing has to recognise and fuse them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.encode.bert_shape import BertShape

_FUSED = "com.microsoft"


Weights = Mapping[str, NDArray[np.float32]]


def bert_graph(weights: Weights, shape: BertShape) -> Any:
    """An ONNX model: ``input_ids``, ``attention_mask`` (int32 ``[texts, tokens]``) → ``vectors``.

    Args:
        weights: tensors under their names in ``model.safetensors``.
        shape: sizes of the encoder.

    Returns:
        An ``onnx.ModelProto``; ``vectors`` is float32 ``[texts, dim]``, each of length 1.
    """
    graph = _Graph(weights, shape)
    x = _embeddings(graph)
    for i in range(shape.n_layers):
        layer = f"encoder.layer.{i}"
        x = _attention(graph, x, layer, n_heads=shape.n_heads)
        x = _feed_forward(graph, x, layer)
    _pooling(graph, x)
    return graph.model(dim=shape.dim)


class _Graph:
    """Nodes and constants of a graph under construction. Methods return the name of their output."""

    def __init__(self, weights: Weights, shape: BertShape) -> None:
        self._weights, self.shape = weights, shape
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self._weights[name])

    def positions(self) -> str:
        """Vectors of positions: RoBERTa leaves the first two rows out."""
        name = "embeddings.position_embeddings.weight"
        return self.constant(name, self._weights[name][self.shape.first_position :])

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
        return self.fused(
            "SkipLayerNormalization", inputs, f"{norm}.out", epsilon=self.shape.epsilon
        )

    def model(self, *, dim: int) -> Any:
        """The finished ``onnx.ModelProto``."""
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",  # a label, in all files: the bytes of the published encoder stay the same
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
    inputs = [
        "input_ids",
        graph.node("Sub", ["attention_mask", "attention_mask"], "segment_ids"),
        graph.weight("embeddings.word_embeddings.weight"),
        graph.positions(),
        graph.weight("embeddings.token_type_embeddings.weight"),
        graph.weight("embeddings.LayerNorm.weight"),
        graph.weight("embeddings.LayerNorm.bias"),
    ]
    # The operator insists on its second output, which nobody reads.
    return graph.fused(
        "EmbedLayerNormalization", inputs, "embedded", "lengths", epsilon=graph.shape.epsilon
    )


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


def _pooling(graph: _Graph, x: str) -> None:
    if graph.shape.pooling == "cls":
        first = graph.constant("first", np.array(0, np.int64))
        total = graph.node("Gather", [x, first], "sum", axis=1)
    else:
        total = _sum_of_tokens(graph, x)
    length = graph.node("ReduceL2", [total], "length", axes=[1], keepdims=1)
    graph.node("Div", [total, length], "vectors")


def _sum_of_tokens(graph: _Graph, x: str) -> str:
    """The mean's denominator would be divided out again by the scaling, so the sum is enough."""
    from onnx import TensorProto

    axes = {n: graph.constant(f"axis_{n}", np.array([n], np.int64)) for n in (2, 1)}
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    mask3 = graph.node("Unsqueeze", [mask, axes[2]], "mask3")
    kept = graph.node("Mul", [x, mask3], "kept")
    return graph.node("ReduceSum", [kept, axes[1]], "sum", keepdims=0)
