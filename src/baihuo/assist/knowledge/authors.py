"""Who wrote a line of a conversation that does not say: the shop has ways of speaking of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.assist.knowledge.pair_terms import pair_terms


@dataclass(frozen=True, slots=True)
class AuthorModel:
    """Naive Bayes over terms: log-odds that the shop wrote a line."""

    weights: dict[str, float]
    prior: float

    @staticmethod
    def fit(by_shop: Iterable[str], by_shopper: Iterable[str]) -> AuthorModel:
        """Learn from lines whose author is known."""
        counts: dict[str, list[int]] = {}
        totals = [0, 0]
        for side, lines in enumerate((by_shopper, by_shop)):
            for line in lines:
                totals[side] += 1
                for term in set(_terms(line)):
                    counts.setdefault(term, [0, 0])[side] += 1
        weights = {
            term: float(np.log((b + 0.5) / (totals[1] + 1)) - np.log((a + 0.5) / (totals[0] + 1)))
            for term, (a, b) in counts.items()
            if a + b > 1
        }
        return AuthorModel(weights, 0.0)

    def by_shop(self, utterances: Sequence[str]) -> list[bool]:
        """For each line, whether the shop wrote it; the last is the shopper's."""
        odds = [
            self.prior + sum(self.weights.get(t, 0.0) for t in set(_terms(u))) for u in utterances
        ]
        said = [o > 0 for o in odds]
        if said:
            said[-1] = False
        return said


def _terms(line: str) -> list[str]:
    return [*pair_terms(line), f"⟦length {min(len(line) // 6, 6)}⟧", *(f"⟦{c}⟧" for c in line[-1:])]
