"""Two towers: a visitor's history and an item, each one vector; softmax with the popularity of the drawn items taken off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from baihuo.models import Sequences
from suites.retrieval.batches import Scores, padded, steps_of

LOSSES = ("in_batch", "in_batch_uncorrected", "sampled")
_DIM, _BATCH, _RATE, _N_SAMPLED, _WARMTH, _FADE = 64, 256, 3e-3, 512, 0.07, 0.8


class Towers(nn.Module):
    """Both towers read the items' own vectors and their projected texts."""

    def __init__(self, texts: NDArray[np.float32], n_seen: NDArray[np.int64]) -> None:
        """``texts``: ``[items, width]``; ``n_seen``: how often each item is in what it learns from."""
        super().__init__()
        self.own = nn.Parameter(torch.randn(len(texts) + 1, _DIM) * 0.05)
        self.texts = torch.from_numpy(
            np.concatenate([np.zeros((1, texts.shape[1]), np.float32), texts])
        )
        self.is_seen = torch.from_numpy(np.append(0, n_seen) > 0)[:, None]
        self.project = nn.Linear(texts.shape[1], _DIM)
        self.first, self.second = nn.Linear(2 * _DIM, 2 * _DIM), nn.Linear(2 * _DIM, _DIM)

    def items(self) -> torch.Tensor:
        """``[items + 1, dim]``; of one that was never seen only the text counts."""
        return F.normalize(self.own * self.is_seen + self.project(self.texts), dim=1)

    def visitors(self, histories: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """``[histories, dim]``, from the fading mean and the last item."""
        fade = _FADE ** torch.arange(histories.shape[1] - 1, -1, -1.0)
        weight = (histories > 0) * fade
        mean = (items[histories] * weight[:, :, None]).sum(1) / weight.sum(1, keepdim=True)
        both = F.dropout(torch.cat([mean, items[histories[:, -1]]], 1), 0.2, self.training)
        return F.normalize(mean + self.second(F.gelu(self.first(both))), dim=1)


def fit_towers(
    texts: NDArray[np.float32], loss: str, *, seed: int
) -> Callable[[Sequences, int, Callable[[int, Scores], None]], Scores]:
    """How towers of one loss are fitted.

    ``in_batch``: the other items of the batch, less the log of how often each is drawn (Yi et al., Sampling-Bias-Corrected
    Neural Modeling, 2019); ``in_batch_uncorrected``: without; ``sampled``: items drawn by popularity to the power of 0.75,
    corrected likewise (Bengio and Senécal, 2008).
    """

    def fit(known: Sequences, epochs: int, after: Callable[[int, Scores], None]) -> Scores:
        torch.manual_seed(seed)
        steps = steps_of(known)
        n_seen = np.bincount(known.items, minlength=known.n_items)
        model = Towers(texts, n_seen)
        optimiser = torch.optim.AdamW(model.parameters(), _RATE, weight_decay=0.05)
        histories, came = padded(steps.histories), torch.from_numpy(steps.came.astype(np.int64))
        share = torch.from_numpy(np.bincount(steps.came, minlength=known.n_items) / len(came))
        drawn = (share + 1e-9) ** 0.75 / ((share + 1e-9) ** 0.75).sum()
        log_drawn, log_share = torch.log(drawn), torch.log(share + 1e-9)

        def scores(asked: Sequences) -> NDArray[np.float32]:
            model.eval()
            with torch.no_grad():
                items = model.items()
                found = model.visitors(padded(asked), items) @ items[1:].T
                return np.asarray(found.numpy(), np.float32)

        for epoch in range(1, epochs + 1):
            model.train()
            for rows in torch.randperm(len(came)).split(_BATCH):
                items, wanted = model.items(), came[rows]
                visitors = model.visitors(histories[rows], items)
                if loss == "sampled":
                    others = torch.multinomial(drawn, _N_SAMPLED)
                    off = log_drawn + np.log(_N_SAMPLED)
                else:
                    others, off = wanted, log_share * (loss == "in_batch")
                pool = torch.cat([wanted[:, None], others.expand(len(rows), -1)], 1)
                logits = (visitors[:, None] * items[pool + 1]).sum(2) / _WARMTH - off[pool]
                again = pool[:, 1:] == wanted[:, None]
                logits[:, 1:] = logits[:, 1:].masked_fill(again, -1e9)
                optimiser.zero_grad()
                F.cross_entropy(logits.float(), torch.zeros(len(rows), dtype=torch.long)).backward()
                optimiser.step()
            after(epoch, scores)
        return scores

    return fit
