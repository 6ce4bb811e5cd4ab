"""A cross-encoder's margins taught to the encoder of texts, which costs no more than before when it serves.

Source: Hofstätter et al., Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge Distillation (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from baihuo.encode import MINILM, Encoder
from baihuo.train.encoders.adapt import export, open_encoder
from baihuo.train.encoders.batches import Padded
from baihuo.train.encoders.start import Start, open_start
from suites.cross_encoder.lists import TrainingList
from suites.cross_encoder.model import CrossEncoder, batches_of

_WRONG, _LISTS, _RATE, _WARM_UP = 2, 16, 5e-5, 0.1
_MARGIN = 0.2  # a usual difference of cosines between a right text and a wrong one


def distilled(
    teacher: CrossEncoder, lists: Sequence[TrainingList], folder: Path, *, seed: int
) -> Encoder:
    """The published encoder after one pass over the lists, at 8 bits: margins of cosines like those of the teacher's scores.

    The teacher's margins are divided so that their standard deviation is that of usual cosines (0.2): only their shape is taught.
    """
    margins = {id(one): _margins(teacher, one) for one in lists}
    spread = torch.cat(list(margins.values())).std().clamp(min=1e-6)
    start = open_start(MINILM)
    optimiser = torch.optim.AdamW(start.model.parameters(), _RATE, weight_decay=0.01)
    n_steps = max(1, len(lists) // _LISTS)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / (_WARM_UP * n_steps), 1 - s / n_steps)
    )
    for _, batch in zip(range(n_steps), batches_of(lists, _LISTS, seed), strict=False):
        wanted = torch.stack([margins[id(one)] for one in batch]) / spread * _MARGIN
        cosines = _cosines(start, batch)
        loss = (cosines[:, :1] - cosines[:, 1:] - wanted).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return open_encoder(folder, export(start, folder), MINILM)


def _margins(teacher: CrossEncoder, one: TrainingList) -> Tensor:
    scores = torch.from_numpy(teacher.score(one.query, one.texts[: _WRONG + 1]))
    return scores[0] - scores[1:]


def _cosines(start: Start, batch: Sequence[TrainingList]) -> Tensor:
    """``[lists, 1 + wrong]``."""
    texts = [t for one in batch for t in one.texts[: _WRONG + 1]]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        queries = _encoded(start, [one.query for one in batch])
        found = _encoded(start, texts).view(len(batch), _WRONG + 1, -1)
    return (found * queries[:, None]).sum(-1)


def _encoded(start: Start, texts: Sequence[str]) -> Tensor:
    padded = Padded.of(start.tokenize(texts))
    vectors: Tensor = start.model(padded.ids, padded.lengths).float()
    return vectors
