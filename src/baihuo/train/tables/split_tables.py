"""Tables of embeddings that processes share: each keeps the rows whose number leaves its own after division by their number.

A step sends to each owner the numbers of the rows that this process's rows of the batch touch, each once, gets their vectors, and
sends back the sums of their slopes; the owner adds what came from all and moves its rows. Of a value in many rows of the batch one
vector and one slope travel.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from baihuo.train.tables.embeddings import EmbeddingTable, TouchedRows
from baihuo.train.tables.optimisers import Optimiser
from baihuo.train.tables.processes import Group


@dataclass(frozen=True, slots=True, eq=False)
class _LookUp:
    """What a batch looked up."""

    touched: TouchedRows  # of this process's rows, by owner
    sent: list[int]  # numbers sent to each owner
    came: torch.Tensor  # own rows that others asked for, and it itself
    n_came: list[int]


class SplitTables:
    """All tables of a network, of which this process keeps its rows."""

    def __init__(self, tables: Mapping[str, EmbeddingTable], n_rows: int, group: Group) -> None:
        """``n_rows``: of a whole table."""
        self._tables, self._group = tables, group
        self._height = -(-n_rows // group.n)  # of the largest part
        self._widths = [table.weights.shape[1] for table in tables.values()]
        self._last: _LookUp | None = None

    def look_up(self, places: torch.Tensor, n_rows: int, n_slots: int) -> dict[str, torch.Tensor]:
        """Of each table ``[rows, slots, width]``, with a gradient of its own. ``places``: ``[rows * slots]``, of whole tables."""
        group, height = self._group, self._height
        by_owner = places % group.n * height + torch.div(places, group.n, rounding_mode="floor")
        touched = TouchedRows(by_owner)
        bounds = torch.arange(group.n + 1, device=places.device) * height
        ends = torch.searchsorted(touched.rows, bounds).tolist()
        sent = [b - a for a, b in itertools.pairwise(ends)]
        numbers, n_came = group.exchange((touched.rows % height).int(), sent)
        came = numbers.long()
        self._last = _LookUp(touched, sent, came, n_came)
        rows = torch.cat([t.weights.index_select(0, came) for t in self._tables.values()], 1)
        got, _ = group.exchange(rows, n_came, sent)
        where = touched.where()
        parts = zip(self._tables, self._widths, got.split(self._widths, 1), strict=True)
        return {
            name: part.index_select(0, where).view(n_rows, n_slots, width).requires_grad_()
            for name, width, part in parts
        }

    def move(
        self, looked_up: Mapping[str, torch.Tensor], optimiser: Optimiser, rate: float, step: int
    ) -> None:
        """One step of the rows of the last look-up, by the slopes of all processes."""
        last = self._last
        assert last is not None
        sums = []
        for name, width in zip(self._tables, self._widths, strict=True):
            slopes = looked_up[name].grad
            if slopes is None:  # of no rows
                slopes = looked_up[name].new_zeros(looked_up[name].shape)
            sums.append(last.touched.sums(slopes.reshape(-1, width)))
        came, _ = self._group.exchange(torch.cat(sums, 1), last.sent, last.n_came)
        if not len(came):
            return
        touched = TouchedRows(last.came.int())
        parts = zip(self._tables.values(), came.split(self._widths, 1), strict=True)
        for table, part in parts:
            table.move(touched, part, optimiser, rate, step)


def joined_rows(parts: list[torch.Tensor]) -> torch.Tensor:
    """The whole table of the rows of each process."""
    whole = parts[0].new_empty((sum(map(len, parts)), *parts[0].shape[1:]))
    for rank, part in enumerate(parts):
        whole[rank :: len(parts)] = part
    return whole
