"""A small cross-encoder: query and text in one input of the published encoder, one layer more, a score.

Source: Nogueira and Cho, Passage Re-ranking with BERT (2019); the loss is the softmax of a list (Cao et al., ListNet, 2007).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from baihuo.encode import MINILM, Encoder
from baihuo.train.encoders.adapt import export, open_encoder
from baihuo.train.encoders.batches import Padded
from baihuo.train.encoders.start import Start, open_start
from suites.cross_encoder.lists import SIZE, TrainingList

_RATE, _HEAD_RATE, _LISTS, _SCALE, _WARM_UP = 5e-5, 1e-3, 8, 10.0, 0.1


class CrossEncoder:
    """Scores of texts for a query; starts as the published encoder and an untrained layer."""

    def __init__(self, *, seed: int) -> None:
        torch.manual_seed(seed)
        self.start: Start = open_start(MINILM)
        self.head = nn.Linear(384, 1)

    def fit(self, lists: Sequence[TrainingList], *, passes: float, seed: int) -> list[float]:
        """Train in place; returns the loss of each step."""
        parameters = [
            {"params": self.start.model.parameters(), "lr": _RATE},
            {"params": self.head.parameters(), "lr": _HEAD_RATE},
        ]
        optimiser = torch.optim.AdamW(parameters, weight_decay=0.01)
        n_steps = max(1, int(passes * len(lists) / _LISTS))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda s: min((s + 1) / (_WARM_UP * n_steps), 1 - s / n_steps)
        )
        losses = []
        for _, batch in zip(range(n_steps), batches_of(lists, _LISTS, seed), strict=False):
            pairs = [joined(one.query, t) for one in batch for t in one.texts]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = self._scores(pairs).float().view(-1, SIZE)
            loss = functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        return losses

    def save(self, file: Path) -> None:
        """Write the weights."""
        torch.save([self.start.model.state_dict(), self.head.state_dict()], file)

    def load(self, file: Path) -> None:
        """Read what :meth:`save` wrote."""
        trunk, head = torch.load(file)
        self.start.model.load_state_dict(trunk)
        self.head.load_state_dict(head)

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """``[texts]``, in the precision of training."""
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            found: NDArray[np.float32] = (
                self._scores([joined(query, t) for t in texts]).float().numpy()
            )
        return found

    def served(self, folder: Path) -> Served:
        """At 8 bits, as it would serve."""
        encoder = open_encoder(folder, export(self.start, folder), MINILM)
        return Served(encoder, self.head.weight.detach().numpy()[0] * _SCALE)

    def _scores(self, pairs: Sequence[str]) -> Tensor:
        padded = Padded.of(self.start.tokenize(pairs))
        vectors = self.start.model(padded.ids, padded.lengths)
        scores: Tensor = self.head(vectors * _SCALE)[:, 0]
        return scores


class Served:
    """The cross-encoder at 8 bits."""

    def __init__(self, encoder: Encoder, weights: NDArray[np.float32]) -> None:
        self._encoder, self._weights = encoder, weights

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """``[texts]``, but for a constant."""
        found: NDArray[np.float32] = (
            self._encoder.encode([joined(query, t) for t in texts]) @ self._weights
        )
        return found


def joined(query: str, text: str) -> str:
    """Both in one input: the encoder's tokenizer reads the mark between them as one token."""
    return f"{query} [SEP] {text}"


def batches_of(lists: Sequence[TrainingList], size: int, seed: int) -> Iterator[list[TrainingList]]:
    """Batches without end, each pass in another order."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(lists))
        for at in range(0, len(order) - size + 1, size):
            yield [lists[int(i)] for i in order[at : at + size]]
