"""What serves of a trained network: itself, or the smallest network made of it that loses no more than is allowed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from baihuo.core import Progress, no_progress
from baihuo.train.tables.forms import Form, is_within, measured_form
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.smaller import smaller_networks
from baihuo.train.tables.weights import Weights

_REFINING_ROWS = 200_000  # the newest ones, at most: what it costs does not grow with the table
_FEWEST = 1_000  # rows that can decide
_TASK = "fitting a smaller form"


def served_form(
    weights: Weights, rows: RowsOnDisk, measuring: RowsOnDisk, progress: Progress = no_progress
) -> tuple[Weights | None, dict[str, Any]]:
    """The network that serves, None where it is the trained one; and a report of the forms that were tried.

    Networks are tried from the one with the fewest products on, and the first that is good enough serves: which it is
    depends on no clock, so that the same training serves the same. With ``serves: whole`` none is tried.

    Args:
        weights: Trained, whole.
        rows: To fit smaller networks on.
        measuring: Rows with labels that decide.
    """
    settings, columns = weights.settings, weights.columns
    if settings.serves == "whole" or columns.texts or columns.then is not None:
        return None, {"form": "whole"}
    if measuring.n_rows < _FEWEST:
        return None, {"form": "whole", "measured_rows": measuring.n_rows}
    whole, _ = measured_form("whole", weights, measuring)
    found, tried, chosen = None, [whole], whole
    for name, shrink in smaller_networks(weights):
        small = shrink(weights, rows.newest(_REFINING_ROWS), _named(progress))
        form, _ = measured_form(name, small, measuring)
        tried.append(form)
        if is_within(form.measures, whole.measures, settings.max_loss):
            found, chosen = small, form
            break
    return found, {
        "form": chosen.name,
        "max_loss": settings.max_loss,
        "measured_rows": measuring.n_rows,
        "forms": [_shown(form) for form in tried],
    }


def _shown(form: Form) -> dict[str, Any]:
    names = ("name", "bytes", "cpu_ms", "measures")
    return {name: value for name, value in asdict(form).items() if name in names}


def _named(progress: Progress) -> Progress:
    def show(task: str, done: int, total: int) -> None:
        progress(_TASK, done, total)

    return show
