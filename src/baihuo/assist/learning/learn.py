"""Learns customer service from a shop's examples: clean, split, fit, measure, compare with what is live. One part of a bundle.

A stage whose new weights are worse than the live ones on held-out examples keeps the live ones. A ranking that is worse than without
it, or whose probabilities are off, is left out; the report says so.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from baihuo.assist.knowledge.entries import language_of
from baihuo.assist.learning.examples import LabelledUtterance, ServiceExamples, read_examples
from baihuo.assist.learning.measures import (
    AnswerMeasures,
    IntentMeasures,
    Understands,
    coverage_at,
    measure_answers,
    measure_intents,
    over,
    sure_threshold,
)
from baihuo.assist.learning.split import HeldOut, SplitExamples, split
from baihuo.assist.learning.trainer import ANSWERS, UNDERSTANDING, ServiceTrainer, said_key
from baihuo.core import Progress, Unsupported, no_progress
from baihuo.evaluate import Interval

SERVICE_PART: Final = "assist"
"""The folder of a bundle."""
REPORT, THRESHOLDS = "report.json", "thresholds.json"
_UNRANKED: Final = "unranked"
FEWEST = 100
"""Utterances, and likewise past pairs, from which on a stage learns; fewer held out tell nothing."""
FEWEST_SCALED = 20
"""Past questions of a language below which its P(right) and its threshold stay as they come with baihuo."""
FEWEST_OF_INTENT = 8
"""Messages of an intent from which on it is learned."""
_ANSWER_FROM: Final = (0.7, 0.8)
"""Between these: below the first a turn asks back whatever was measured, as all questions that it is chosen on have an answer, and of what
shoppers ask not all has. More than the second is never demanded: what people answered is itself wrong now and then."""
_MOST_OFF: Final = 0.1
"""The sure error of P(right) from which on what was learned is left out: a turn would answer what it does not know."""
_WORSE: Final = (
    -0.02
)  # than the live one, in the middle: beyond what chance on held-out examples does


@dataclass(frozen=True, slots=True)
class LearnedService:
    """The files of the part, by name below :data:`SERVICE_PART`, and what the bundle's report says of it."""

    files: Mapping[str, Path | dict[str, Any]]
    report: dict[str, Any]


@dataclass(slots=True)
class _Stage:
    """Which weights a stage serves with, and what was measured."""

    folder: Path | None = None
    report: dict[str, Any] = field(default_factory=dict)


def learn_service(
    examples: Path,
    trainer: Callable[[], ServiceTrainer],
    *,
    out: Path,
    live: Path | None = None,
    progress: Progress = no_progress,
) -> LearnedService | None:
    """Learn from a shop's examples.

    Args:
        examples: ``8-assist/examples``.
        trainer: opens that of the stages; only where there is something to learn.
        out: An empty folder for what is fitted.
        live: The part of the live bundle, if it has one.

    Returns:
        None where the shop has no examples and nothing is live: its bundle has no such part, and no word about it.
    """
    has_examples = any(path.is_file() for path in _files(examples))
    if not has_examples and live is None:
        return None
    try:
        if not has_examples:
            raise Unsupported("the shop has no examples any more", fix=f"put them back: {examples}")
        found = read_examples(examples)
        if len(found.utterances) < FEWEST and len(found.questions) < FEWEST:
            raise Unsupported(
                f"{len(found.utterances):,} labelled utterances and {len(found.questions):,} past questions are too few "
                f"to learn from ({FEWEST} of either)",
                fix="label more, or import past conversations: baihuo assist import",
            )
    except Unsupported as error:  # broken or too few: what is live goes on
        return _kept(live, error.what)
    return _learn(found, trainer(), out, live, progress)


def _files(examples: Path) -> list[Path]:
    return sorted(examples.glob("*.csv")) + sorted(examples.rglob("*.jsonl"))


