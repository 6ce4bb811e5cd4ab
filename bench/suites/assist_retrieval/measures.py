"""Where the true answer stands, and how like it the first one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def places(scores: NDArray[np.floating]) -> Floats:
    """How many others stand before the true answer (column 0): ``[questions]``, half of those that tie with it."""
    true, others = scores[:, :1], scores[:, 1:]
    return np.asarray((others > true).sum(axis=1) + 0.5 * (others == true).sum(axis=1))


def measures(scores: NDArray[np.floating]) -> dict[str, Floats]:
    """Of each question: found first, among the first five, and the reciprocal of its place."""
    before = places(scores)
    return {
        "recall1": (before < 1).astype(np.float64) * np.where(before > 0, 0.5, 1.0),
        "recall5": (before < 5).astype(np.float64),
        "mrr": 1 / (1 + before),
    }


def bleu2(said: Sequence[str], true: Sequence[str]) -> float:
    """BLEU of one and two characters over a corpus, with the brevity penalty, 0 to 1.

    Source: Papineni et al. (2002).
    """
    matched, total = np.zeros(2), np.zeros(2)
    n_said = n_true = 0
    for one, other in zip(said, true, strict=True):
        n_said, n_true = n_said + len(one), n_true + len(other)
        for order in (1, 2):
            here = Counter(one[i : i + order] for i in range(len(one) - order + 1))
            there = Counter(other[i : i + order] for i in range(len(other) - order + 1))
            matched[order - 1] += (here & there).total()
            total[order - 1] += here.total()
    if not matched.all():
        return 0.0
    penalty = min(1.0, float(np.exp(1 - n_true / max(n_said, 1))))
    return penalty * float(np.exp(np.log(matched / total).mean()))


def constant_sentence(answers: Sequence[str]) -> str:
    """The sentence that, said to every question, has the most in common with all of them: of the two hundred most frequent."""
    frequent = [text for text, _ in Counter(answers).most_common(200)]
    sample = list(answers[:: max(1, len(answers) // 300)])
    return max(frequent, key=lambda text: bleu2([text] * len(sample), sample))
