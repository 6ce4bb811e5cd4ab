"""Grades of a generative model, calibrated on people's: agreement, abstention, and bias correction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from baihuo.core import BadInput, fold
from baihuo.engine import written_whole
from baihuo.evaluate import Interval, auc, bootstrap_mean, weighted_kappa
from baihuo.models import platt_line

# Files of a model's grades in a shop, with its agreement with people.


GRADES_FILE, AGREEMENT_FILE = "grades.jsonl", "agreement.json"
_FIX = "run: baihuo llm grades (answers are cached), or delete the file"


@dataclass(frozen=True, slots=True, eq=False)
class ModelGrades:
    """A calibrated model's grades of unjudged pairs."""

    probabilities: Mapping[str, Mapping[str, float]]  # query → product → P(relevant)
    agreement: Mapping[str, Any]  # the report of ``calibrate``
    model: str  # which

    def __len__(self) -> int:
        return sum(len(of) for of in self.probabilities.values())

    @property
    def is_usable(self) -> bool:
        """Whether it agrees with people well enough."""
        return bool(self.agreement["is_usable"])


def write_model_grades(folder: Path, grades: ModelGrades) -> list[dict[str, Any]]:
    """Write the model's certain grades (:data:`SURE`), and its agreement with people. For an unusable model only the agreement is written,
    and earlier grades are deleted.

    Returns:
        The rows: query, product, P(relevant), a grade of 3 or 0, and the model.
    """
    rows = list(_rows(grades)) if grades.is_usable else []
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if rows:
        with written_whole(folder / GRADES_FILE) as part:
            part.write_bytes(lines)
    else:
        (folder / GRADES_FILE).unlink(missing_ok=True)
    about = {"agreement": grades.agreement, "model": grades.model, "sha256": _sha256(lines)}
    with written_whole(folder / AGREEMENT_FILE) as part:
        part.write_text(json.dumps(about, indent=1), "utf-8")
    return rows


def read_model_grades(folder: Path) -> ModelGrades | None:
    """Read the grades of ``folder``; None without a model.

    Raises:
        BadInput: a damaged line, or grades without their agreement.
    """
    about, file = folder / AGREEMENT_FILE, folder / GRADES_FILE
    if not about.is_file() and not file.is_file():
        return None
    try:
        known = json.loads(about.read_bytes())
        agreement, model, sha256 = known["agreement"], known["model"], known["sha256"]
        _ = bool(agreement["is_usable"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{about} does not say how far the model of {file.name} agrees with people: {error!r}",
            fix=_FIX,
        ) from None
    data = file.read_bytes() if file.is_file() else b""
    found: dict[str, dict[str, float]] = {}
    for number, line in enumerate(data.splitlines(), start=1):
        query, product_id, probability = _read(line, f"{file}:{number}")
        found.setdefault(query, {})[product_id] = probability
    if _sha256(data) != sha256:
        raise BadInput(f"{file} is not the file that {about.name} was written with", fix=_FIX)
    return ModelGrades(found, agreement, model)


def forget_grades(
    folder: Path, holds_their_text: Callable[[str], bool], note: Callable[[str, int], None]
) -> None:
    """Delete grades of searches that only erased visitors typed; the others stay valid."""
    about, file = folder / AGREEMENT_FILE, folder / GRADES_FILE
    lines = file.read_bytes().splitlines(keepends=True) if file.is_file() else []
    kept = [line for line in lines if not holds_their_text(line.decode("utf-8", "replace"))]
    if len(kept) == len(lines):
        return
    note(GRADES_FILE, len(lines) - len(kept))
    with written_whole(file) as part:
        part.write_bytes(b"".join(kept))
    if about.is_file():
        known = {**json.loads(about.read_bytes()), "sha256": _sha256(b"".join(kept))}
        with written_whole(about) as part:
            part.write_text(json.dumps(known, indent=1), "utf-8")


def _rows(grades: ModelGrades) -> Iterator[dict[str, Any]]:
    for query, of_query in grades.probabilities.items():
        for product_id, probability in of_query.items():
            if max(probability, 1 - probability) >= SURE:
                yield {
                    "query": query,
                    "product_id": product_id,
                    "relevant": round(probability, 4),
                    "grade": 3 if probability >= 0.5 else 0,
                    "model": grades.model,
                }


def _read(line: bytes, where: str) -> tuple[str, str, float]:
    try:
        row = json.loads(line)
        probability = float(row["relevant"])
        if not 0 <= probability <= 1:
            raise ValueError(f"relevant is {probability:g}, not a probability")
        return fold(str(row["query"])), str(row["product_id"]), probability
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{where} has no grade: {error!r}", fix=_FIX) from None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


RELEVANT = 2  # from this grade on a product is relevant (exact match or substitute)
LEAST_KAPPA = 0.6  # at the low end of its interval; three people who graded Icecat agree with kappa 0.74 to 0.82 (four grades)
SURE = 0.8  # the model decides where its calibrated probability of either side is at least so much
LEAST_QUERIES = 20  # with fewer, calibration is unreliable
_FOLDS = 5
_SHRINK = (
    1e-2  # of the slope towards 0: an uninformative model predicts the share of relevant pairs
)
_RESAMPLES = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The model's probabilities of judged pairs, each calibrated on other queries."""

    probabilities: Floats  # [judged]
    is_decided: NDArray[np.bool_]  # [judged]; the model abstains from the others
    report: dict[str, Any]
    slope: float
    intercept: float

    @property
    def is_usable(self) -> bool:
        """Whether it agrees with people well enough to grade unjudged pairs."""
        return bool(self.report["is_usable"])

    def probability(self, log_odds: Floats) -> Floats:
        """P(relevant) of other pairs, by the curve of all judged ones: ``[pairs]``."""
        return np.asarray(expit(self.slope * log_odds + self.intercept))


def calibrate(
    log_odds: Floats, grades: NDArray[Any], queries: Sequence[str], *, sure: float = SURE, seed: int
) -> Calibrated:
    """Platt's curve by folds of queries, agreement with people, and where to abstain.

    Args:
        log_odds: ``[judged]``, of the model.
        grades: ``[judged]``, 0 … 3, of people.
        queries: ``[judged]``; a query is never on both sides of a fold.
        sure: The model decides where its calibrated probability of either side is at least so much.
        seed: Of folds and resampling.

    Raises:
        ValueError: no pair, or people graded all alike.

    Source: Platt (1999); Cohen (1960).
    """
    relevant = (np.asarray(grades) >= RELEVANT).astype(np.float64)
    if not 0 < relevant.mean() < 1:
        raise ValueError("people graded all of these pairs alike")
    names, group = np.unique(np.asarray(queries, dtype=object).astype(str), return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names))[group] % _FOLDS
    probabilities = np.full(len(relevant), relevant.mean())
    for one in range(min(_FOLDS, len(names))):
        others = fold != one
        if 0 < relevant[others].mean() < 1:
            slope, intercept = platt_line(log_odds[others], relevant[others])
            probabilities[~others] = expit(slope * log_odds[~others] + intercept)
    is_decided = np.maximum(probabilities, 1 - probabilities) >= sure
    slope, intercept = platt_line(log_odds, relevant)
    report = _report(probabilities, relevant, is_decided, group, len(names), seed)
    return Calibrated(probabilities, is_decided, report, slope, intercept)


