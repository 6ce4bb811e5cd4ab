"""How likely the words of an answer are after the words of a question: a translation table, applied.

Source: Brown et al. (1993), model 1; for retrieval of answers Berger et al. (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from baihuo.assist.retrieve.flat_terms import N_BUCKETS, Buckets, Floats, Numbers, found_at

_SMOOTHING = 0.15  # of an answer's words by their frequency alone


@dataclass(frozen=True, eq=False)
class TranslationTable:
    """P(answer word | question word), for the words that are frequent enough.

    Row ``i`` of the table is that of ``question_words[i]``, the last row that of no word:
    ``words[starts[i]:starts[i+1]]`` are places in ``answer_words``, with ``probabilities``.
    """

    question_words: Buckets  # ascending
    answer_words: Buckets  # ascending
    starts: Numbers  # [question words + 2]
    words: Buckets
    probabilities: Floats
    background: Floats  # [answer words]

    @cached_property
    def column_of(self) -> Buckets:
        """``[N_BUCKETS]``: the place of a bucket in ``answer_words``; -1: it has none."""
        columns = np.full(N_BUCKETS, -1, np.int32)
        columns[self.answer_words] = np.arange(len(self.answer_words), dtype=np.int32)
        return columns

    def odds(self, places: Buckets, counts: Floats, wanted: Buckets) -> Floats:
        """Log-odds of answer words to follow a question, against their frequency.

        Args:
            places: of the question's terms, ascending.
            counts: how often each is there.
            wanted: ``[n]`` columns of answer words; the result is aligned with them.
        """
        at, is_known = found_at(self.question_words, places)
        rows = np.append(at[is_known], len(self.question_words))
        weights = np.append(counts[is_known], 1.0) / (float(counts[is_known].sum()) + 1.0)
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        cells = np.arange(ends[-1]) + np.repeat(self.starts[rows] - (ends - lengths), lengths)
        likely = np.bincount(
            self.words[cells],
            self.probabilities[cells] * np.repeat(weights, lengths),
            minlength=len(self.answer_words),
        )
        ratio = likely[wanted] / self.background[wanted]
        found = np.log((1 - _SMOOTHING) * ratio + _SMOOTHING)
        return np.asarray(found, np.float32)
