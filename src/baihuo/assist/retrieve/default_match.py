"""P(an entry answers) from its question alone, before the shop has past conversations to learn it from."""

from __future__ import annotations

import numpy as np

from baihuo.assist.retrieve.question_match import Logistic
from baihuo.encode import MINILM

# Fitted on 27 intents of a public set of utterances (Bitext): one, two or four utterances of 18 intents as entries, other
# utterances of all 27 as questions, so that a third has no answer. P is that of the first entry. On draws that it was not
# fitted on P was within 0.06 of the share that was right in each fifth of its range (docs/log.md).
_MINILM = Logistic(np.array([5.29, 0.37, 0.54, 1.83, 3.0, 2.88, 0.37]), -4.64)
_MULTILINGUAL = Logistic(np.array([4.22, 1.56, 1.26, 3.88, 3.61, 3.18, 0.31]), -5.1)


def default_match(encoder: str) -> Logistic:
    """Weights of ``MATCH_COLUMNS`` for an encoder by name: cosines of two encoders differ."""
    return _MINILM if encoder == MINILM else _MULTILINGUAL
