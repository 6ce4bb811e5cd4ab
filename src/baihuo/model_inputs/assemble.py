"""Inputs of a model for one request's candidates: made by one function, for trainer and server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.features import FeatureSet
from baihuo.features import request as request_features
from baihuo.index import PAIR_SCORES, Generation

Floats: TypeAlias = NDArray[np.float32]
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ModelInputs:
    """Features of the log and of the request."""

    generation: Generation
    features: FeatureSet

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`matrix`, in order."""
        return click_columns(self.features)

    def matrix(
        self,
        rows: NDArray[np.int32],
        request: ModelRequest,
        counted: Floats,
        *,
        positions: NDArray[np.int32] | None = None,
        device: str | None = None,
        n_candidates: int | None = None,
    ) -> Floats:
        """``[n, columns]`` of the candidates of one request.

        Args:
            rows: ``[n]`` candidates, of the index.
            request: The request.
            counted: ``[n, features.names]``, the lookback features of the same candidates at that moment: of the
                feature state when serving, of :func:`baihuo.model_inputs.lookback_matrix` when training.
            positions: ``[n]`` where each was placed, 1-based, in training; None when serving.
            device: In training, which screen; None when serving.
            n_candidates: How many of the first rows the others' prices are compared with; None: all.
        """
        requested = request_columns(
            self.generation,
            rows,
            request,
            positions=positions,
            device=device,
            n_candidates=n_candidates,
        )
        return np.concatenate([counted, requested], axis=1)


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
    n_candidates: int | None = None,
) -> Floats:
    """The request columns of each candidate: ``[n, len(REQUEST_COLUMNS)]``.

    Args:
        generation: The index whose rows are meant.
        rows: ``[n]`` candidates.
        request: The request.
        positions: ``[n]`` where each was placed, 1-based, in training; None when serving.
        device: In training, which screen; None when serving.
        n_candidates: As in :meth:`ModelInputs.matrix`.

    Returns:
        Columns in the order of :data:`REQUEST_COLUMNS`; NaN where a value is unknown.
    """
    n = len(rows)
    columns: dict[str, Floats] = {}
    if request.query_text:
        columns |= generation.pair_scores(request.query_text, rows)
    prices = generation.snapshot.price_minor[rows]
    columns["price_log"] = np.where(prices >= 0, np.log1p(np.maximum(prices, 0)), np.nan)
    columns["price_position"] = request_features.price_position(prices, among=prices[:n_candidates])
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


def missing_columns(wanted: Sequence[str], features: FeatureSet) -> list[str]:
    """Return the input columns of a stored model that this version cannot make."""
    known = click_columns(features)
    return [name for name in wanted if name not in known]
