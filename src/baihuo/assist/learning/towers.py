"""Trains the two towers on questions and answers, each answer against those of the other questions of its batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.flat_terms import FlatTerms
from baihuo.assist.retrieve.towers import TABLE_ROWS, Tower, Towers
from baihuo.core import Progress, no_progress


@dataclass(frozen=True, slots=True)
class TowerTraining:
    """How the towers are trained."""

    dim: int = 128
    epochs: int = 6
    batch: int = 256
    learning_rate: float = 3e-3
    dropout: float = 0.3  # of terms, and of inner values
    scale: float = 16.0  # of cosines, at the start
    weight_decay: float = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class TowerData:
    """Aligned rows of both sides; ``same`` is equal where two answers are the same text."""

    question_terms: FlatTerms
    question_vectors: NDArray[np.float32]
    answer_terms: FlatTerms
    answer_vectors: NDArray[np.float32]
    same: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> TowerData:
        return TowerData(
            self.question_terms.take(rows),
            self.question_vectors[rows],
            self.answer_terms.take(rows),
            self.answer_vectors[rows],
            self.same[rows],
        )


def fit_towers(
    data: TowerData, *, config: TowerTraining, seed: int, progress: Progress = no_progress
) -> Towers:
    """Fit both sides with a softmax over the answers of a batch, in both directions."""
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    sides = [
        _Side(torch, data.question_vectors.shape[1], config),
        _Side(torch, data.answer_vectors.shape[1], config),
    ]
    scale = torch.nn.Parameter(torch.tensor(float(np.log(config.scale))))
    dense = [p for side in sides for p in side.dense] + [scale]
    optimiser = torch.optim.AdamW(dense, lr=config.learning_rate, weight_decay=config.weight_decay)
    rare = torch.optim.SparseAdam([s.table.weight for s in sides], lr=config.learning_rate * 2)
    n = len(data.same)
    steps = config.epochs * (n // config.batch)
    done = 0
    for _ in range(config.epochs):
        order = rng.permutation(n)
        for start in range(0, n - config.batch + 1, config.batch):
            rows = np.sort(order[start : start + config.batch])
            left = sides[0](data.question_terms.take(rows), data.question_vectors[rows], rng)
            right = sides[1](data.answer_terms.take(rows), data.answer_vectors[rows], rng)
            same = torch.from_numpy(data.same[rows])
            hidden = (same[:, None] == same[None]) & ~torch.eye(len(rows), dtype=torch.bool)
            logits = (left @ right.T * scale.exp()).masked_fill(hidden, -1e4)
            target = torch.arange(len(rows))
            loss = torch.nn.functional.cross_entropy(logits, target)
            loss = loss + torch.nn.functional.cross_entropy(logits.T, target)
            optimiser.zero_grad()
            rare.zero_grad()
            loss.backward()
            rate = config.learning_rate * max(0.02, 1 - done / max(steps, 1))
            for group in optimiser.param_groups:
                group["lr"] = rate
            for group in rare.param_groups:
                group["lr"] = 2 * rate
            optimiser.step()
            rare.step()
            done += 1
            progress("towers", done, steps)
    return Towers(sides[0].in_numpy(), sides[1].in_numpy())


class _Side:
    def __init__(self, torch: Any, n_encoded: int, config: TowerTraining) -> None:
        t = torch
        self.torch, self.config = t, config
        self.table = t.nn.EmbeddingBag(TABLE_ROWS, config.dim, mode="sum", sparse=True)
        t.nn.init.normal_(self.table.weight, std=0.05)
        self.projection = t.nn.Parameter(t.randn(n_encoded, config.dim) * 0.5 / np.sqrt(config.dim))
        self.bias = t.nn.Parameter(t.zeros(config.dim))
        self.out = t.nn.Parameter(t.eye(config.dim) + t.randn(config.dim, config.dim) * 0.01)
        self.dense = [self.projection, self.bias, self.out]

    def __call__(self, terms: FlatTerms, encoded: np.ndarray, rng: np.random.Generator) -> Any:
        t, share = self.torch, self.config.dropout
        kept = (rng.random(len(terms.counts)) >= share) / (1 - share)
        bag = self.table(
            t.from_numpy(terms.buckets.astype(np.int64)),
            t.from_numpy(terms.starts[:-1].astype(np.int64)),
            per_sample_weights=t.from_numpy((terms.counts * kept).astype(np.float32)),
        )
        vectors = t.nn.functional.dropout(t.from_numpy(encoded), share)
        inner = t.tanh(bag + vectors @ self.projection + self.bias)
        inner = t.nn.functional.dropout(inner, share)
        return t.nn.functional.normalize(inner @ self.out, dim=1)

    def in_numpy(self) -> Tower:
        def array(p: Any) -> np.ndarray:
            return p.detach().numpy().astype(np.float32).copy()

        return Tower(
            array(self.table.weight), array(self.projection), array(self.bias), array(self.out)
        )
