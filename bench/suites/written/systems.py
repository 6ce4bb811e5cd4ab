"""What is asked: the server of a shop, and BM25 over the same products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from baihuo.core import Product
from suites.judged.asking import Answer, ask
from suites.search.systems import plain_bm25
from suites.search_zh.systems import Bm25
from suites.search_zh.titles import Title
from suites.written.rules import Written
from suites.written.scoring import PLACES


def answers(
    queries: Sequence[Written], products: Sequence[Product], language: str, shop: Path
) -> dict[str, list[Answer]]:
    """The first page of each system to each query; ours is that of ``GET /v1/search`` on ``shop``."""
    bm25 = _bm25(products, language)
    return {
        "bm25": [Answer(tuple(bm25(q.query)[:PLACES])) for q in queries],
        "baihuo": ask(shop, [(q.query, language) for q in queries]),
    }


def _bm25(products: Sequence[Product], language: str) -> Callable[[str], Sequence[str]]:
    if language == "en":
        return plain_bm25(list(products), np.array([p.product_id for p in products], object))
    texts = {p.product_id: {k: str(v) for k, v in p.attributes.items()} for p in products}
    return Bm25([Title(p.product_id, p.title, texts[p.product_id]) for p in products]).search
