"""Forms of a network as they would serve, smaller ones among them: their size, what they take, what they are worth; and which serves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baihuo.core import Progress, no_progress
from baihuo.models import RowKind, onnx_session
from baihuo.train.tables.measures import measure_scores
from baihuo.train.tables.model_folder import scored
from baihuo.train.tables.rows_on_disk import RowsOnDisk

if TYPE_CHECKING:
    from baihuo.models import Weights

_CANDIDATES, _REQUESTS = 200, 50  # that latency is measured on
_SCORED_ROWS = 8192  # at once
_REFINING_ROWS = 200_000  # the newest ones, at most: what it costs does not grow with the table
_FEWEST = 1_000  # rows that can decide
_TASK = "fitting a smaller form"


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
    from baihuo.train.tables.outputs import onnx_of

    onnx = onnx_of(weights, kind)
    session = onnx_session(onnx)
    scores = np.concatenate(
        [scored(session, rows.categories, rows.numbers) for rows in held.in_order(_SCORED_ROWS)]
    )
    known, loss = held.mapped(), weights.settings.loss
    assert known.labels is not None
    measures = measure_scores(scores, known.labels, loss=loss, groups=known.groups)
    return Form(name, kind, len(onnx), _cpu_ms(session, held), measures), onnx


def all_forms(
    weights: Weights,
    rows: RowsOnDisk,
    measuring: RowsOnDisk,
    kinds: Sequence[RowKind],
    progress: Progress,
) -> Iterator[tuple[Form, bytes, Weights]]:
    """The model as it is, then a smaller one, if it has one, each with all ``kinds`` of rows; with its ONNX and the weights behind it."""
    from baihuo.train.tables.smaller import smaller_form

    for kind in kinds:
        yield *measured_form("whole", weights, measuring, kind=kind), weights
    name, small = smaller_form(weights, rows, progress)
    if small is not None:
        for kind in kinds:
            yield *measured_form(name, small, measuring, kind=kind), small


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


def served_form(
    weights: Weights, rows: RowsOnDisk, measuring: RowsOnDisk, progress: Progress = no_progress
) -> tuple[Weights | None, dict[str, Any]]:
    """The network that serves, None where it is the trained one; and a report of the forms that were tried.

    No clock decides, so that the same training serves the same. With ``serves: whole`` none is tried.

    Args:
        weights: Trained, whole.
        rows: To fit smaller networks on.
        measuring: Rows with labels that decide.
    """
    settings, columns = weights.settings, measuring.columns
    if settings.serves == "whole" or columns.texts:
        return None, {"form": "whole"}
    if measuring.n_rows < _FEWEST:
        return None, {"form": "whole", "measured_rows": measuring.n_rows}
    newest = rows.newest(_REFINING_ROWS)
    made = list(all_forms(weights, newest, measuring, ("float32",), _named(progress)))
    forms = [form for form, _, _ in made]
    is_good = len(made) > 1 and is_within(forms[1].measures, forms[0].measures, settings.max_loss)
    return made[1][2] if is_good else None, {
        "form": forms[1].name if is_good else "whole",
        "max_loss": settings.max_loss,
        "measured_rows": measuring.n_rows,
        "forms": [_shown(form) for form in forms],
    }


def _shown(form: Form) -> dict[str, Any]:
    names = ("name", "bytes", "cpu_ms", "measures")
    return {name: value for name, value in asdict(form).items() if name in names}


def _named(progress: Progress) -> Progress:
    def show(task: str, done: int, total: int) -> None:
        progress(_TASK, done, total)

    return show
