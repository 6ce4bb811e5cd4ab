"""Inputs of a model for one request's candidates: made by one function, for trainer and server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.features import (
    CandidateComparison,
    CrossKeys,
    FeatureSet,
    SpaceSpec,
    TransformInputs,
    Transforms,
    Vectors,
    cross_key,
    cross_keys,
)
from baihuo.features import request as request_features
from baihuo.index import PAIR_SCORES, Generation

Floats: TypeAlias = NDArray[np.float32]
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ModelInputs:
    """Features of the log and of the request, and the declared transforms of both."""

    generation: Generation
    features: FeatureSet
    transforms: TransformedColumns | None = None  # None: none declared, or not fitted yet

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`matrix`, in order."""
        columns = click_columns(self.features)
        return columns if self.transforms is None else (*columns, *self.transforms.names)

    def matrix(
        self,
        rows: NDArray[np.int32],
        request: ModelRequest,
        counted: Floats,
        *,
        positions: NDArray[np.int32] | None = None,
        device: str | None = None,
    ) -> Floats:
        """``[n, columns]`` of the candidates of one request.

        Args:
            rows: ``[n]`` candidates, of the index.
            request: The request.
            counted: ``[n, features.names]``, the lookback features of the same candidates at that moment: of the
                feature state when serving, of :func:`baihuo.model_inputs.lookback_matrix` when training.
            positions: ``[n]`` where each was placed, 1-based, in training; None when serving.
            device: In training, which screen; None when serving.
        """
        requested = request_columns(
            self.generation, rows, request, positions=positions, device=device
        )
        values = np.concatenate([counted, requested], axis=1)
        if self.transforms is None:
            return values
        more = self.transforms.compute(values, click_columns(self.features), rows, request)
        return np.concatenate([values, more], axis=1)


# ``features.FeatureSet.names`` come first (from the log), then request features of each product (:data:`REQUEST_COLUMNS`). Position and
# device are real when training and constant when serving, which removes their effect.

SURFACES = ("search", "home", "similar")
POSITION, DEVICE = "position", "device"
DEVICES = {"phone": 0.0, "mobile": 0.0, "tablet": 1.0, "desktop": 2.0}
AT_SERVING = {POSITION: 1.0, DEVICE: DEVICES["phone"]}
"""Serving's constants: top of the page, on a phone."""
REQUEST_COLUMNS = (
    *PAIR_SCORES,
    "price_log",
    "price_position",
    "price_to_anchor",
    "taste_clicked",
    "taste_purchased",
    "near_last_click",
    "anchor_cosine",
    "anchor_same_brand",
    "anchor_same_category",
    "age_days",
    *(f"is_{surface}" for surface in SURFACES),
    *AT_SERVING,
)


