"""Outputs of a network on prepared rows, and what they are worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from baihuo.models import Diverged, RowKind, Weights, text_tensors, to_tensor
from baihuo.train.tables.beside.served import ServedBeside
from baihuo.train.tables.measures import measure_scores
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_SCORED_ROWS = 8192  # at once


def outputs_of(weights: Weights, rows: RowsOnDisk, *, of_each: bool = False) -> NDArray[np.float32]:
    """The network's output of each row, in the order of the file.

    ``of_each``: of several networks those of each, ``[rows, networks]``, without what stands beside them.
    """
    weights.module.eval()
    network = weights.module.each if of_each else weights.module
    texts, found = text_tensors(rows, weights.device), []
    with torch.inference_mode():
        for part in rows.in_order(_SCORED_ROWS):
            categories = to_tensor(part.categories, weights.device)
            looked_up = weights.look_up(weights.places(categories), categories, texts)
            out = network(looked_up, to_tensor(part.numbers, weights.device))
            found.append(out.float().cpu().numpy())
    if not found:
        return np.empty(0, np.float32)
    outputs = np.concatenate(found)
    if weights.beside is None or of_each:
        return outputs
    added = [weights.beside.outputs(r.categories, r.numbers) for r in rows.in_order(_SCORED_ROWS)]
    return (outputs + np.concatenate(added)).astype(np.float32)


def measured(rows: RowsOnDisk) -> Callable[[Weights], dict[str, float]]:
    """What weights are worth on rows with labels."""
    return lambda weights: _measured(weights, rows)


def _measured(weights: Weights, rows: RowsOnDisk) -> dict[str, float]:
    scores, loss, mapped = outputs_of(weights, rows), weights.settings.loss, rows.mapped()
    if not np.isfinite(scores).all():
        raise Diverged("a score of the validation rows")
    if loss == "binary":
        scores = expit(scores.astype(np.float64))
    assert mapped.labels is not None
    return measure_scores(scores, mapped.labels, loss=loss, groups=mapped.groups)


def onnx_of(weights: Weights, rows: RowKind = "float32") -> bytes:
    """What serves: the networks, and the members beside them. ``rows``: how the tables are kept."""
    beside = None if weights.beside is None else ServedBeside(weights.beside)
    return weights.to_onnx(rows, beside=beside)
