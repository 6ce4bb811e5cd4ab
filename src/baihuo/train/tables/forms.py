"""A form of a network as it would serve: its size, what it takes, and what it is worth on rows that measure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baihuo.models import RowKind
from baihuo.train.tables.measures import measure_scores
from baihuo.train.tables.model_folder import onnx_session, scored
from baihuo.train.tables.rows_on_disk import RowsOnDisk

if TYPE_CHECKING:
    from baihuo.train.tables.weights import Weights

_CANDIDATES, _REQUESTS = 200, 50  # that latency is measured on
_SCORED_ROWS = 8192  # at once


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the model."""

    name: str
    rows: RowKind  # how tables of vectors are kept
    bytes: int  # of the ONNX file
    cpu_ms: float  # of 200 rows on one thread
    measures: dict[str, float]  # on the rows that measure


def measured_form(
    name: str,
    weights: Weights,
    held: RowsOnDisk,
    *,
    kind: RowKind = "float32",
) -> tuple[Form, bytes]:
    """The form and its ONNX file. ``held``: rows with labels that it did not learn from."""
    onnx = weights.to_onnx(kind)
    session = onnx_session(onnx)
    scores = np.concatenate(
        [scored(session, rows.categories, rows.numbers) for rows in held.in_order(_SCORED_ROWS)]
    )
    known, loss = held.mapped(), weights.settings.loss
    assert known.labels is not None
    measures = measure_scores(scores, known.labels, loss=loss, groups=known.groups)
    return Form(name, kind, len(onnx), _cpu_ms(session, held), measures), onnx


def is_within(found: Mapping[str, float], whole: Mapping[str, float], max_loss: float) -> bool:
    """Whether measures are at most ``max_loss`` worse: of nDCG or else AUC by that much, of log-loss and RMSE by that share.

    >>> is_within({"auc": 0.739, "log_loss": 0.5}, {"auc": 0.74, "log_loss": 0.5}, 0.002)
    True
    >>> is_within({"auc": 0.74, "log_loss": 0.51}, {"auc": 0.74, "log_loss": 0.5}, 0.002)
    False
    """
    larger = "ndcg" if "ndcg" in whole else "auc"
    is_near = found.get(larger, 0.0) >= whole.get(larger, 0.0) - max_loss
    smaller = [name for name in ("log_loss", "rmse") if name in whole]
    return is_near and all(found[name] <= whole[name] * (1 + max_loss) for name in smaller)


def _cpu_ms(session: Any, held: RowsOnDisk) -> float:
    """The median of requests of neighbouring rows."""
    took, rows = [], held.read([slice(0, _CANDIDATES * _REQUESTS)])
    for at in range(_REQUESTS):
        part = rows.take((at * _CANDIDATES + np.arange(_CANDIDATES)) % len(rows))
        start = time.process_time_ns()
        scored(session, part.categories, part.numbers)
        took.append((time.process_time_ns() - start) / 1e6)
    return float(np.median(took))
