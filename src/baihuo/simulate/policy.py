"""The logging policy: an old shop, as bad as real ones.

Its search is wrong in the ways of old searches:

- it looks for **substrings** in titles and descriptions and takes what holds *any* of them: "case" brings
  suitcases, "men" women's shoes, 手机 cases for phones (:mod:`baihuo.simulate.substrings`);
- colours, materials and makers are only more substrings, and a price limit, a size, "under" are nothing else;
- what matches equally is ordered by **popularity that is stale**: counted once, with errors, and what came out
  since counts as unsold;
- what it finds nothing for, a typo for example, gets **what is popular** in the whole shop;
- some searches are **plainly wrong**: for :data:`P_MISLED` of the texts of a week somebody has linked a
  product type that has nothing to do with them;
- some places are **sold** (:data:`PAID_PLACES`), to who pays, whatever was asked for. They have no propensity.

Its home and similar pages know types and popularity, and nothing else of a visitor than the last clicks. Its
exploration has exact propensities (:mod:`baihuo.simulate.placing`).
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.listings import DAY_US
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.substrings import Substrings

N_CANDIDATES = 120
MATCH_WEIGHT = 1.6  # of the share of words found, relative to …
POPULARITY_WEIGHT = 0.5  # … what is believed of a product's popularity
P_MISLED = 0.04
PAID_PLACES = (2, 7, 14)  # 0-based places of a search page
P_PAID = 0.5  # that such a place is sold, page by page
P_PAID_NEAR = 0.4  # to somebody of the department of the first result, else to anybody
_WEEK_US = 7 * DAY_US
_KEPT = 4096  # answers remembered

Rows = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class LoggingPolicy:
    """Candidates of the three surfaces, best first."""

    shelf: Shelf
    seed: int
    _substrings: Substrings = field(init=False)
    _department: NDArray[np.int64] = field(init=False)
    _answers: OrderedDict[tuple[object, ...], Rows] = field(default_factory=OrderedDict)
    _noise: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    _paying: tuple[int, Rows] = (-1, np.empty(0, np.int64))  # week, rows

    def __post_init__(self) -> None:
        self._substrings = Substrings.of(self.shelf.listings)
        departments = [t.department for t in self.shelf.vocabulary.types]
        self._department = np.unique(departments, return_inverse=True)[1][self.shelf.type_index]

    def search(self, text: str, at_us: int) -> Rows:
        """What it finds for ``text`` as typed, typos and all."""
        return self._remembered(("search", text), at_us, lambda s: self._search(text, at_us, s))

    def _search(self, text: str, at_us: int, scores: NDArray[np.float64]) -> Rows:
        luck = random.Random(f"misled:{self.seed}:{at_us // _WEEK_US}:{text}")
        if luck.random() < P_MISLED:
            rows = self.shelf.rows_of_type[self.shelf.type_index[luck.randrange(len(self.shelf))]]
            return _best(rows, scores[rows], scores)
        rows, share = self._substrings.match(text)
        found = _best(rows, MATCH_WEIGHT * share + POPULARITY_WEIGHT * scores[rows], scores)
        return found if len(found) else self.popular(None, at_us)

    def paid(self, found: Rows, at_us: int, rng: random.Random) -> dict[int, int]:
        """Which places of a search page are sold, 0-based, and to which rows. Drawn page by page."""
        places = [p for p in PAID_PLACES if rng.random() < P_PAID]
        week = at_us // _WEEK_US
        if self._paying[0] != week:
            is_out = self.shelf.is_paying & np.isfinite(self._scores(week))
            self._paying = (week, np.flatnonzero(is_out))
        sold: dict[int, int] = {}
        for place in places:
            rows = self._paying[1]
            if len(found) and rng.random() < P_PAID_NEAR:
                near = rows[self._department[rows] == self._department[found[0]]]
                rows = near if len(near) else rows
            row = int(rows[rng.randrange(len(rows))]) if len(rows) else -1
            if row >= 0 and row not in sold.values():
                sold[place] = row
        return sold

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
    """The best candidates among those that are out; of equal ones the first in the catalogue."""
    is_out = np.isfinite(scores[rows])
    rows, score = rows[is_out], score[is_out]
    if len(rows) > 4 * N_CANDIDATES:
        least = np.partition(score, len(score) - N_CANDIDATES)[len(score) - N_CANDIDATES]
        is_best = score >= least
        rows, score = rows[is_best], score[is_best]
    return rows[np.argsort(-score, kind="stable")[:N_CANDIDATES]]
