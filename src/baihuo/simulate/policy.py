"""The logging policy: it matches words, believes its own estimate of popularity, and explores a little.

Its exploration has exact propensities. A page is either its list with neighbours swapped, or, rarely,
a uniform draw from all candidates; both parts are summed for each placed product.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.listings import DAY_US
from baihuo.simulate.shelf import Intent, Shelf, grades, types_that_say

P_UNIFORM = 0.08  # a whole page drawn evenly from the candidates
P_SWAP = 0.25  # positions 1 and 2, 3 and 4, … change places
N_CANDIDATES = 120
_WEEK_US = 7 * DAY_US
_KEPT = 4096  # answers remembered

Rows = NDArray[np.int64]


def place(n_candidates: int, page_size: int, rng: random.Random) -> tuple[list[int], list[float]]:
    """Which candidates (0 = best of the logging policy) go on the page, and P(placed there | policy).

    Returns ``page_size`` entries, or fewer where there are fewer candidates.
    """
    size = min(page_size, n_candidates)
    if rng.random() < P_UNIFORM:
        placed = rng.sample(range(n_candidates), size)
    else:
        placed = list(range(size))
        for i in range(0, size - 1, 2):
            if rng.random() < P_SWAP:
                placed[i], placed[i + 1] = placed[i + 1], placed[i]
    floor = P_UNIFORM / n_candidates if n_candidates else 0.0
    kept = 1 - P_UNIFORM
    propensities = []
    for position, candidate in enumerate(placed):
        partner = position ^ 1
        if candidate == position:
            share = 1.0 if partner >= size else 1 - P_SWAP
        else:
            share = P_SWAP if candidate == partner < size else 0.0
        propensities.append(kept * share + floor)
    return placed, propensities


@dataclass(slots=True, eq=False)
class LoggingPolicy:
    """Candidates of the three surfaces, best first. What it knows of a visitor is the last clicks."""

    shelf: Shelf
    seed: int
    _said: tuple[tuple[str, ...], ...] = ()
    _answers: OrderedDict[tuple[object, ...], Rows] = field(default_factory=OrderedDict)
    _noise: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._said = tuple(
            tuple(w.casefold() for words in t.typed.values() for w in words)
            for t in self.shelf.vocabulary.types
        )

    def search(self, intent: Intent, at_us: int) -> Rows:
        """Every type whose words contain the typed one, the exact ones somewhat higher."""
        return self._remembered(
            (intent.language, intent.typed, intent.brand_index, intent.words),
            at_us,
            lambda scores: self._search(intent, scores),
        )

    def _search(self, intent: Intent, scores: NDArray[np.float64]) -> Rows:
        types = types_that_say(self._said, intent.typed.casefold())
        parts = []
        for type_index in types:
            rows = self.shelf.rows_of_type[type_index]
            asked = Intent(
                intent.language, intent.typed, type_index, intent.brand_index, intent.words
            )
            met = grades(self.shelf, asked, rows)
            is_exact = intent.typed.casefold() in self._said[type_index]
            parts.append(0.6 * is_exact + 0.55 * met + 0.5 * scores[rows])
        rows = np.concatenate([self.shelf.rows_of_type[t] for t in types])
        return _best(rows, np.concatenate(parts), scores)

    def popular(self, type_index: int | None, at_us: int) -> Rows:
        """What it believes sells best, of one type or of all."""
        rows = (
            np.arange(len(self.shelf))
            if type_index is None
            else self.shelf.rows_of_type[type_index]
        )
        return self._remembered(("popular", type_index), at_us, lambda s: _best(rows, s[rows], s))

    def similar(self, row: int, at_us: int) -> Rows:
        """The same type, its own maker first, and then what goes around it."""
        return self._remembered(("similar", row), at_us, lambda s: self._similar(row, s))

    def _similar(self, row: int, scores: NDArray[np.float64]) -> Rows:
        shelf = self.shelf
        kind = shelf.vocabulary.types[shelf.type_index[row]]
        codes = [t.code for t in shelf.vocabulary.types]
        rows = shelf.rows_of_type[shelf.type_index[row]]
        score = (
            0.8 * (shelf.brand_index[rows] == shelf.brand_index[row])
            + 0.3 * (shelf.colour_index[rows] == shelf.colour_index[row])
            - 1.2 * np.abs(shelf.level[rows] - shelf.level[row])
            + 0.4 * scores[rows]
            + 1.0
        )
        near = [shelf.rows_of_type[codes.index(code)] for code in kind.near]
        rows = np.concatenate([rows, *near])
        score = np.concatenate([score, *(0.4 * scores[n] - 0.2 for n in near)])
        return _best(rows[rows != row], score[rows != row], scores)[:48]

    def home(self, recent_types: list[int], bought: list[int], at_us: int) -> Rows:
        """What was bought and gets used up, then turns of recently viewed types and of everything."""
        turns = [self.popular(t, at_us)[:24] for t in recent_types]
        turns.append(self.popular(None, at_us)[:100])
        order: dict[int, None] = dict.fromkeys(bought[:3])
        for i in range(100):
            for turn in turns:
                if i < len(turn):
                    order.setdefault(int(turn[i]))
            if len(order) >= 100:
                break
        return np.fromiter(order, np.int64, len(order))

    def _remembered(
        self, key: tuple[object, ...], at_us: int, make: Callable[[NDArray[np.float64]], Rows]
    ) -> Rows:
        week = at_us // _WEEK_US
        full = (week, *key)
        found = self._answers.get(full)
        if found is None:
            found = make(self._scores(week))
            self._answers[full] = found
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return found

    def _scores(self, week: int) -> NDArray[np.float64]:
        """Beliefs change a little every week; what is not out yet, or not listed, is −∞."""
        if week not in self._noise:
            rng = np.random.default_rng([self.seed, 2, week])
            noise = 0.45 * rng.standard_normal(len(self.shelf))
            is_out = self.shelf.is_listed & (self.shelf.released_at_us < week * _WEEK_US)
            self._noise = {week: np.where(is_out, self.shelf.policy_score + noise, -np.inf)}
        return self._noise[week]


def _best(rows: Rows, score: NDArray[np.float64], scores: NDArray[np.float64]) -> Rows:
    is_out = np.isfinite(scores[rows])
    rows, score = rows[is_out], score[is_out]
    return rows[np.argsort(-score, kind="stable")[:N_CANDIDATES]]
