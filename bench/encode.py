"""Encoding at 8 bits beside sentence-transformers at full precision: the same encoder, the same texts, CPU time on one thread.

    python bench/encode.py --icecat ../shared/data/icecat

Titles are encoded in batches and, as queries are, one by one; both sides cut at 64 tokens. Each side is timed in turns, the fastest
of ``--rounds`` counts. ``cosine`` is the mean between both vectors of a title, ``overlap10`` the share of the ten nearest of a title
that both have. It needs sentence-transformers.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.encode import MAX_TOKENS, MINILM, Encoders, export_encoders, model_folder
from suites.search.systems import read_products
from suites.shared.measure import emit
from suites.shared.paths import given


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--icecat", type=given, required=True, help="folder of the product zips")
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="encode-") as folder:
        products = read_products(arguments.icecat, Path(folder))
        rng = np.random.default_rng(7)
        order = rng.permutation(len(products))
        texts = [t for i in order if (t := products[int(i)].title_en)][: arguments.texts]
        ours = Encoders.open(export_encoders(Path(folder) / "encoders")).get(MINILM)
        theirs = _sentence_transformers()
        single = texts[:50]
        best: dict[tuple[str, str], float] = {}
        sides: dict[str, Callable[[Sequence[str]], Any]] = {"ours": ours.encode, "theirs": theirs}
        for _ in range(arguments.rounds):
            for name, encode in sides.items():
                took = {
                    "batch": _cpu_s(encode, [texts]) / len(texts),
                    "one": _cpu_s(encode, [[t] for t in single]) / len(single),
                }
                for way, cpu_s in took.items():
                    best[name, way] = min(cpu_s, best.get((name, way), np.inf))
        a, b = ours.encode(texts), theirs(texts)
        near = [np.argsort(-(v @ v.T), axis=1)[:, :11] for v in (a, b)]
        both = [len(set(x) & set(y)) - 1 for x, y in zip(*near, strict=True)]
        emit(
            texts=len(texts),
            cosine=float((a * b).sum(axis=1).mean()),
            overlap10=float(np.mean(both)) / 10,
            **{f"{way}_ms": round(1000 * best["ours", way], 3) for way in ("batch", "one")},
            **{f"{way}_ratio": best["theirs", way] / best["ours", way] for way in ("batch", "one")},
        )


def _sentence_transformers() -> Callable[[Sequence[str]], Any]:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise SystemExit("pip install sentence-transformers") from None
    torch.set_num_threads(1)
    model = SentenceTransformer(str(model_folder(MINILM)), device="cpu")
    model.max_seq_length = MAX_TOKENS
    return lambda texts: model.encode(
        list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=32
    )


def _cpu_s(encode: Callable[[Sequence[str]], Any], batches: Sequence[Sequence[str]]) -> float:
    began = time.process_time()
    for texts in batches:
        encode(texts)
    return time.process_time() - began


if __name__ == "__main__":
    main()
