"""Small catalogues, and an encoder whose vectors anybody can work out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from baihuo.core import Filters, Product, Query, Sort, Surface
from baihuo.core.progress import Progress, no_progress
from baihuo.encode import Encoders, VectorCache, Vectors
from baihuo.engine import SUMS
from baihuo.index import Generation, build


class WordBag:
    """The sum of one fixed random vector a word."""

    def __init__(self, name: str, dim: int = 96) -> None:
        self.name, self.dim, self.hash = name, dim, f"{name}-{dim}"

    def encode(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        made = np.array(
            [sum((_vector(w, self.dim) for w in _words(t)), np.zeros(self.dim)) for t in texts]
        )
        made = made.reshape(-1, self.dim)
        lengths = np.linalg.norm(made, axis=1, keepdims=True)
        return (made / np.where(lengths > 0, lengths, 1)).astype(np.float32)


@cache
def _vector(word: str, dim: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little")
    return np.random.default_rng(seed).standard_normal(dim)


def _words(text: str) -> list[str]:
    return [w.strip(".,").lower() for w in text.split() if w.strip(".,")]


def bags() -> Encoders:
    return Encoders({"minilm": WordBag("minilm"), "multilingual": WordBag("multilingual")})


def opened(
    products: Sequence[Product],
    out: Path,
    encoders: Encoders | None = None,
    vectors: VectorCache | None = None,
) -> Generation:
    used = encoders or bags()
    return Generation.open(build(products, encoders=used, cache=vectors, out=out), used)


def asked(
    text: str = "",
    *,
    filters: Filters | None = None,
    sort: Sort = Sort.RELEVANCE,
    as_typed: tuple[str, ...] = (),
) -> Query:
    return Query(
        query_id="q",
        surface=Surface.SEARCH,
        visitor_id="v",
        at_us=0,
        query_text=text,
        filters=filters or Filters(),
        sort=sort,
        as_typed=as_typed,
    )


def as_before_hashes(folder: Path) -> None:
    """A generation as versions wrote it that sealed nothing."""
    (folder / SUMS).unlink()
    manifest = json.loads((folder / "generation.json").read_text("utf-8"))
    del manifest["sealed"]
    (folder / "generation.json").write_text(json.dumps(manifest), "utf-8")
