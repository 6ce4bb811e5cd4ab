"""The same pages as a shop of its own models would log them: in the order of a model that learned from the first log."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.model_inputs import AT_SERVING, DEVICES, POSITION
from baihuo.models import Predictions
from baihuo.simulate.clicks import look
from suites.position.shops import LoggedShop
from suites.position.trainings import fit

_P_EVEN = 0.08  # of pages, whose order is drawn evenly
_DEVICE = {value: name for name, value in DEVICES.items() if name != "mobile"}


def relogged(shop: LoggedShop, *, seed: int) -> LoggedShop:
    """Positions by the blend of all models, clicks drawn again by the shop's click model; true appeal stays what it was.

    Position and what a model knows of a product then go together, as on the pages of a shop whose models serve.
    """
    fitted = fit(shop, shop.matrix, None, seed)
    top = shop.matrix.copy()
    for name, value in AT_SERVING.items():
        top[:, shop.columns.index(name)] = value
    scores = Predictions(fitted, top, shop.columns).of(list(fitted)[-1]).scores
    known = ~np.isnan(shop.p_true)
    appeal = np.where(known, shop.p_true / shop.looked, np.nan)
    rng, dice = np.random.default_rng([seed, 71]), random.Random(seed)
    device = shop.matrix[:, shop.columns.index("device")]
    new: dict[str, NDArray[np.float64]] = {
        name: np.full(len(scores), np.nan) for name in ("position", "looked", "clicks", "chance")
    }
    starts = np.flatnonzero(np.diff(shop.page, prepend=-1))
    for start, stop in zip(starts, np.append(starts[1:], len(scores)), strict=True):
        rows = np.arange(start, stop)
        rows = rows[known[rows]]
        is_even = rng.random() < _P_EVEN
        order = rng.permutation(rows) if is_even else rows[np.argsort(-scores[rows])]
        on = _DEVICE.get(float(device[start]), "phone")
        seen = look(shop.click_model, on, appeal[order].tolist(), dice)
        new["position"][order] = np.arange(1, len(order) + 1)
        new["looked"][order], new["clicks"][order] = seen.examination, seen.is_clicked
        new["chance"][order] = 0.01 if is_even else 1 - _P_EVEN
    return _taken(shop, new, known, appeal)


def _taken(
    shop: LoggedShop,
    new: dict[str, NDArray[np.float64]],
    known: NDArray[np.bool_],
    appeal: NDArray[np.float64],
) -> LoggedShop:
    """The rows whose truth is known, as they were logged again."""
    matrix = shop.matrix.copy()
    matrix[:, shop.columns.index(POSITION)] = new["position"]
    examples = shop.examples
    for name, column in (
        ("position", "position"),
        ("propensity", "chance"),
        ("is_clicked", "clicks"),
    ):
        at = examples.column_names.index(name)
        examples = examples.set_column(at, name, pa.array(np.nan_to_num(new[column])))
    return replace(
        shop,
        examples=examples.filter(pa.array(known)),
        matrix=matrix[known],
        clicks=new["clicks"][known].astype(np.float32),
        gains=new["clicks"][known].astype(np.int32),
        page=shop.page[known],
        surface=shop.surface[known],
        part=shop.part[known],
        p_true=(appeal * new["looked"])[known],
        looked=new["looked"][known],
        log="own models",
    )