def _kept(live: Path | None, why: str) -> LearnedService:
    report: dict[str, Any] = {"not_learned": why, "keeps_live": live is not None}
    files: dict[str, Path | dict[str, Any]] = {}
    if live is not None:
        files = {name: live / name for name in (UNDERSTANDING, ANSWERS) if (live / name).is_dir()}
        files[THRESHOLDS] = json.loads((live / THRESHOLDS).read_text(encoding="utf-8"))
        old = json.loads((live / REPORT).read_text(encoding="utf-8"))
        report = {**old, **report}
        files[REPORT] = report
    return LearnedService(files, report)


def _learn(
    found: ServiceExamples,
    trainer: ServiceTrainer,
    out: Path,
    live: Path | None,
    progress: Progress,
) -> LearnedService:
    parts = split(found)
    progress("learning to understand", 0, 2)
    understanding = _understanding(parts, trainer, out, live)
    understander = trainer.open_understanding(understanding.folder)
    progress("learning to answer", 1, 2)
    answers = _answers(parts, trainer, understander, out, live)
    thresholds = _thresholds(parts.choosing, trainer, understander, answers)
    progress("learning to answer", 2, 2)
    report: dict[str, Any] = {
        "cleaning": {kind: one.to_json() for kind, one in found.counts.items()},
        "understanding": understanding.report,
        "answers": answers.report,
        "thresholds": thresholds,
        "keeps_live": False,
    }
    files: dict[str, Path | dict[str, Any]] = {REPORT: report, THRESHOLDS: thresholds}
    for name, stage in ((UNDERSTANDING, understanding), (ANSWERS, answers)):
        if stage.folder is not None:
            files[name] = stage.folder
    return LearnedService(files, report)


def _understanding(
    parts: SplitExamples, trainer: ServiceTrainer, out: Path, live: Path | None
) -> _Stage:
    old = _folder(live, UNDERSTANDING)
    held = parts.reporting.utterances
    utterances, rare = _without_rare(parts.fitted.utterances)
    if len(utterances) + len(held) < FEWEST or not held:
        return _Stage(old, {"not_learned": f"{len(utterances):,} labelled utterances are too few"})
    new = out / UNDERSTANDING
    trainer.fit_understanding(utterances, new)
    measured = measure_intents(trainer.open_understanding(new), held)
    stage = _Stage(new, {"n_fitted": len(utterances), "rare": rare, **measured.to_json()})
    if old is not None:
        before = measure_intents(trainer.open_understanding(old), held)
        _keep_if_better(stage, old, measured, before)
    return stage


def _without_rare(
    utterances: Sequence[LabelledUtterance],
) -> tuple[list[LabelledUtterance], dict[str, int]]:
    """Intents with enough messages to learn from, and the others with how many they have."""
    n_of = Counter(u.intent for u in utterances)
    rare = {intent: n for intent, n in sorted(n_of.items()) if n < FEWEST_OF_INTENT}
    return [u for u in utterances if u.intent not in rare], rare


def _keep_if_better(
    stage: _Stage, old: Path, measured: IntentMeasures, before: IntentMeasures
) -> None:
    gain = over(measured.is_right, before.is_right)
    stage.report["accuracy_over_live"] = gain.to_json()
    if gain.high < 0 or gain.mid < _WORSE:
        stage.folder = old
        stage.report |= {
            **before.to_json(),
            "kept_live": _worse("intents", "with what is live", gain),
        }


