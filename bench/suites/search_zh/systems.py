"""What is compared on Chinese titles: BM25 of bm25s over the words of jieba, and our index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from baihuo.core import Product, Query, ShopPaths, Surface
from baihuo.encode import Encoders, VectorCache
from baihuo.index import Generation, Thresholds, answer_set, build
from suites.search_zh.titles import Title

DEPTH = 100

Ranking = list[str]


def _jieba() -> Any:
    try:
        import jieba
    except ImportError:
        raise SystemExit("pip install bm25s jieba zhconv") from None
    jieba.setLogLevel(40)
    jieba.initialize()
    return jieba


def cut(text: str) -> list[str]:
    """The words of a text."""
    return list(_jieba().cut(text))


def general_words() -> dict[str, int]:
    """Words of jieba's dictionary with their frequency."""
    return {word: n for word, n in _jieba().dt.FREQ.items() if n}


class Bm25:
    """bm25s as its documentation shows it."""

    def __init__(self, titles: Sequence[Title]) -> None:
        try:
            import bm25s
        except ImportError:
            raise SystemExit("pip install bm25s jieba zhconv") from None
        self._ids = [t.product_id for t in titles]
        self._cut = _jieba().cut_for_search
        self._index = bm25s.BM25()
        self._index.index([self._words(t.text) for t in titles], show_progress=False)

    def _words(self, text: str) -> list[str]:
        return [w for w in self._cut(text.lower()) if w.strip()]

    def search(self, text: str) -> Ranking:
        """The products with any of the words, best first."""
        rows, scores = self._index.retrieve(
            [self._words(text)], k=min(DEPTH, len(self._ids)), show_progress=False
        )
        return [self._ids[r] for r, s in zip(rows[0], scores[0], strict=True) if s > 0]


def ours(
    titles: Sequence[Title], encoders: Encoders, cache: VectorCache, work: Path
) -> Callable[[str], Ranking]:
    """The answer set of an index of the titles."""
    products = [
        Product(product_id=t.product_id, title_zh=t.title, attributes=dict(t.attributes))
        for t in titles
    ]
    folder = build(products, encoders=encoders, cache=cache, out=ShopPaths(work).index)
    generation = Generation.open(folder, encoders)

    def search(text: str) -> Ranking:
        query = Query(
            query_id="bench", surface=Surface.SEARCH, visitor_id="bench", at_us=0, query_text=text
        )
        rows = answer_set(generation, query, Thresholds()).rows
        return list(generation.product_ids[rows[:DEPTH]])

    return search
