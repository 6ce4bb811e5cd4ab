"""Self-attention over a sequence (SASRec), as one would write it from its paper: a baseline.

Kang and McAuley (2018), with the loss over all items instead of sampled ones, which later studies found to matter
most (Klenitskiy and Vasilev, 2023).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from baihuo.core import Progress
from baihuo.models import LONGEST_HISTORY, Sequences

_DIM, _HEADS, _BLOCKS, _DROPOUT = 64, 2, 2, 0.4
_BATCH, _EPOCHS, _RATE = 128, 200, 1e-3
_PATIENCE = 10  # epochs without a better loss on visitors kept aside
_ASIDE = 0.1


class SasRec(nn.Module):
    """Items and places in, a score of every item out. Item 0 of its table is no item."""

    def __init__(self, n_items: int) -> None:
        super().__init__()
        self.items = nn.Embedding(n_items + 1, _DIM, padding_idx=0)
        self.places = nn.Embedding(LONGEST_HISTORY, _DIM)
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.places.weight, std=0.02)
        layer = nn.TransformerEncoderLayer(
            _DIM, _HEADS, _DIM, _DROPOUT, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, _BLOCKS, enable_nested_tensor=False)
        self.norm, self.dropout = nn.LayerNorm(_DIM), nn.Dropout(_DROPOUT)

    def forward(self, histories: torch.Tensor) -> torch.Tensor:
        """``[histories, LONGEST_HISTORY]`` (0: none, on the left) to ``[histories, LONGEST_HISTORY, items]``."""
        length = histories.shape[1]
        later = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
        missing = histories == 0
        seen = self.dropout(self.items(histories) + self.places.weight)
        # A place without an item may look at itself, or it would have nothing to look at.
        mask = later[None] | missing[:, None, :]
        mask = mask & ~torch.eye(length, dtype=torch.bool)[None]
        hidden = self.norm(self.blocks(seen, mask=mask.repeat_interleave(_HEADS, 0)))
        return hidden @ self.items.weight[1:].T


def sasrec_scores(
    sequences: Sequences, histories: Sequences, *, seed: int, progress: Progress
) -> NDArray[np.float64]:
    """``[histories, items]`` of a model that was fitted on ``sequences``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = SasRec(sequences.n_items)
    inputs, targets = _shifted(sequences)
    order = rng.permutation(len(inputs))
    aside, learned = np.split(order, [max(1, int(_ASIDE * len(order)))])
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.01)
    best, best_state, since = np.inf, model.state_dict(), 0
    for epoch in range(_EPOCHS):
        progress("sasrec: epochs", epoch, _EPOCHS)
        model.train()
        for batch in np.array_split(rng.permutation(learned), max(1, len(learned) // _BATCH)):
            optimiser.zero_grad()
            _loss(model, inputs[batch], targets[batch]).backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            loss = float(_loss(model, inputs[aside], targets[aside]))
        if loss < best:
            best, since = loss, 0
            best_state = {name: value.clone() for name, value in model.state_dict().items()}
        elif (since := since + 1) >= _PATIENCE:
            break
    progress("sasrec: epochs", _EPOCHS, _EPOCHS)
    model.load_state_dict(best_state)
    model.eval()
    with torch.no_grad():
        scores: NDArray[np.float64] = model(_padded(histories))[:, -1].double().numpy()
    return scores


def _loss(model: SasRec, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    known = targets > 0
    return nn.functional.cross_entropy(model(inputs)[known], targets[known] - 1)


def _padded(histories: Sequences) -> torch.Tensor:
    padded = np.zeros((len(histories), LONGEST_HISTORY), np.int64)
    for row, items in enumerate(histories):
        kept = items[-LONGEST_HISTORY:]
        padded[row, LONGEST_HISTORY - len(kept) :] = kept + 1
    return torch.from_numpy(padded)


def _shifted(sequences: Sequences) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and what came next, a step a place; long sequences in pieces."""
    inputs, targets = [], []
    for items in sequences:
        for start in range(0, max(1, len(items) - 1), LONGEST_HISTORY):
            piece = items[start : start + LONGEST_HISTORY + 1]
            if len(piece) > 1:
                inputs.append(piece[:-1])
                targets.append(piece[1:])
    n = sequences.n_items
    return _padded(Sequences.of(inputs, n_items=n)), _padded(Sequences.of(targets, n_items=n))
