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


def minilm_graph(weights: Mapping[str, NDArray[np.float32]], *, n_heads: int = 12) -> Any:
    """An ONNX model: ``input_ids``, ``attention_mask`` (int32 ``[texts, tokens]``) → ``vectors``.

    Args:
        weights: tensors under their names in ``model.safetensors``.
        n_heads: attention heads of every layer.

    Returns:
        An ``onnx.ModelProto``; ``vectors`` is float32 ``[texts, dim]``, each of length 1.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, values: NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def weight(name: str, *, transposed: bool = False) -> str:
        values = weights[name]
        return constant(name, values.T if transposed else values)

    def dense(x: str, layer: str) -> str:
        """``x @ Wᵀ``; the bias goes into the fused operator that follows."""
        return node("MatMul", [x, weight(f"{layer}.weight", transposed=True)], f"{layer}.out")

    def add_and_normalise(x: str, skip: str, layer: str, norm: str) -> str:
        inputs = [
            x,
            skip,
            weight(f"{norm}.weight"),
            weight(f"{norm}.bias"),
            weight(f"{layer}.bias"),
        ]
        return node(
            "SkipLayerNormalization", inputs, f"{norm}.out", domain=_FUSED, epsilon=_EPSILON
        )

    x = _embeddings(node, weight, constant)
    n_layers = len({n.split(".")[2] for n in weights if n.startswith("encoder.layer.")})
    for i in range(n_layers):
        layer = f"encoder.layer.{i}"
        parts = [f"{layer}.attention.self.{p}" for p in ("query", "key", "value")]
        qkv = constant(
            f"{layer}.qkv.weight", np.concatenate([weights[f"{p}.weight"].T for p in parts], axis=1)
        )
        qkv_bias = constant(
            f"{layer}.qkv.bias", np.concatenate([weights[f"{p}.bias"] for p in parts])
        )
        attended = node(
            "Attention",
            [x, qkv, qkv_bias, "attention_mask"],
            f"{layer}.attended",
            domain=_FUSED,
            num_heads=n_heads,
        )
        out = f"{layer}.attention.output"
        x = add_and_normalise(
            dense(attended, f"{out}.dense"), x, f"{out}.dense", f"{out}.LayerNorm"
        )
        wide = f"{layer}.intermediate.dense"
        hidden = node(
            "BiasGelu", [dense(x, wide), weight(f"{wide}.bias")], f"{layer}.gelu", domain=_FUSED
        )
        out = f"{layer}.output"
        x = add_and_normalise(dense(hidden, f"{out}.dense"), x, f"{out}.dense", f"{out}.LayerNorm")
    _mean_pooling(node, constant, x)

    tokens = ["texts", "tokens"]
    dim = int(weights["embeddings.word_embeddings.weight"].shape[1])
    graph = helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [
            helper.make_tensor_value_info(name, TensorProto.INT32, tokens)
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dim])],
        constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _embeddings(node: Any, weight: Any, constant: Any) -> str:
    inputs = [
        "input_ids",
        node("Sub", ["attention_mask", "attention_mask"], "segment_ids"),
        weight("embeddings.word_embeddings.weight"),
        weight("embeddings.position_embeddings.weight"),
        weight("embeddings.token_type_embeddings.weight"),
        weight("embeddings.LayerNorm.weight"),
        weight("embeddings.LayerNorm.bias"),
    ]
    return str(
        node(
            "EmbedLayerNormalization",
            inputs,
            "embedded",
            "lengths",  # the operator insists on it; nobody reads it
            domain=_FUSED,
            epsilon=_EPSILON,
        )
    )


def _mean_pooling(node: Any, constant: Any, x: str) -> None:
    from onnx import TensorProto

    mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    mask3 = node("Unsqueeze", [mask, constant("axis_2", np.array([2], np.int64))], "mask3")
    kept = node("Mul", [x, mask3], "kept")
    # The mean's denominator would be divided out again by the scaling, so the sum is enough.
    total = node(
        "ReduceSum", [kept, constant("axis_1", np.array([1], np.int64))], "sum", keepdims=0
    )
    length = node("ReduceL2", [total], "length", axes=[1], keepdims=1)
    node("Div", [total, length], "vectors")
