"""Self-attention over a sequence, with texts of the items beside their ids: what the ablation fits.

Without texts it is SASRec: Kang and McAuley (2018), with the loss over all items, which later studies found to matter
most (Klenitskiy and Vasilev, 2023). The vector of an item, which the sequence is read by and the next item is scored
by, is made of the item's own vector and its projected text in one of the ways of :data:`FUSIONS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from baihuo.models import LONGEST_HISTORY, Sequences

FUSIONS = ("id", "start", "text", "add", "concat", "gate", "attention")
"""Own vector alone; begun as the text's main directions; text alone; their sum; both projected; a gate; weights by attention."""
_SCORED = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the search chooses among."""

    dim: int = 64
    blocks: int = 1
    heads: int = 2
    dropout: float = 0.4
    rate: float = 1e-3
    decay: float = 0.01
    smoothing: float = 0.0
    batch: int = 128
    fusion: str = "id"


class Transformer(nn.Module):
    """Items of a history in, a score of every item out. Item 0 is no item."""

    def __init__(self, shape: Shape, texts: NDArray[np.float32], n_seen: NDArray[np.int64]) -> None:
        """``texts``: ``[items, width]``; ``n_seen``: how often each item is in what it learns from."""
        super().__init__()
        self.shape = shape
        d = shape.dim
        self.own = nn.Parameter(torch.randn(len(texts) + 1, d) * 0.02)
        self.places = nn.Parameter(torch.randn(LONGEST_HISTORY, d) * 0.02)
        padded = np.concatenate([np.zeros((1, texts.shape[1]), np.float32), texts])
        self.register_buffer("texts", torch.from_numpy(padded))
        self.register_buffer("is_seen", torch.from_numpy(np.append(0, n_seen) > 0)[:, None])
        if shape.fusion == "start":
            self.own.data[1:] = torch.from_numpy(_directions(texts, d)) * 0.3
        self.project = nn.Linear(texts.shape[1], d)
        nn.init.normal_(self.project.weight, std=texts.shape[1] ** -0.5)
        self.mix = nn.Linear(2 * d, d)
        self.asks = nn.Linear(d, 1)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.norm = nn.LayerNorm(d)

    def item_vectors(self) -> torch.Tensor:
        """``[items + 1, dim]``. Of an item that was never seen only the text counts."""
        own, fusion = self.own, self.shape.fusion
        if fusion in ("id", "start"):
            return own
        own = own * self.is_seen
        text = self.project(self.texts)
        if fusion == "text":
            return text
        if fusion == "add":
            return own + text
        if fusion == "concat":
            return self.mix(torch.cat([own, text], 1))
        if fusion == "gate":
            gate = torch.sigmoid(self.mix(torch.cat([own, text], 1))) * self.is_seen
            return gate * own + (1 - gate) * text
        both = torch.stack([own, text], 1)
        weights = self.asks(torch.tanh(both))
        weights = weights.masked_fill(~torch.stack([self.is_seen, self.is_seen | True], 1), -1e9)
        return (torch.softmax(weights, 1) * both).sum(1)

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """``[histories, LONGEST_HISTORY]`` (0: none, on the left) to ``[histories, LONGEST_HISTORY, items]``."""
        vectors = self.item_vectors()
        x = F.dropout(
            F.embedding(histories, vectors) + self.places, self.shape.dropout, self.training
        )
        length = histories.shape[1]
        may = torch.ones(length, length, dtype=torch.bool).tril()
        # a place without an item may look at itself, or it would have nothing to look at
        may = may & (histories > 0)[:, None, :] | torch.eye(length, dtype=torch.bool)
        for block in self.blocks:
            x = block(x, may[:, None])
        return self.norm(x) @ vectors[1:].T


class Block(nn.Module):
    """Attention and a perceptron, each after a norm and beside what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        d = shape.dim
        self.heads, self.dropout = shape.heads, shape.dropout
        self.first, self.second = nn.LayerNorm(d), nn.LayerNorm(d)
        self.all_three, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.wide, self.narrow = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x: torch.Tensor, may: torch.Tensor) -> torch.Tensor:
        """``[rows, length, dim]`` to the same; ``may``: who may look at whom."""
        n, length, d = x.shape
        parts = self.all_three(self.first(x)).view(n, length, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=may)
        seen = self.out(seen.transpose(1, 2).reshape(n, length, d))
        x = x + F.dropout(seen, self.dropout, self.training)
        wide = F.dropout(F.gelu(self.wide(self.second(x))), self.dropout, self.training)
        return x + F.dropout(self.narrow(wide), self.dropout, self.training)


def fit_transformer(
    sequences: Sequences,
    texts: NDArray[np.float32],
    shape: Shape,
    *,
    epochs: int,
    seed: int,
    after: Callable[[int, Transformer], bool] = lambda _epoch, _model: False,
) -> Transformer:
    """Fit; ``after`` looks at each epoch and may end it there."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Transformer(shape, texts, np.bincount(sequences.items, minlength=len(texts)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=shape.rate, weight_decay=shape.decay)
    inputs, targets = shifted(sequences)
    for epoch in range(1, epochs + 1):
        model.train()
        order = rng.permutation(len(inputs))
        for batch in np.array_split(order, max(1, len(order) // shape.batch)):
            optimiser.zero_grad()
            known = targets[batch] > 0
            scores = model(inputs[batch])[known]
            wanted = targets[batch][known] - 1
            F.cross_entropy(scores, wanted, label_smoothing=shape.smoothing).backward()
            optimiser.step()
        model.eval()
        if after(epoch, model):
            break
    return model


def scores_of(model: Transformer, histories: Sequences) -> NDArray[np.float32]:
    """``[histories, items]``."""
    model.eval()
    parts = []
    with torch.inference_mode():
        for batch in padded(histories).split(_SCORED):
            parts.append(model(batch)[:, -1].numpy())
    return np.concatenate(parts) if parts else np.zeros((0, histories.n_items), np.float32)


def padded(histories: Sequences) -> torch.Tensor:
    """``[histories, LONGEST_HISTORY]``, numbers from 1, on the right."""
    found = np.zeros((len(histories), LONGEST_HISTORY), np.int64)
    for row, items in enumerate(histories):
        kept = items[-LONGEST_HISTORY:]
        found[row, LONGEST_HISTORY - len(kept) :] = kept + 1
    return torch.from_numpy(found)


def shifted(sequences: Sequences) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and what came next, a step a place; long sequences in pieces."""
    inputs, targets = [], []
    for items in sequences:
        for start in range(0, max(1, len(items) - 1), LONGEST_HISTORY):
            piece = items[start : start + LONGEST_HISTORY + 1]
            if len(piece) > 1:
                inputs.append(piece[:-1])
                targets.append(piece[1:])
    n = sequences.n_items
    return padded(Sequences.of(inputs, n_items=n)), padded(Sequences.of(targets, n_items=n))


def _directions(texts: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """Texts in their ``dim`` main directions, each of variance 1."""
    centred = texts - texts.mean(axis=0)
    u, _, _ = np.linalg.svd(centred, full_matrices=False)
    return np.ascontiguousarray(u[:, :dim] * len(texts) ** 0.5, dtype=np.float32)