def _answers(
    parts: SplitExamples,
    trainer: ServiceTrainer,
    understander: Understands,
    out: Path,
    live: Path | None,
) -> _Stage:
    old = _folder(live, ANSWERS)
    questions, held = parts.fitted.questions, parts.reporting.questions
    if len(questions) + len(held) < FEWEST or not held:
        return _Stage(old, {"not_learned": f"{len(questions):,} past questions are too few"})
    unranked, new = out / _UNRANKED, out / ANSWERS
    trainer.fit_match(questions, understander, unranked)
    scaled = unranked if unranked.is_dir() else None
    if scaled is not None:  # a language without enough pairs for a ranking has this alone
        shutil.copytree(scaled, new)
    is_fitted = trainer.fit_answers(questions, new)

    def measured_with(folder: Path | None) -> AnswerMeasures:
        return _measured(trainer, understander, folder, parts.reporting)

    plain = measured_with(scaled)
    measured = measured_with(new) if is_fitted else plain
    stage = _Stage(new if is_fitted else scaled, {"n_fitted": len(questions), **measured.to_json()})
    stage.report["is_fitted"] = is_fitted
    if old is not None and len(measured.rank):
        before = measured_with(old)
        gain = over(measured.rank <= 1, before.rank <= 1)
        stage.report["recall1_over_live"] = gain.to_json()
        if gain.high < 0 or gain.mid < _WORSE:
            stage.folder, measured = old, before
            stage.report |= {
                **before.to_json(),
                "kept_live": _worse("answers", "with what is live", gain),
            }
    if len(measured.rank):
        against = over(measured.rank <= 1, plain.rank <= 1)
        stage.report["recall1_over_unlearned"] = against.to_json()
        if against.high < 0 or against.mid < _WORSE:
            measured = _leave_out(
                stage, scaled, plain, _worse("answers", "without what was learned", against)
            )
    for left, unlearned in ((scaled, plain), (None, None)):  # first the ranking, then the scale
        off = measured.error_beyond_chance
        if stage.folder not in (None, left) and off > _MOST_OFF:
            why = f"P(right) as learned is surely off by {off:.3f} on average"
            measured = _leave_out(stage, left, unlearned or measured_with(None), why)
    stage.report["is_calibrated"] = stage.folder is not None
    return stage


def _leave_out(
    stage: _Stage, folder: Path | None, measured: AnswerMeasures, why: str
) -> AnswerMeasures:
    """Serve with ``folder``; None: what is said of answers is then what comes with baihuo."""
    stage.folder = folder
    stage.report |= {**measured.to_json(), "is_fitted": False, "left_out": why}
    return measured


def _measured(
    trainer: ServiceTrainer, understander: Understands, folder: Path | None, held: HeldOut
) -> AnswerMeasures:
    without = frozenset(said_key(q.question) for q in held.questions)
    retriever = trainer.open_answers(folder, understander, without=without)
    asked = trainer.substantive([q for q in held.questions if q.is_right])
    return measure_answers(understander, retriever, asked, trainer.knowledge(without=without))


def _thresholds(
    choosing: HeldOut, trainer: ServiceTrainer, understander: Understands, answers: _Stage
) -> dict[str, float]:
    """From which P(right) on a turn answers, by language: chosen on examples on which no figure is reported."""
    if not answers.report.get("is_fitted"):
        return {}  # P(right) is not of this shop: the thresholds that come with it hold
    made: dict[str, float] = {}
    for language, name in (("en", "answer_from"), ("zh", "answer_from_zh")):
        of_it = [q for q in choosing.questions if language_of(q.answer) == language]
        measured = _measured(
            trainer, understander, answers.folder, replace(choosing, questions=tuple(of_it))
        )
        if len(measured.p_right) < FEWEST_SCALED:
            continue  # too few to choose on: the one that comes with it holds
        threshold = sure_threshold(measured.p_right, measured.is_right)
        answers.report.setdefault("coverage_when_chosen", {})[language] = coverage_at(
            measured.p_right, measured.is_right
        ).to_json()
        most = _ANSWER_FROM[1] if threshold is None else threshold
        made[name] = float(np.clip(most, *_ANSWER_FROM))
    return made


def _folder(live: Path | None, name: str) -> Path | None:
    return live / name if live is not None and (live / name).is_dir() else None


def _worse(what: str, than: str, gain: Interval) -> str:
    shown = f"{gain.mid:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
    return f"the share of held-out {what} that is right is {shown} beside that {than}"
