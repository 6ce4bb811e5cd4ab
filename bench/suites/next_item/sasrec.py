"""Self-attention over a sequence of ids (SASRec): a baseline, with settings that its own search found.

The settings were searched on visitors held out of the training part of both Amazon files and were best on both together. The end is chosen by the order and not by
the loss, which is at its best after a fifth of the epochs, with half of the recall.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress
from baihuo.models import Sequences
from suites.next_item.transformer import Shape, Transformer, fit_transformer, scores_of

SHAPE, EPOCHS = Shape(rate=3e-3, decay=0.1), 20


def sasrec_scores(
    sequences: Sequences, histories: Sequences, *, seed: int, progress: Progress
) -> NDArray[np.float64]:
    """``[histories, items]`` of a model that was fitted on ``sequences``."""

    def after(epoch: int, _model: Transformer) -> bool:
        progress("sasrec: epochs", epoch, EPOCHS)
        return False

    no_texts = np.zeros((sequences.n_items, 1), np.float32)
    model = fit_transformer(sequences, no_texts, SHAPE, epochs=EPOCHS, seed=seed, after=after)
    return scores_of(model, histories).astype(np.float64)