def click_columns(features: FeatureSet) -> tuple[str, ...]:
    """Names of the columns of a click model, in order."""
    return (*features.names, *REQUEST_COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class InteractionHistory:
    """Products of a visitor's interactions, newest first, as rows of the index generation (-1: deleted)."""

    rows: NDArray[np.int32]
    at_us: NDArray[np.int64]


NOTHING = InteractionHistory(np.empty(0, np.int32), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModelRequest:
    """The parts of a request that columns use, of a past page or one to serve."""

    surface: str
    at_us: int  # on our clock, UTC
    query_text: str = ""  # the typed words; empty on home and similar
    anchor_row: int = -1  # the anchor, on similar; -1 elsewhere
    clicked: InteractionHistory = NOTHING
    purchased: InteractionHistory = NOTHING


def request_columns(
    generation: Generation,
    rows: NDArray[np.int32],
    request: ModelRequest,
    *,
    positions: NDArray[np.int32] | None = None,
    device: str | None = None,
) -> Floats:
    """The request columns of each candidate: ``[n, len(REQUEST_COLUMNS)]``.

    Args:
        generation: The index whose rows are meant.
        rows: ``[n]`` candidates.
        request: The request.
        positions: ``[n]`` where each was placed, 1-based, in training; None when serving.
        device: In training, which screen; None when serving.

    Returns:
        Columns in the order of :data:`REQUEST_COLUMNS`; NaN where a value is unknown.
    """
    n = len(rows)
    columns: dict[str, Floats] = {}
    if request.query_text:
        columns |= generation.pair_scores(request.query_text, rows)
    prices = generation.snapshot.price_minor[rows]
    columns["price_log"] = np.where(prices >= 0, np.log1p(np.maximum(prices, 0)), np.nan)
    columns["price_position"] = request_features.price_position(prices)
    released = generation.snapshot.released_at_us[rows]
    columns["age_days"] = np.where(released > 0, (request.at_us - released) / _DAY_US, np.nan)
    _taste(columns, generation, rows, request)
    if request.anchor_row >= 0:
        _anchor(columns, generation, rows, prices, request.anchor_row)
    constants = {f"is_{name}": float(name == request.surface) for name in SURFACES} | AT_SERVING
    if positions is not None:
        columns[POSITION] = positions.astype(np.float32)
        constants[DEVICE] = DEVICES.get(device or "", np.nan)
    out = np.full((n, len(REQUEST_COLUMNS)), np.nan, np.float32)
    for i, name in enumerate(REQUEST_COLUMNS):
        if name in columns:
            out[:, i] = columns[name]
        elif name in constants:
            out[:, i] = constants[name]
    return out


def _taste(
    columns: dict[str, Floats],
    generation: Generation,
    rows: NDArray[np.int32],
    request: ModelRequest,
) -> None:
    if not (len(request.clicked.rows) or len(request.purchased.rows)):
        return
    vectors = generation.taste_vectors
    for name, touched, half_life_days in (
        ("taste_clicked", request.clicked, 7.0),
        ("taste_purchased", request.purchased, 60.0),
    ):
        is_there = touched.rows >= 0
        if not is_there.any():
            continue
        touched_rows = touched.rows[is_there]
        ages = ((request.at_us - touched.at_us[is_there]) / _DAY_US).astype(np.float32)
        mean = request_features.taste(vectors[touched_rows], ages, half_life_days=half_life_days)
        columns[name] = request_features.cosine(mean, vectors[rows])
        if name == "taste_clicked":
            columns["near_last_click"] = request_features.cosine(
                vectors[touched_rows[0]], vectors[rows]
            )


def _anchor(
    columns: dict[str, Floats],
    generation: Generation,
    rows: NDArray[np.int32],
    prices: NDArray[np.int64],
    anchor_row: int,
) -> None:
    vectors = generation.taste_vectors
    columns["anchor_cosine"] = request_features.cosine(vectors[anchor_row], vectors[rows])
    brand, category = generation.snapshot.brand_code, generation.snapshot.category_code
    columns["anchor_same_brand"] = (
        (brand[rows] == brand[anchor_row]) & (brand[anchor_row] >= 0)
    ).astype(np.float32)
    columns["anchor_same_category"] = (category[rows] == category[anchor_row]).astype(np.float32)
    columns["price_to_anchor"] = request_features.price_ratio(
        prices, float(generation.snapshot.price_minor[anchor_row])
    )


def missing_columns(
    wanted: Sequence[str], features: FeatureSet, more: Sequence[str] = ()
) -> list[str]:
    """Return the input columns of a stored model that this version cannot make; ``more``: those of transforms."""
    known = {*click_columns(features), *more}
    return [name for name in wanted if name not in known]


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
        names, codes = (
            self._generation.snapshot.brand_names,
            self._generation.snapshot.brand_code[rows],
        )
        return cross_keys(names[c] if c >= 0 else "" for c in codes.tolist())

    def _categories(self, rows: NDArray[np.int32]) -> CrossKeys:
        names, codes = (
            self._generation.snapshot.category_names,
            self._generation.snapshot.category_code[rows],
        )
        return cross_keys(" > ".join(names[c]) if c >= 0 else "" for c in codes.tolist())

    def _price_bands(self, rows: NDArray[np.int32]) -> CrossKeys:
        """Bands of half an octave: 1.00 and 1.30 share one, 1.00 and 2.00 do not."""
        prices = self._generation.snapshot.price_minor[rows]
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
