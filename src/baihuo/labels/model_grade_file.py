"""Files of a model's grades in a shop, with its agreement with people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, fold
from baihuo.engine import written_whole
from baihuo.labels.model_grades import SURE

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
