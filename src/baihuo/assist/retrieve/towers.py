"""Two towers: a question and its answer become near vectors. Trained heads over hashed terms and encoder vectors, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.assist.retrieve.flat_terms import Buckets, FlatTerms, Floats, sums

TABLE_ROWS = 1 << 15
_BLOCK = 512  # texts whose rows of the table are in memory at once


@dataclass(frozen=True, slots=True, eq=False)
class Tower:
    """One side: ``tanh(terms @ table + vectors @ projection + bias) @ out``, made length 1."""

    table: Floats  # [TABLE_ROWS, dim]
    projection: Floats  # [encoder dims of all parts, dim]
    bias: Floats  # [dim]
    out: Floats  # [dim, dim]

    def vectors(self, terms: FlatTerms, encoded: Floats) -> Floats:
        """``[texts, dim]`` of length 1, from :func:`tower_terms` and the encoder's vectors side by side."""
        found = np.empty((len(terms), self.out.shape[1]), np.float32)
        for start in range(0, len(terms), _BLOCK):
            end = min(start + _BLOCK, len(terms))
            run = slice(terms.starts[start], terms.starts[end])
            rows = self.table[terms.buckets[run]] * terms.counts[run, None]
            bags = sums(rows, terms.starts[start : end + 1] - terms.starts[start])
            inner = np.tanh(bags + encoded[start:end] @ self.projection + self.bias)
            found[start:end] = inner @ self.out
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Towers:
    """Both sides."""

    question: Tower
    answer: Tower


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Towers of one side whose arrays stand beside each other: a text is read by all of them in as many steps as by one."""

    table: Floats  # [TABLE_ROWS, towers · dim]
    projection: Floats  # [encoder dims, towers · dim]
    bias: Floats  # [towers · dim]
    out: Floats  # [towers, dim, dim]

    @staticmethod
    def of(towers: Sequence[Tower]) -> SideBySide:
        """Of at least one."""
        base = towers[0].table.base
        if base is None or any(t.table.base is not base for t in towers):
            base = np.hstack([t.table for t in towers])
        return SideBySide(
            np.asarray(base, np.float32),
            np.hstack([t.projection for t in towers]),
            np.hstack([t.bias for t in towers]),
            np.stack([t.out for t in towers]),
        )

    def views(self) -> list[Tower]:
        """The towers, whose tables take no memory of their own."""
        n, dim, _ = self.out.shape
        runs = [slice(at * dim, (at + 1) * dim) for at in range(n)]
        return [
            Tower(self.table[:, run], self.projection[:, run], self.bias[run], out)
            for run, out in zip(runs, self.out, strict=True)
        ]

    def vector(self, terms: FlatTerms, encoded: Floats) -> Floats:
        """``[towers · dim]`` of one text: as :meth:`Tower.vectors` of each, side by side."""
        bag = terms.counts @ self.table[terms.buckets]
        inner = np.tanh(bag + encoded @ self.projection + self.bias)
        n, dim, _ = self.out.shape
        found = (inner.reshape(n, 1, dim) @ self.out)[:, 0]
        lengths = np.sqrt((found * found).sum(axis=1, keepdims=True))
        return np.asarray((found / np.maximum(lengths, 1e-6)).ravel(), np.float32)


def tower_terms(texts: Sequence[Sequence[Buckets]]) -> FlatTerms:
    """Terms of all parts of each text in one small table, each part with its own places.

    A part weighs the same whatever its length: each of its n terms has 1/√n.
    """
    return FlatTerms.of([_placed(parts) for parts in texts])


def _placed(parts: Sequence[Buckets]) -> tuple[Buckets, Floats]:
    places, weights = [], []
    for number, part in enumerate(parts):
        salt = np.uint64((number + 1) * 0x85EBCA6B)
        spread = part.astype(np.uint64) * np.uint64(0x9E3779B1) + salt
        places.append(((spread >> np.uint64(9)) & np.uint64(TABLE_ROWS - 1)).astype(np.int32))
        weights.append(np.full(len(part), 1 / np.sqrt(max(len(part), 1)), np.float32))
    return np.concatenate(places), np.concatenate(weights)
