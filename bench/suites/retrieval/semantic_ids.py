"""Semantic ids: residual quantised vectors of texts, and a small decoder that writes those of the next item.

After TIGER (Rajput et al., 2023): an item is a few codes, coarse to fine, found by k-means of what the codes
before leave of its vector; a last code tells apart items that share all. The decoder gives the probability of each code after
the history and the codes before it. The beam holds only beginnings of existing items, so that it never
writes an item that is not there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch import nn
from torch.nn import functional as F

from baihuo.models import Sequences
from suites.retrieval.batches import Scores, padded, steps_of

N_CODES, N_LEVELS = 64, 3
_DIM, _BATCH, _RATE, _BEAM = 64, 256, 3e-3, 120


def semantic_ids(vectors: NDArray[np.float32], *, seed: int) -> NDArray[np.int64]:
    """``[items, N_LEVELS + 1]``; no two items have the same."""
    left, codes = vectors.astype(np.float32).copy(), []
    for level in range(N_LEVELS):
        n_codes = min(N_CODES, max(1, len(np.unique(left.round(4), axis=0)) // 4))
        found = KMeans(n_codes, n_init=1, max_iter=30, random_state=seed + level)
        codes.append(found.fit_predict(left).astype(np.int64))
        left -= found.cluster_centers_[codes[-1]].astype(np.float32)
    whole = np.stack(codes, 1)
    order = np.lexsort(whole.T[::-1])
    is_new = np.append(True, (np.diff(whole[order], axis=0) != 0).any(axis=1))
    starts = np.flatnonzero(is_new)
    place = np.arange(len(order)) - starts[np.cumsum(is_new) - 1]
    last = np.empty(len(order), np.int64)
    last[order] = place
    return np.column_stack([whole, last])


class Decoder(nn.Module):
    """Codes of a history in, probabilities of the codes of the next item out, level by level."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        super().__init__()
        self.sizes = [int(n) + 1 for n in ids.max(axis=0)]
        self.codes = nn.ModuleList(nn.Embedding(n, _DIM) for n in self.sizes)
        self.heads = nn.ModuleList(nn.Linear(2 * _DIM, n) for n in self.sizes)
        self.mixes = nn.ModuleList(nn.Linear(2 * _DIM, 2 * _DIM) for _ in self.sizes)
        self.lift = nn.ModuleList(nn.Linear(_DIM, 2 * _DIM) for _ in self.sizes)
        self.reads = nn.GRU(_DIM, 2 * _DIM, batch_first=True)
        self.ids = torch.from_numpy(np.concatenate([np.zeros((1, ids.shape[1]), np.int64), ids]))

    def read(self, histories: torch.Tensor) -> torch.Tensor:
        """``[histories, 2 dim]`` of ``[histories, length]`` (0: none, on the left)."""
        codes = self.ids[histories]
        x = sum(table(codes[:, :, level]) for level, table in enumerate(self.codes))
        x = F.dropout(x * (histories > 0)[:, :, None], 0.3, self.training)
        return self.reads(x)[1][0]

    def log_probabilities(self, state: torch.Tensor, level: int) -> torch.Tensor:
        """Log-probabilities ``[rows, codes]`` of a level."""
        inside = F.dropout(F.gelu(self.mixes[level](state)), 0.2, self.training)
        return F.log_softmax(self.heads[level](inside + state), 1)

    def state_after(self, state: torch.Tensor, level: int, code: torch.Tensor) -> torch.Tensor:
        """The state after a code was written."""
        return state + self.lift[level](self.codes[level](code))


def fit_semantic(
    vectors: NDArray[np.float32], *, seed: int
) -> Callable[[Sequences, int, Callable[[int, Scores], None]], Scores]:
    """How the decoder is fitted on semantic ids of ``vectors`` ``[items, width]``."""
    ids = semantic_ids(vectors, seed=seed)

    def fit(known: Sequences, epochs: int, after: Callable[[int, Scores], None]) -> Scores:
        torch.manual_seed(seed)
        steps, model = steps_of(known), Decoder(ids)
        optimiser = torch.optim.AdamW(model.parameters(), _RATE, weight_decay=0.05)
        histories, came = padded(steps.histories), torch.from_numpy(steps.came.astype(np.int64))

        def scores(asked: Sequences) -> NDArray[np.float32]:
            model.eval()
            with torch.no_grad():
                return _beams(model, ids, padded(asked))

        for epoch in range(1, epochs + 1):
            model.train()
            for rows in torch.randperm(len(came)).split(_BATCH):
                state, codes = model.read(histories[rows]), model.ids[came[rows] + 1]
                loss = torch.zeros(())
                for level in range(codes.shape[1]):
                    loss = loss + F.nll_loss(model.log_probabilities(state, level), codes[:, level])
                    state = model.state_after(state, level, codes[:, level])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            after(epoch, scores)
        return scores

    return fit


def _beams(model: Decoder, ids: NDArray[np.int64], histories: torch.Tensor) -> NDArray[np.float32]:
    """``[histories, items]``: log-probability of the items that the beam ends with; -inf: not found."""
    found = np.full((len(histories), len(ids)), -np.inf, np.float32)
    prefixes = [
        np.unique(ids[:, : level + 1], axis=0, return_inverse=True) for level in range(ids.shape[1])
    ]
    parents = [
        np.zeros(len(prefixes[0][0]), np.int64),
        *(
            prefixes[level - 1][1].ravel()[
                np.unique(prefixes[level][1].ravel(), return_index=True)[1]
            ]
            for level in range(1, ids.shape[1])
        ),
    ]
    item_of = np.argsort(prefixes[-1][1].ravel())
    for row in range(len(histories)):
        state, logs = model.read(histories[row : row + 1]), torch.zeros(1)
        alive = torch.zeros(1, dtype=torch.long)  # numbers of prefixes
        for level in range(ids.shape[1]):
            logs_of_codes = model.log_probabilities(state, level)
            at = torch.full((int(alive.max()) + 1,), -1)
            at[alive] = torch.arange(len(alive))
            parent = torch.from_numpy(parents[level])
            may = torch.zeros(len(parent), dtype=torch.bool)
            inside = parent < len(at)
            may[inside] = at[parent[inside]] >= 0
            children = torch.nonzero(may).ravel()
            beam = at[parent[children]]
            code = torch.from_numpy(prefixes[level][0][:, -1])[children]
            total = logs[beam] + logs_of_codes[beam, code]
            kept = torch.topk(total, min(_BEAM, len(total))).indices
            alive, logs = children[kept], total[kept]
            state = model.state_after(state[beam[kept]], level, code[kept])
        found[row, item_of[alive.numpy()]] = logs.numpy()
    return found
