"""Write the folder of encoders that a bundle carries. Needs ``baihuo[train]``."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from baihuo.core import Progress, Unsupported, no_progress
from baihuo.encode.bert_graph import Weights, bert_graph
from baihuo.encode.bert_shape import BertShape
from baihuo.encode.encoders import MANIFEST, MINILM, MULTILINGUAL
from baihuo.encode.resolve import published_folder, sha256_of


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
        multilingual: folder with ``weights.npz`` and ``sp.model``; None finds it.

    Raises:
        NotFound: a model's own files are nowhere.
        BadInput: a file is not the published one.
        Unsupported: ``baihuo[train]`` is not installed.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        progress("export encoders", 0, 2)
        files = {MINILM: _export_minilm(published_folder(MINILM, path=minilm), part / MINILM)}
        progress("export encoders", 1, 2)
        source = published_folder(MULTILINGUAL, path=multilingual)
        files[MULTILINGUAL] = _copy(source, part / MULTILINGUAL, ("weights.npz", "sp.model"))
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


def _copy(source: Path, out: Path, names: tuple[str, ...]) -> list[str]:
    out.mkdir()
    for name in names:
        shutil.copyfile(source / name, out / name)
    return list(names)


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


def export_bert(out: Path, weights: Weights, shape: BertShape, tokenizer: Path) -> list[str]:
    """Write an encoder of the BERT family to a new folder: 8-bit weights and tokenizer.

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
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    return ["model.onnx", "tokenizer.json"]


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
