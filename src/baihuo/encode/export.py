"""Write the folder of encoders that a bundle carries. Needs ``baihuo[train]``."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, BrokenFile, Progress, Unsupported, no_progress
from baihuo.encode.e5 import read_e5
from baihuo.encode.encoders import (
    FILES,
    MANIFEST,
    MINILM,
    MULTILINGUAL,
    PUBLISHED,
    published_folder,
    sha256_of,
)


def export_encoders(
    out: Path,
    *,
    minilm: Path | None = None,
    multilingual: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Write both encoders to ``out``: 8-bit weights, tokenizers, and a manifest with their hashes.

    The same published weights always give the same bytes, so an index made with them stays valid.

    Args:
        out: made whole or not at all; replaced if it exists.
        minilm: folder with ``model.safetensors`` and ``tokenizer.json``; None finds it.
        multilingual: folder with ``e5-small-q4.bin``; None finds it.

    Raises:
        NotFound: a model's own files are nowhere.
        BadInput: a file is not the published one.
        Unsupported: ``baihuo[train]`` is not installed.
    """
    # both are found, and compared with their hashes, before any work is done
    minilm = published_folder(MINILM, path=minilm)
    multilingual = published_folder(MULTILINGUAL, path=multilingual)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        progress("export encoders", 0, 2)
        files = {MINILM: _export_minilm(minilm, part / MINILM)}
        progress("export encoders", 1, 2)
        files[MULTILINGUAL] = export_bert(
            part / MULTILINGUAL, *e5_bert(multilingual, minilm=minilm)
        )
        manifest = {
            name: {"files": names, "hash": sha256_of(*(part / name / f for f in names))}
            for name, names in files.items()
        }
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        if out.exists():
            shutil.rmtree(out)
        os.replace(part, out)
        progress("export encoders", 2, 2)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out


def e5_bert(folder: Path, *, minilm: Path) -> tuple[Weights, BertShape, str]:
    """Weights, sizes and ``tokenizer.json`` of the multilingual encoder, out of its package's folder. MiniLM's vocabulary is English."""
    [name] = PUBLISHED[MULTILINGUAL]
    e5 = read_e5(folder / name, _json(minilm / "tokenizer.json")["model"]["vocab"])
    n_words, dim = e5.weights["embeddings.word_embeddings.weight"].shape
    shape = BertShape(
        dim=dim,
        wide=len(e5.weights["encoder.layer.0.intermediate.dense.weight"]),
        n_layers=e5.n_layers,
        n_heads=e5.n_heads,
        n_words=n_words,
        n_positions=len(e5.weights["embeddings.position_embeddings.weight"]),
        n_types=len(e5.weights["embeddings.token_type_embeddings.weight"]),
        epsilon=e5.epsilon,
    )
    return e5.weights, shape, e5.tokenizer


def _export_minilm(source: Path, out: Path) -> list[str]:
    try:
        from safetensors.numpy import load_file
    except ImportError as missing:
        raise Unsupported(
            f"exporting encoders needs {missing.name}", fix="pip install 'baihuo[train]'"
        ) from missing
    shape = BertShape.of(source)
    return export_bert(
        out, load_file(source / "model.safetensors"), shape, source / "tokenizer.json"
    )


def export_bert(out: Path, weights: Weights, shape: BertShape, tokenizer: Path | str) -> list[str]:
    """Write an encoder of the BERT family to a new folder: 8-bit weights and tokenizer.

    Args:
        out: the folder.
        weights: tensors under their names in ``model.safetensors``.
        shape: sizes of the encoder.
        tokenizer: ``tokenizer.json``, or its content.

    Returns:
        Names of the files, in the order of their hash.

    Raises:
        Unsupported: ``baihuo[train]`` is not installed.
    """
    try:
        import onnx
    except ImportError as missing:
        raise Unsupported(
            f"exporting encoders needs {missing.name}", fix="pip install 'baihuo[train]'"
        ) from missing
    out.mkdir()
    full = out / "full.onnx"
    onnx.save(bert_graph(weights, shape), full)
    quantize(full, out / "model.onnx")
    full.unlink()
    words = tokenizer if isinstance(tokenizer, str) else tokenizer.read_text("utf-8")
    (out / "tokenizer.json").write_text(words, "utf-8")
    return list(FILES)


