"""One table of embeddings for all fields, of which a step reads and changes only the rows that its batch touched; and that step.

Rows that a batch did not touch keep their weights and their moments, as in :class:`torch.optim.SparseAdam`: a step costs
what the batch costs, not what the vocabulary costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

N_MOMENTS = 2
_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8
_START_STD = 0.01  # of new vectors: those of deepctr (0.0001) cost it 0.025 AUC in one epoch


def field_offsets(sizes: Sequence[int]) -> NDArray[np.int32]:
    """Where each field's rows begin in the table of all fields.

    >>> field_offsets([3, 2, 4]).tolist()
    [0, 3, 5]
    """
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)[: len(sizes)]


def grown(
    weights: torch.Tensor, sizes: Sequence[int], new: torch.Tensor, new_sizes: Sequence[int]
) -> torch.Tensor:
    """Weights of a table whose fields got more values: old values keep theirs, new ones have those of ``new``.

    Args:
        weights: ``[sum of sizes, width]``.
        new: ``[sum of new_sizes, width]``; not changed.
    """
    found = new.clone()
    pairs = zip(field_offsets(sizes), field_offsets(new_sizes), sizes, strict=True)
    for start, new_start, size in pairs:
        found[new_start : new_start + size] = weights[start : start + size]
    return found


def adam(
    weights: torch.Tensor,
    slopes: torch.Tensor,
    moments: Sequence[torch.Tensor],
    rate: float,
    step: int,
    *,
    l2: float = 0.0,
) -> None:
    """Change weights and moments (:data:`N_MOMENTS`), of one shape, in place. It is corrected for the start by the number of all steps,
    also where a row is rare.

    Args:
        slopes: Of the loss; may be overwritten.
        step: 1 at the first.
        l2: The slope of a penalty added to the gradient.

    Source: Kingma and Ba (2015), "Adam: a method for stochastic optimization".
    """
    if l2:
        slopes.add_(weights, alpha=l2)
    mean, square = moments
    mean.lerp_(slopes, 1 - _DECAY)
    square.mul_(_SQUARE_DECAY).addcmul_(slopes, slopes, value=1 - _SQUARE_DECAY)
    # epsilon stands beside the corrected root, so it is scaled with it
    root = (1 - _SQUARE_DECAY**step) ** 0.5
    torch.sqrt(square, out=slopes).add_(_EPSILON * root)
    weights.addcdiv_(mean, slopes, value=-rate * root / (1 - _DECAY**step))


class TouchedRows:
    """Which rows a batch touched, and where: found once, used by every table."""

    def __init__(self, places: torch.Tensor) -> None:
        """``places``: rows of the table, ``[lookups]``, int32."""
        ordered, order = torch.sort(places, stable=True)  # integers: a radix sort
        is_first = torch.ones(len(ordered), dtype=torch.bool, device=places.device)
        torch.ne(ordered[1:], ordered[:-1], out=is_first[1:])
        starts = torch.nonzero(is_first).view(-1)
        self.rows = ordered.index_select(0, starts).long()
        self._order, self._starts = order.int(), starts.int()

    def sums(self, slopes: torch.Tensor) -> torch.Tensor:
        """``[lookups, width]`` to ``[touched rows, width]``."""
        if not len(slopes):
            return slopes
        return F.embedding_bag(self._order, slopes, self._starts, mode="sum")


class EmbeddingTable:
    """Vectors of all values of all fields; a field's row 0 is that of unknown values."""

    def __init__(self, weights: torch.Tensor, moments: Sequence[torch.Tensor]) -> None:
        self.weights = weights  # [values of all fields, width]
        self.moments = tuple(moments)

    @classmethod
    def new(cls, sizes: Sequence[int], width: int, generator: torch.Generator) -> EmbeddingTable:
        """Small random vectors, and zeros for unknown values: a value that no row taught adds nothing."""
        weights = torch.zeros(sum(sizes), width)  # weights of single values begin there
        if width > 1:
            weights.normal_(std=_START_STD, generator=generator)
        weights[torch.from_numpy(field_offsets(sizes)).long()] = 0.0
        return cls(weights, [torch.zeros_like(weights) for _ in range(N_MOMENTS)])

    def look_up(self, places: torch.Tensor, shape: torch.Size) -> torch.Tensor:
        """``[rows * fields]`` to ``[rows, fields, width]``, with a gradient of its own. ``shape``: rows and fields."""
        return (
            self.weights.index_select(0, places)
            .view(*shape, self.weights.shape[1])
            .requires_grad_()
        )

    def move(
        self,
        touched: TouchedRows,
        slopes: torch.Tensor,
        rate: float,
        step: int,
        *,
        l2: float = 0.0,
    ) -> None:
        """One step of the touched rows. ``slopes``: ``[rows, fields, width]``."""
        rows = touched.rows
        total = touched.sums(slopes.reshape(-1, self.weights.shape[1]))
        weights = self.weights.index_select(0, rows)
        moments = [moment.index_select(0, rows) for moment in self.moments]
        adam(weights, total, moments, rate, step, l2=l2)
        self.weights.index_copy_(0, rows, weights)
        for moment, new in zip(self.moments, moments, strict=True):
            moment.index_copy_(0, rows, new)

    def to(self, device: torch.device) -> EmbeddingTable:
        """On a device."""
        return EmbeddingTable(self.weights.to(device), [m.to(device) for m in self.moments])
