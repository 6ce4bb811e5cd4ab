"""P(an entry answers) from its question alone, brought to the scale of a shop: for shops with too few past pairs for a re-ranker.

What comes with baihuo was fitted on another set of questions (``default_match``). How often the first entry is right depends on how much
of what is asked the shop's knowledge holds, and on how its shoppers write. Two numbers learn that, where thousands would be needed to
learn to rank.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.default_match import default_match
from baihuo.assist.retrieve.question_match import Logistic
from baihuo.core import BrokenFile
from baihuo.encode import Encoder

FILE: Final = "match.json"
_SLOPE_SPREAD, _BIAS_SPREAD = 0.5, 1.0
"""Standard deviations of the prior: another shop's slope is rarely twice or half, its odds rarely more than e² times as large."""
_OF_PEOPLE = (18.0, 2.0)
_AGREED = _OF_PEOPLE[0]
"""Of so many right entries that people would have said, too, and would not: what is expected of their answers before any is seen."""


@dataclass(frozen=True, slots=True)
class MatchScale:
    """``logit P = slope · logit P(default) + bias``; the order of entries stays as it is."""

    slope: float
    bias: float

    def of(self, match: Logistic) -> Logistic:
        """The same columns, on this scale."""
        return Logistic(match.weights * self.slope, match.bias * self.slope + self.bias)

    @staticmethod
    def fit(chances: NDArray[np.floating], is_right: NDArray[np.floating]) -> MatchScale:
        """The likeliest scale after some questions: without any it is slope 1, bias 0, and few move it little.

        Args:
            chances: ``[questions]``, P of the first entry by the default, 0 to 1.
            is_right: ``[questions]``, whether it answers.

        What people answered is the measure, and it is itself wrong or put otherwise now and then: a share of right entries is counted as
        wrong. How many is learned with the scale, from an expectation of one in ten; P is that the entry answers, not that a person
        said the same. Taken at their word, people's answers flatten the slope: no match would be sure.

        Source: Platt (1999), with a normal prior around the scale that is there; labels that are wrong one way as in Lawrence and
        Schölkopf (2001).
        """
        p = np.clip(np.asarray(chances, np.float64), 1e-4, 1 - 1e-4)
        said = np.asarray(is_right, np.float64)
        x = np.stack([np.log(p / (1 - p)), np.ones(len(p))], axis=1)
        at, agreed = np.array([1.0, 0.0]), _AGREED / sum(_OF_PEOPLE)
        for _ in range(
            1_000
        ):  # the share moves slowly: stopped at 50, two wrong labels of ten left a fifth of the bias
            before = at
            q = 1 / (1 + np.exp(-np.clip(x @ at, -30, 30)))
            meant = np.where(said > 0, 1.0, (1 - agreed) * q / (1 - agreed * q))
            at = _shrunk(x, meant, at)
            agreed = (said.sum() + _AGREED) / (meant.sum() + sum(_OF_PEOPLE))
            if np.abs(at - before).max() < 1e-5:
                break
        return MatchScale(max(float(at[0]), 0.05), float(at[1]))

    def save(self, folder: Path, encoder: Encoder) -> None:
        """Write one file. It holds for this encoder alone: cosines of two differ."""
        folder.mkdir(parents=True, exist_ok=True)
        written = {"encoder": encoder.hash, "slope": self.slope, "bias": self.bias}
        (folder / FILE).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _shrunk(
    x: NDArray[np.float64], labels: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The likeliest slope and bias for labels between 0 and 1, by Newton's method from ``at`` on."""
    prior, precision = np.array([1.0, 0.0]), np.array([_SLOPE_SPREAD**-2, _BIAS_SPREAD**-2])
    for _ in range(20):
        q = 1 / (1 + np.exp(-np.clip(x @ at, -30, 30)))
        gradient = x.T @ (q - labels) + precision * (at - prior)
        curve = (x * (q * (1 - q))[:, None]).T @ x + np.diag(precision)
        step = np.clip(np.linalg.solve(curve, gradient), -1.0, 1.0)
        at = at - step
        if np.abs(step).max() < 1e-6:
            break
    return at


def match_of(folder: Path | None, encoder: Encoder) -> Logistic:
    """How sure a match is: on the scale that ``folder`` holds for this encoder, else as it comes with baihuo.

    Raises:
        BrokenFile: the file is not what training writes.
    """
    default = default_match(encoder.name)
    file = None if folder is None else folder / FILE
    if file is None or not file.is_file():
        return default
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        if read["encoder"] != encoder.hash:
            return default
        scale = MatchScale(float(read["slope"]), float(read["bias"]))
        if not np.isfinite([scale.slope, scale.bias]).all():
            raise ValueError("a number is not finite")
        return scale.of(default)
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFile(f"{file}: {error}", fix="train again: baihuo train") from error