def quantize(full: Path, out: Path) -> None:
    """Weights to 8 bits, activations to 8 bits as they come, both per channel where possible."""
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    extra: dict[str, Any] = {"DefaultTensorType": TensorProto.FLOAT}
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it advises a preparation that hand-fused graphs do not need
    try:
        # 7 of the 8 bits: without VNNI instructions 8 × 8 bits overflow and saturate silently.
        quantize_dynamic(
            full,
            out,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options=extra,
        )
    finally:
        root.setLevel(level)


# An encoder of the BERT family as an ONNX graph, written from its weights: no torch, no exporter.
#
# The graph is BERT (Devlin et al. 2018) followed by pooling and scaling to length 1, as sentence-transformers
# does it: the mean over real tokens, or the first token. It uses the fused operators of ONNX Runtime
# (``com.microsoft`` domain) where they are faster, so nothing has to recognise and fuse them afterwards.


_FUSED = "com.microsoft"
_DEVIATIONS, _LEAST_GELU = 4.0, 0.17  # the lowest value of GELU is -0.17


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
    _pooling_nodes(graph, x)
    return graph.model(dim=shape.dim)


class _Graph:
    """Nodes and constants of a graph under construction. Methods return the name of their output."""

    def __init__(self, weights: Weights, shape: BertShape) -> None:
        self.weights, self.shape = weights, shape
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def positions(self) -> str:
        """Vectors of positions: RoBERTa leaves the first two rows out."""
        name = "embeddings.position_embeddings.weight"
        return self.constant(name, self.weights[name][self.shape.first_position :])

    def joined(self, name: str, parts: list[str], *, transposed: bool = False) -> str:
        """Several weights as one, side by side."""
        tensors = [self.weights[part] for part in parts]
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
        return self.node("MatMul", [x, self.constant(name, self.weights[name].T)], f"{layer}.out")

    def even_dense(self, x: str, layer: str, sizes: NDArray[np.float32]) -> str:
        """:meth:`dense` of ``x`` with numbers of like size, which share the steps of 8 bits; the weights undo it.

        Source: Xiao et al., SmoothQuant (2022), with sizes that come from the weights instead of texts.
        """
        scale = sizes / np.exp(np.log(sizes).mean())
        even = self.node("Mul", [x, self.constant(f"{layer}.scale", 1 / scale)], f"{layer}.even")
        name = f"{layer}.weight"
        weight = self.constant(name, (self.weights[name] * scale).T)
        return self.node("MatMul", [even, weight], f"{layer}.out")

    def add_and_normalise(self, x: str, skip: str, layer: str, norm: str) -> str:
        """``norm(x + bias + skip)``, not by the fused operator: it takes five times the CPU."""
        biased = self.node("Add", [x, self.weight(f"{layer}.bias")], f"{layer}.biased")
        total = self.node("Add", [biased, skip], f"{norm}.in")
        inputs = [total, *map(self.weight, (f"{norm}.weight", f"{norm}.bias"))]
        return self.node(
            "LayerNormalization", inputs, f"{norm}.out", axis=-1, epsilon=self.shape.epsilon
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
    # The operator insists on its second output, which is not read.
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
    dense = graph.even_dense(hidden, f"{out}.dense", _activation_sizes(graph, layer))
    return graph.add_and_normalise(dense, x, f"{out}.dense", f"{out}.LayerNorm")


def _activation_sizes(graph: _Graph, layer: str) -> NDArray[np.float32]:
    """``[wide]``: how large each number behind the GELU becomes, about. What goes in has left a normalisation, so its mean and
    deviation are known from the weights alone; negative ones become about 0."""
    wide, norm = f"{layer}.intermediate.dense", f"{layer}.attention.output.LayerNorm"
    weight, gain = graph.weights[f"{wide}.weight"], graph.weights[f"{norm}.weight"]
    mean = weight @ graph.weights[f"{norm}.bias"] + graph.weights[f"{wide}.bias"]
    deviation = np.sqrt(np.square(weight * gain).sum(axis=1))
    return np.maximum(mean + _DEVIATIONS * deviation, _LEAST_GELU)


def _pooling_nodes(graph: _Graph, x: str) -> None:
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


# Sizes of an encoder of the BERT family.


_FIRST_POSITION = {"bert": 0, "roberta": 2, "xlm-roberta": 2, "camembert": 2}
_OLD_NAMES = (".gamma", ".weight"), (".beta", ".bias")  # of files of 2018
_PREFIXES = ("bert.", "roberta.", "model.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    """What ``config.json`` says of an encoder, and how it pools."""

    dim: int
    wide: int  # of the feed-forward step
    n_layers: int
    n_heads: int
    n_words: int
    n_positions: int
    n_types: int
    epsilon: float
    first_position: int = 0  # row of the first token's position
    pooling: Literal["mean", "cls"] = "mean"

    @staticmethod
    def of(folder: Path) -> BertShape:
        """Read the folder of a Hugging Face encoder.

        Raises:
            BadInput: it is no encoder of the BERT family, or pools in another way.
        """
        config = _json(folder / "config.json")
        kind = config.get("model_type")
        if kind not in _FIRST_POSITION:
            raise BadInput(
                f"{folder} is an encoder of type {kind!r}",
                fix=f"give an encoder of one of these types: {', '.join(_FIRST_POSITION)}",
            )
        if (
            config.get("hidden_act", "gelu") != "gelu"
            or config.get("position_embedding_type", "absolute") != "absolute"
        ):
            raise BadInput(
                f"{folder} has {config.get('hidden_act')!r} or relative positions",
                fix="give an encoder with GELU and absolute positions, as BERT has them",
            )
        return BertShape(
            dim=config["hidden_size"],
            wide=config["intermediate_size"],
            n_layers=config["num_hidden_layers"],
            n_heads=config["num_attention_heads"],
            n_words=config["vocab_size"],
            n_positions=config["max_position_embeddings"],
            n_types=config.get("type_vocab_size", 2),
            epsilon=config.get("layer_norm_eps", 1e-12),
            first_position=_FIRST_POSITION[kind],
            pooling=_pooling(folder),
        )


def bert_name(name: str) -> str:
    """The name of a tensor without the prefix of a task's model, in today's spelling."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES:
        name = name.removesuffix(old) + new if name.endswith(old) else name
    return name


def _pooling(folder: Path) -> Literal["mean", "cls"]:
    file = folder / "1_Pooling" / "config.json"
    if not file.exists():
        return "mean"
    modes = {k for k, v in _json(file).items() if k.startswith("pooling_mode") and v}
    if modes == {"pooling_mode_cls_token"}:
        return "cls"
    if modes != {"pooling_mode_mean_tokens"}:
        raise BadInput(
            f"{file} asks for {', '.join(sorted(modes)) or 'no pooling'}",
            fix="give an encoder that pools by the mean of the tokens or the first token",
        )
    return "mean"


def _json(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise BadInput(
            f"{file.parent} has no {file.name}",
            fix="give the folder of a Hugging Face encoder: config.json, model.safetensors, tokenizer.json",
        ) from None
    except ValueError as error:
        raise BrokenFile(f"{file} is no JSON: {error}", fix="download the encoder again") from None
    if not isinstance(found, dict):
        raise BrokenFile(f"{file} is no JSON object", fix="download the encoder again")
    return found
