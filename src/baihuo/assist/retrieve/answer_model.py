"""The re-ranker of past answers as it is served: evidence of past pairs, trees, and P(right)."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from baihuo.assist.retrieve.flat_terms import Floats, Numbers
from baihuo.assist.retrieve.pair_features import (
    COLUMNS,
    Memory,
    PairEvidence,
    ReadyAnswers,
    pair_features,
)
from baihuo.assist.retrieve.pair_tables import QuestionRow
from baihuo.assist.retrieve.question_match import Logistic
from baihuo.assist.retrieve.quick_trees import QuickTrees
from baihuo.assist.retrieve.towers import SideBySide, Tower, Towers
from baihuo.assist.retrieve.translation import TranslationTable
from baihuo.core import BrokenFile, NotFound

FORMAT = 1
_HEAD, _ARRAYS, _TREES = "answers.json", "answers.npz", "answers.txt"
QUICK_TREES = "answers.onnx"
"""The trees once more, as they are served; a model that was trained before there was such a file is served without it."""


@dataclass(frozen=True, eq=False)
class AnswerModel:
    """What was learned of one language's past pairs, with one encoder.

    ``p_right`` maps the columns of a match (see ``question_match``) with the re-ranker's score to P(it answers).
    """

    encoder_hash: str
    evidence: PairEvidence
    booster: Any  # lightgbm.Booster over COLUMNS
    p_right: Logistic | None = None
    quick: QuickTrees | None = None  # the same trees, of a model that was loaded

    def scores(self, question: QuestionRow, answers: ReadyAnswers, at: Numbers) -> Floats:
        """``[answers]``: larger is better; comparable within one question."""
        features = pair_features(self.evidence, question, answers, at)
        if self.quick is not None:
            return self.quick.scores(features)
        found = self.booster.predict(features, raw_score=True, num_threads=1)
        return np.asarray(found, np.float32)

    def save(self, folder: Path) -> None:
        """Write three files: settings, arrays, trees."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / _ARRAYS, **_arrays(self.evidence))
        self.booster.save_model(str(folder / _TREES))
        p = self.p_right
        head = {
            "format": FORMAT,
            "encoder": self.encoder_hash,
            "columns": list(COLUMNS),
            "towers": len(self.evidence.towers),
            "mean_length": self.evidence.mean_length,
            "p_right": None if p is None else {"weights": p.weights.tolist(), "bias": p.bias},
        }
        (folder / _HEAD).write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a folder holds one: one whose files are damaged, too."""
        return (folder / _HEAD).exists()

    @staticmethod
    def load(folder: Path) -> AnswerModel:
        """Load what :meth:`save` wrote; nothing in it is executed.

        Raises:
            NotFound: there is none.
            BrokenFile: a file is damaged, or another version wrote it.
        """
        import lightgbm

        if not (folder / _HEAD).exists():
            raise NotFound(f"no model of answers in {folder}", fix="train again: baihuo train")
        try:
            head = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
            if head["format"] != FORMAT or head["columns"] != list(COLUMNS):
                raise ValueError("another version wrote it")
            with np.load(folder / _ARRAYS, allow_pickle=False) as file:
                evidence = _evidence(dict(file), head["towers"], head["mean_length"])
            booster = lightgbm.Booster(model_file=str(folder / _TREES))
            p = head["p_right"]
            calibration = None if p is None else Logistic(np.array(p["weights"]), p["bias"])
            path = folder / QUICK_TREES
            quick = QuickTrees(path) if path.exists() else None
            return AnswerModel(head["encoder"], evidence, booster, calibration, quick)
        except (ValueError, KeyError, TypeError, OSError, lightgbm.basic.LightGBMError) as error:
            raise BrokenFile(
                f"the model of answers in {folder} cannot be read: {error}",
                fix="train again: baihuo train",
            ) from error


def _arrays(evidence: PairEvidence) -> dict[str, Any]:
    found: dict[str, Any] = {"idf": evidence.idf}
    for field in fields(TranslationTable):
        found[f"translation.{field.name}"] = getattr(evidence.translation, field.name)
    for field in fields(Memory):
        found[f"memory.{field.name}"] = getattr(evidence.memory, field.name).astype(np.float16)
    for number, towers in enumerate(evidence.towers):
        for side in ("question", "answer"):
            for field in fields(Tower):
                value = getattr(getattr(towers, side), field.name)
                found[f"tower{number}.{side}.{field.name}"] = value.astype(np.float16)
    return found


def _evidence(arrays: dict[str, Any], n_towers: int, mean_length: float) -> PairEvidence:
    def part(name: str) -> dict[str, Any]:
        return {
            key.rpartition(".")[2]: value.astype(np.float32) if value.dtype == np.float16 else value
            for key, value in arrays.items()
            if key.rpartition(".")[0] == name
        }

    numbers = range(n_towers)
    questions = SideBySide.of([Tower(**part(f"tower{n}.question")) for n in numbers]).views()
    answers = [Tower(**part(f"tower{n}.answer")) for n in numbers]
    towers = tuple(map(Towers, questions, answers))
    return PairEvidence(
        arrays["idf"],
        mean_length,
        TranslationTable(**part("translation")),
        towers,
        Memory(**part("memory")),
    )