def corrected_share(
    judged: Floats,
    relevant: Floats,
    queries: Sequence[str],
    unjudged: Floats,
    *,
    seed: int,
) -> Interval:
    """The share of relevant products among ``unjudged``, by the model, corrected by its errors on judged pairs.

    The interval is that of prediction-powered inference: the model's mean, plus its mean error on judged pairs, resampled by query. It
    holds for any model, good or bad; a bad one only makes it wide. It assumes that the judged pairs are
    like the unjudged ones.

    Args:
        judged: ``[judged]``, the model's probabilities.
        relevant: ``[judged]``, 1.0 or 0.0, of people.
        queries: ``[judged]``.
        unjudged: ``[unjudged]``, the model's probabilities.
        seed: Of the resampling.

    Source: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), "Prediction-powered inference", Science 382.
    """
    clusters = np.unique(np.asarray(queries, dtype=object).astype(str), return_inverse=True)[1]
    error = bootstrap_mean(relevant - judged, seed=seed, clusters=clusters)
    noise = 1.96 * float(np.std(unjudged)) / np.sqrt(len(unjudged))
    mid = float(unjudged.mean()) + error.mid
    half_low = float(np.hypot(error.mid - error.low, noise))
    half_high = float(np.hypot(error.high - error.mid, noise))
    return Interval(mid, max(0.0, mid - half_low), min(1.0, mid + half_high))


def _report(
    probabilities: Floats,
    relevant: Floats,
    is_decided: NDArray[np.bool_],
    group: NDArray[np.int64],
    n_queries: int,
    seed: int,
) -> dict[str, Any]:
    kappa = _kappa(probabilities, relevant, is_decided)
    rng = np.random.default_rng(seed)
    rows_of = [np.flatnonzero(group == g) for g in range(n_queries)]
    drawn = []
    for _ in range(_RESAMPLES if np.isfinite(kappa) else 0):
        rows = np.concatenate([rows_of[g] for g in rng.integers(0, n_queries, n_queries)])
        drawn.append(_kappa(probabilities[rows], relevant[rows], is_decided[rows]))
    finite = np.array(drawn)[np.isfinite(drawn)] if drawn else np.zeros(0)
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (float("nan"),) * 2
    return {
        "n_judged": len(relevant),
        "n_queries": n_queries,
        "auc": auc(probabilities, relevant),
        "decided": float(is_decided.mean()),
        "kappa": kappa,
        "kappa_low": float(low),
        "kappa_high": float(high),
        "accuracy": float(
            ((probabilities >= 0.5) == (relevant == 1))[is_decided].mean()
            if is_decided.any()
            else np.nan
        ),
        "is_usable": bool(n_queries >= LEAST_QUERIES and low >= LEAST_KAPPA),
    }


def _kappa(probabilities: Floats, relevant: Floats, is_decided: NDArray[np.bool_]) -> float:
    if not is_decided.any():
        return float("nan")
    ours = (probabilities[is_decided] >= 0.5).astype(np.int64)
    return weighted_kappa(ours, relevant[is_decided].astype(np.int64), n_grades=2)
