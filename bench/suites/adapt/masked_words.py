"""Continued pre-training: words of the shop's texts are hidden and guessed.

Source: Devlin et al., BERT (2018), with 15% of the words hidden; Gururangan et al., Don't Stop Pretraining (2020). The published
encoders come without the layer that guesses, so it is the table of words itself after one new layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from baihuo.train.encoders.batches import Padded
from baihuo.train.encoders.bert import Bert
from baihuo.train.encoders.start import Start

_HIDDEN, _MASK = 0.15, 103  # share of the words; the mask's id in BERT's English vocabulary
_BATCH, _RATE = 64, 5e-5


def pre_train(start: Start, texts: Sequence[str], *, seed: int) -> float:
    """One pass over ``texts``, in place; returns the loss of the last tenth."""
    model, rng = start.model, np.random.default_rng(seed)
    assert isinstance(model, Bert)
    table = model.embeddings.word_embeddings.weight
    head = nn.Sequential(
        nn.Linear(model.shape.dim, model.shape.dim), nn.GELU(), nn.LayerNorm(model.shape.dim)
    )
    optimiser = torch.optim.AdamW([*model.parameters(), *head.parameters()], _RATE)
    order, losses = rng.permutation(len(texts)), []
    for at in range(0, len(order), _BATCH):
        padded = Padded.of(start.tokenize([texts[int(i)] for i in order[at : at + _BATCH]]))
        chosen = torch.from_numpy(rng.random(padded.ids.shape) < _HIDDEN)
        chosen &= torch.arange(padded.ids.shape[1])[None] < padded.lengths[:, None] - 1
        chosen[:, 0] = False
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model.hidden(padded.ids.masked_fill(chosen, _MASK), padded.lengths)
            guessed = head(hidden[chosen]) @ table.T
        loss = functional.cross_entropy(guessed.float(), padded.ids[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-max(1, len(losses) // 10) :]))
