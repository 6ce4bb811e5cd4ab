"""What a model makes of composed answers, and what the check says of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.assist import Passage, Rephraser, Reply, WordsCheck
from baihuo.assist.compose.extract import sentences_of
from suites.assist.words_exam import TURN, lines_of


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, said again."""

    composed: str
    rephrased: str
    problems: tuple[str, ...]
    seconds: float

    @property
    def is_new(self) -> bool:
        """Whether the model said other words."""
        return self.rephrased != self.composed


def said_again(rephraser: Rephraser, exam: Path) -> Iterator[Said]:
    """Each passage of an exam as an answer."""
    check = WordsCheck()
    passages = dict.fromkeys(p.source_id for line in lines_of(exam) for p in line.passages)
    by_id = {p.source_id: p for line in lines_of(exam) for p in line.passages}
    for source_id in passages:
        passage: Passage = by_id[source_id]
        composed = Reply(language=passage.language, sentences=sentences_of(passage))
        started = time.perf_counter()
        found = rephraser.rephrase(TURN, composed, (passage,))
        seconds = time.perf_counter() - started
        problems = check.problems(TURN, found, composed, (passage,)) if found != composed else ()
        yield Said(composed.text, found.text, problems, seconds)


def measured(said: list[Said], rephraser: Rephraser) -> dict[str, Any]:
    """The figures of a run."""
    new = [one for one in said if one.is_new]
    seconds = [one.seconds for one in said]
    reasons = Counter(one.problems[0] for one in new if one.problems)
    counts = rephraser.outcomes.counts
    failed = {k: n for k, n in counts.items() if k not in ("rephrased", "unchanged")}
    return {
        "answers": len(said),
        "sent": round(sum(not one.problems for one in new) / len(said), 4),
        "unchanged": round(counts["unchanged"] / len(said), 4),
        "sent_back": dict(reasons.most_common()),
        "failed": failed,
        "p50_s": round(float(np.quantile(seconds, 0.5)), 3),
        "p95_s": round(float(np.quantile(seconds, 0.95)), 3),
    }
