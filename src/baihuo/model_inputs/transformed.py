"""Declared transforms bound to one index: their columns, for trainer and ranker."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.features import (
    CandidateComparison,
    CrossKeys,
    SpaceSpec,
    TransformInputs,
    Transforms,
    Vectors,
    cross_key,
    cross_keys,
)
from baihuo.index import Generation
from baihuo.model_inputs.columns import ModelRequest

Floats: TypeAlias = NDArray[np.float32]
_DAY_US = 86_400_000_000
_MAX_TOUCHED = 50
_MAX_SEGMENTS = 64  # remembered; past them all vectors are computed again


def title_of(product: dict[str, Any]) -> str:
    """Return all words of a product's title, in both languages."""
    return " ".join(t for t in (product["title_en"], product["title_zh"]) if t)


class TransformedColumns:
    """The transform columns of the candidates of one request. Thread-safe.

    Vectors of products are computed at the first request, and again when the text changes.
    """

    def __init__(self, transforms: Transforms, generation: Generation) -> None:
        self.transforms, self._generation = transforms, generation
        self._stores = {
            spec.name: _VectorStore(transforms.spaces[spec.name], generation)
            for spec in transforms.request_specs
            if isinstance(spec, SpaceSpec)
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, in order."""
        return self.transforms.columns

    def compute(
        self,
        matrix: Floats,
        names: tuple[str, ...],
        rows: NDArray[np.int32],
        request: ModelRequest,
    ) -> Floats:
        """``[n, names]``.

        Args:
            matrix: ``[n, names]``, the columns of the same candidates that need no transform.
            rows: ``[n]`` candidates, as in :func:`baihuo.model_inputs.request_columns`.
        """
        return self.transforms.apply(self.request(rows, request), matrix, names)

    def request(self, rows: NDArray[np.int32], request: ModelRequest) -> TransformInputs:
        """Return the transforms' inputs of this request."""
        at_us, query_text, anchor_row = request.at_us, request.query_text, request.anchor_row
        clicked = request.clicked
        key_makers: dict[str, Callable[[], CrossKeys]] = {
            "brand": lambda: self._brands(rows),
            "category": lambda: self._categories(rows),
            "product": lambda: cross_keys(self._generation.product_ids[rows].tolist()),
            "anchor_brand": lambda: self._anchor_keys(self._brands, anchor_row, len(rows)),
            "anchor_category": lambda: self._anchor_keys(self._categories, anchor_row, len(rows)),
            "price_band": lambda: self._price_bands(rows),
            "surface": lambda: _same(request.surface, len(rows)),
            "query": lambda: _same(" ".join(query_text.casefold().split()), len(rows)),
            "hour": lambda: _same(f"{at_us // 3_600_000_000 % 24}h", len(rows)),
            "weekday": lambda: _same(f"day {at_us // _DAY_US % 7}", len(rows)),
        }
        known_clicks = np.flatnonzero(clicked.rows >= 0)[:_MAX_TOUCHED]
        ages = ((at_us - clicked.at_us[known_clicks]) / _DAY_US).astype(np.float32)
        comparisons = {}
        for name, store in self._stores.items():
            comparisons[name] = CandidateComparison(
                store.take(rows),
                store.vectors.text_vector(query_text) if query_text else None,
                store.take(clicked.rows[known_clicks]) if len(known_clicks) else None,
                ages,
                store.take(np.array([anchor_row], np.int32)) if anchor_row >= 0 else None,
            )
        group_keys = {name: key_makers[name]() for name in self.transforms.group_keys}
        return TransformInputs(n=len(rows), keys=group_keys, comparisons=comparisons)

    def _brands(self, rows: NDArray[np.int32]) -> CrossKeys:
        names, codes = self._generation.brand_names, self._generation.brand_code[rows]
        return cross_keys(names[c] if c >= 0 else "" for c in codes.tolist())

    def _categories(self, rows: NDArray[np.int32]) -> CrossKeys:
        names, codes = self._generation.category_names, self._generation.category_code[rows]
        return cross_keys(" > ".join(names[c]) if c >= 0 else "" for c in codes.tolist())

    def _price_bands(self, rows: NDArray[np.int32]) -> CrossKeys:
        """Bands of half an octave: 1.00 and 1.30 share one, 1.00 and 2.00 do not."""
        prices = self._generation.price_minor[rows]
        bands = np.floor(2 * np.log2(np.maximum(prices, 1))).astype(np.int64).tolist()
        return cross_keys(f"band {b}" if p >= 0 else "" for b, p in zip(bands, prices, strict=True))

    @staticmethod
    def _anchor_keys(
        keys_of: Callable[[NDArray[np.int32]], CrossKeys], anchor_row: int, n: int
    ) -> CrossKeys:
        if anchor_row < 0:
            return np.zeros(n, np.uint64)
        return np.repeat(keys_of(np.array([anchor_row], np.int32)), n)


def _same(name: str, n: int) -> CrossKeys:
    return np.full(n, cross_key(name), np.uint64)


class _VectorStore:
    """A cache of the vectors of one space for the rows of a generation."""

    def __init__(self, vectors: Vectors, generation: Generation) -> None:
        self.vectors, self._generation = vectors, generation
        self._dense = np.zeros((0, 0), np.float32)
        self._sparse: dict[int, tuple[Any, Any]] | None = None  # None: the space is dense
        self._width: int | None = None  # None: empty
        # Segments never change: the same segment and position is the same text.
        self._stamps = np.zeros(0, np.int64)
        self._segments: list[Any] = []  # segments seen, kept so that ids stay unique
        self._lock = Lock()

    def take(self, rows: NDArray[np.int32]) -> Any:
        """``[rows, width]``."""
        with self._lock:
            now = self._generation.snapshot
            if len(self._stamps) < now.n:
                self._grow(now.n)
            if len(self._segments) > _MAX_SEGMENTS:
                self._segments.clear()
                self._stamps[:] = 0
            serials = np.array([self._serial(one) for one in now.segments], np.int64)
            stamps = (serials[now.segment_of[rows]] << 32) + now.local_of[rows] + 1
            is_new = self._stamps[rows] != stamps
            if is_new.any() or self._width is None:
                self._make(rows[is_new], stamps[is_new])
            if self._sparse is not None:
                return _stacked([self._sparse[row] for row in rows.tolist()], self._width or 1)
            return self._dense[rows]

    def _serial(self, segment: Any) -> int:
        for number, one in enumerate(self._segments):
            if one is segment:
                return number
        self._segments.append(segment)
        return len(self._segments) - 1

    def _grow(self, n: int) -> None:
        more = n - len(self._stamps)
        self._stamps = np.concatenate([self._stamps, np.zeros(more, np.int64)])
        empty = np.zeros((more, self._dense.shape[1]), np.float32)
        self._dense = np.concatenate([self._dense, empty])

    def _make(self, rows: NDArray[np.int32], stamps: NDArray[np.int64]) -> None:
        products = [self._generation.fields(row) for row in rows.tolist()]
        vectors = self.vectors.product_vectors(
            [p["product_id"] for p in products],
            [title_of(p) for p in products],
            self._generation.taste_vectors[rows],
        )
        self._width = vectors.shape[1]
        if isinstance(vectors, np.ndarray):
            if self._dense.shape[1] != self._width:
                self._dense = np.zeros((len(self._stamps), self._width), np.float32)
            self._dense[rows] = vectors
        else:
            self._sparse = self._sparse or {}
            for row, first, stop in zip(
                rows.tolist(), vectors.indptr[:-1], vectors.indptr[1:], strict=True
            ):
                self._sparse[row] = (vectors.data[first:stop], vectors.indices[first:stop])
        self._stamps[rows] = stamps


def _stacked(rows: list[tuple[Any, Any]], width: int) -> Any:
    """Sparse rows as a ``csr_array``."""
    ends = np.cumsum([0, *(len(data) for data, _ in rows)])
    values = np.concatenate([data for data, _ in rows]) if rows else np.zeros(0, np.float32)
    columns = np.concatenate([i for _, i in rows]) if rows else np.zeros(0, np.int32)
    return scipy.sparse.csr_array((values, columns, ends), shape=(len(rows), width))
