"""A Criteo-shaped log with a known truth, in the order of time: campaigns begin and end, their worth drifts.

A row is an advertisement of a campaign of an advertiser on a page of a site before a person. Fields are these five and
what follows from them, exactly or most of the time: many say the same, some are missing where another says so, and most
values of the long fields are rare. Numbers are counts of a person's and a campaign's past, heavy-tailed, and their effects
rise and fall. The log-odds add up products of hidden vectors (who likes what, where), effects of the values, and those of the numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suites.ctr.spec import CRITEO_CATEGORIES, CRITEO_NUMBERS

_CHUNK = 100_000
_RANK = 3  # of the hidden vectors
_N = {"advertiser": 800, "campaign": 6000, "site": 4000, "segment": 60, "person": 60_000}
_COARSE = (  # of which, into how many values, how often it is noise
    *(("advertiser", 800, 0.0), ("advertiser", 40, 0.0), ("advertiser", 9, 0.05)),
    *(
        ("campaign", 6000, 0.0),
        ("campaign", 1500, 0.0),
        ("campaign", 120, 0.1),
        ("campaign", 20, 0.0),
    ),
    *(
        ("site", 4000, 0.0),
        ("site", 1000, 0.05),
        ("site", 200, 0.0),
        ("site", 25, 0.0),
        ("site", 4, 0.1),
    ),
    *(("segment", 60, 0.2), ("segment", 12, 0.3), ("segment", 5, 0.1)),
    *(("person", 60_000, 0.0), ("person", 9000, 0.0), ("person", 700, 0.0), ("person", 30, 0.0)),
)


def make_log(path: Path, *, n_rows: int, seed: int) -> None:
    """Write ``n_rows`` rows: label, 13 integers, 26 codes between tabs, no header."""
    truth = _Truth(np.random.default_rng([seed, 0]))
    rng = np.random.default_rng([seed, 1])
    with path.open("w", encoding="ascii") as file:
        for first in range(0, n_rows, _CHUNK):
            n = min(_CHUNK, n_rows - first)
            file.write(truth.chunk(rng, (first + np.arange(n)) / n_rows))


class _Truth:
    def __init__(self, rng: np.random.Generator) -> None:
        self.salt = int(rng.integers(2**31))
        self.popular = {k: np.cumsum(1 / np.arange(1, n + 1) ** 1.05) for k, n in _N.items()}
        self.advertiser_of = rng.integers(_N["advertiser"], size=_N["campaign"])
        self.segment_of = rng.integers(_N["segment"], size=_N["person"])
        self.born = np.where(rng.random(_N["campaign"]) < 0.5, -1.0, rng.random(_N["campaign"]))
        self.vectors = {k: rng.normal(size=(n, _RANK)) for k, n in _N.items()}
        self.effects = {k: rng.normal(size=n) for k, n in _N.items()}
        self.drift = rng.normal(size=_N["campaign"])
        self.waves = rng.normal(size=(len(CRITEO_NUMBERS), 2))
        self.spread = rng.uniform(0.4, 1.6, len(CRITEO_NUMBERS))

    def chunk(self, rng: np.random.Generator, time: NDArray[np.float64]) -> str:
        n = len(time)
        at = {k: np.searchsorted(c, rng.random(n) * c[-1]) for k, c in self.popular.items()}
        late = self.born[at["campaign"]] > time  # not yet begun: an old one instead
        at["campaign"][late] = rng.integers(20, size=int(late.sum()))
        at["advertiser"] = self.advertiser_of[at["campaign"]]
        at["segment"] = self.segment_of[at["person"]]
        hidden, numbers = self._numbers(rng, at)
        label = (rng.random(n) < 1 / (1 + np.exp(-self._odds(at, hidden, time)))).astype(int)
        codes = self._codes(rng, at)
        columns = [label.astype(str), *numbers, *codes]
        return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"

    def _odds(
        self, at: dict[str, NDArray[Any]], hidden: NDArray[Any], time: NDArray[Any]
    ) -> NDArray[Any]:
        v, e = self.vectors, self.effects
        likes = (v["segment"][at["segment"]] * v["advertiser"][at["advertiser"]]).sum(1)
        fits = (v["site"][at["site"]] * v["advertiser"][at["advertiser"]]).sum(1)
        alone = 0.5 * e["campaign"][at["campaign"]] + 0.5 * e["site"][at["site"]]
        alone += 0.4 * e["person"][at["person"]] + 0.4 * e["segment"][at["segment"]]
        counted = hidden @ self.waves[:, 0] + np.cos(2 * hidden) @ self.waves[:, 1]
        drifted = self.drift[at["campaign"]] * (time - 0.5)
        return -1.3 + 0.35 * (likes + 0.7 * fits) + alone + 0.18 * counted + 0.5 * drifted  # type: ignore[no-any-return]

    def _numbers(
        self, rng: np.random.Generator, at: dict[str, NDArray[Any]]
    ) -> tuple[NDArray[Any], list[NDArray[Any]]]:
        n = len(at["person"])
        person, campaign = (
            self.effects["person"][at["person"]],
            self.effects["campaign"][at["campaign"]],
        )
        hidden = rng.normal(size=(n, len(CRITEO_NUMBERS)))
        hidden[:, :4] = 0.8 * hidden[:, :4] + 0.6 * person[:, None]
        hidden[:, 4:7] = 0.8 * hidden[:, 4:7] + 0.6 * campaign[:, None]
        counts = np.floor(np.exp(hidden * self.spread + 1.5)).astype(int) - 1
        found = []
        for j in range(len(CRITEO_NUMBERS)):
            text = counts[:, j].astype(str)
            if j % 3 == 0:  # a person of whom little is known
                text[(person < -0.3) & (rng.random(n) < 0.8)] = ""
            found.append(text)
        return hidden, found

    def _codes(self, rng: np.random.Generator, at: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        n, found = len(at["site"]), []
        for number, (of, size, noise) in enumerate(_COARSE):
            value = (at[of] * 2654435761 + number) % 4294967291 % size if size < _N[of] else at[of]
            is_noise = rng.random(n) < noise
            value = np.where(is_noise, rng.integers(size, size=n), value)
            found.append(self._hashed(value, number))
        for number in range(len(_COARSE), len(CRITEO_CATEGORIES)):  # two fields as one code
            a, b = (_COARSE[(number * k) % len(_COARSE)] for k in (3, 7))
            value = (at[a[0]] % a[1]) * 131 + at[b[0]] % min(b[1], 50)
            text = self._hashed(value, number)
            text[at["site"] % (number % 5 + 2) == 0] = ""
            found.append(text)
        return found

    def _hashed(self, value: NDArray[Any], number: int) -> NDArray[Any]:
        codes, at = np.unique(value, return_inverse=True)
        names = [f"{(int(c) * 2654435761 + number * 40503 + self.salt) % 2**32:08x}" for c in codes]
        return np.array(names, dtype="U8")[at]
