"""Reads and cleans ``8-assist/examples/``: labelled utterances, past questions with their answers, pairs of the desk.

Rows in = kept + merged + dropped, and every reason is counted.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from baihuo.assist.judged_pairs import read_judged_pairs
from baihuo.assist.knowledge.entries import entry_key
from baihuo.assist.turns import Entity
from baihuo.core import BadInput, Unsupported, fold
from baihuo.privacy import redact

NEEDED = ("utterance", "intent")
"""Columns of a CSV file of labelled utterances; ``entity_type``, ``entity_value``, ``start_offset`` and ``end_offset``
may be there for one entity a row. Rows of one text are one message with several entities."""
DESK_PAIRS = "desk.sqlite"
_MASKED = ("email", "phone", "card", "resident_id")  # an order number is what is learned here
_MOST_CHARACTERS = 2_000
_MOST_DROPPED = 0.2  # of the rows of one kind: more, and the files are not what they seem


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledUtterance:
    """A message of a shopper with its intent and its entities."""

    text: str
    intent: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredQuestion:
    """A question, what a person answered, and what was said before it, oldest first."""

    question: str
    answer: str
    before: tuple[tuple[str, bool], ...] = ()  # text, and whether the shop wrote it
    conversation: str = ""  # pairs of one conversation are never on both sides of a split
    is_right: bool = True  # False: a person rejected this answer
    at_us: int = 0


@dataclass(slots=True)
class CleaningCounts:
    """What became of the rows of one kind."""

    n_rows: int = 0
    n_kept: int = 0
    n_merged: int = 0  # the same again
    n_masked: int = 0  # kept, with personal data replaced
    dropped: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """As written into the report."""
        return {
            "n_rows": self.n_rows,
            "n_kept": self.n_kept,
            "n_merged": self.n_merged,
            "n_masked": self.n_masked,
            "dropped": dict(sorted(self.dropped.items())),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceExamples:
    """Clean examples, and what cleaning did."""

    utterances: tuple[LabelledUtterance, ...]
    questions: tuple[AnsweredQuestion, ...]
    counts: Mapping[str, CleaningCounts]

    def __len__(self) -> int:
        return len(self.utterances) + len(self.questions)


def read_examples(folder: Path) -> ServiceExamples:
    """All examples of a shop; none where there is no folder.

    Args:
        folder: ``*.csv`` with labelled utterances, ``*.jsonl`` with past pairs as an import of conversations writes them, or
            with ``question``, ``answer`` and ``context``; ``desk.sqlite`` with what the desk judged.

    Raises:
        BadInput: a file is not readable or lacks a column; the message names it.
        Unsupported: more than a fifth of the rows of a kind cannot be used: nothing is learned from such files.
    """
    utterance_counts, question_counts = CleaningCounts(), CleaningCounts()
    utterances = _utterances(folder, utterance_counts)
    questions = _questions(folder, question_counts)
    counts = {"utterances": utterance_counts, "questions": question_counts}
    for kind, one in counts.items():
        n_dropped = one.dropped.total()
        if n_dropped > _MOST_DROPPED * one.n_rows:
            reasons = ", ".join(f"{n:,} {why}" for why, n in one.dropped.most_common(3))
            raise Unsupported(
                f"{n_dropped:,} of {one.n_rows:,} {kind} in {folder} cannot be used ({reasons})",
                fix="correct the files; nothing is learned from examples of which so many are broken",
            )
    return ServiceExamples(utterances=utterances, questions=questions, counts=counts)


def _utterances(folder: Path, counts: CleaningCounts) -> tuple[LabelledUtterance, ...]:
    """One a text; a text with two intents has the one that it has more often, or is dropped."""
    labels: dict[str, Counter[str]] = {}
    entities: dict[str, dict[tuple[str, int, int], Entity]] = {}
    text_of: dict[str, str] = {}
    for row in _csv_rows(folder):
        counts.n_rows += 1
        text, is_masked = _masked(str(row["utterance"] or "").strip())
        intent = str(row["intent"] or "").strip()
        why_not = _why_no_text(text) or ("" if intent else "without an intent")
        entity = None if why_not else _entity(row, text)
        if not why_not and entity is None and str(row.get("entity_value") or "").strip():
            why_not = "whose entity is not in the text"
        if why_not:
            counts.dropped[why_not] += 1
            continue
        key = " ".join(fold(text).split())
        if key in text_of:
            counts.n_merged += 1
        else:
            text_of[key], labels[key], entities[key] = text, Counter(), {}
            counts.n_masked += is_masked
        labels[key][intent] += 1
        if entity is not None and text_of[key] == text:
            entities[key][entity.kind, entity.start, entity.end] = entity
    made = []
    for key, text in text_of.items():
        ranked = labels[key].most_common(2)
        if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
            counts.dropped["with two intents"] += 1
            continue
        made.append(
            LabelledUtterance(
                text=text,
                intent=ranked[0][0],
                entities=tuple(sorted(entities[key].values(), key=lambda e: e.start)),
            )
        )
    counts.n_kept = len(made)
    return tuple(made)


def _csv_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.csv")):
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file)
                missing = [c for c in NEEDED if c not in (rows.fieldnames or ())]
                if missing:
                    raise BadInput(
                        f"{path} has no column {missing[0]!r}",
                        fix=f"labelled utterances have the columns {', '.join(NEEDED)}",
                    )
                yield from rows
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{path}: {error}", fix="save it as CSV in UTF-8") from error


def _entity(row: Mapping[str, Any], text: str) -> Entity | None:
    value, kind = str(row.get("entity_value") or ""), str(row.get("entity_type") or "")
    if not value.strip() or not kind:
        return None
    try:
        start, end = int(row["start_offset"]), int(row["end_offset"])
    except (KeyError, TypeError, ValueError):
        start = end = -1
    if start < 0 or fold(text[start:end]) != fold(value):  # also where masking moved it
        start = text.casefold().find(value.casefold())
        end = start + len(value)
    return None if start < 0 else Entity(kind=kind, value=value, start=start, end=end)


def _questions(folder: Path, counts: CleaningCounts) -> tuple[AnsweredQuestion, ...]:
    made: list[AnsweredQuestion] = []
    seen: set[tuple[str, str, str]] = set()
    for path, number, row in chain(_json_rows(folder), _desk_rows(folder)):
        counts.n_rows += 1
        row = _with_question(row, path.stem)
        question, is_masked = _masked(str(row.get("question") or "").strip())
        answer, is_answer_masked = _masked(str(row.get("answer") or "").strip())
        why_not = _why_no_text(question) or _why_no_text(answer)
        if why_not:
            counts.dropped[why_not] += 1
            continue
        conversation = str(row.get("conversation_id") or f"{path.name}:{number}")
        key = (" ".join(fold(question).split()), " ".join(fold(answer).split()), conversation)
        if key in seen:
            counts.n_merged += 1
            continue
        seen.add(key)
        counts.n_masked += is_masked or is_answer_masked
        made.append(
            AnsweredQuestion(
                question=question,
                answer=answer,
                before=_before(row.get("context")),
                conversation=conversation,
                is_right=row.get("is_right", True) is not False,
                at_us=row["at_us"] if isinstance(row.get("at_us"), int) else 0,
            )
        )
    counts.n_kept = len(made)
    return tuple(made)


def _desk_rows(folder: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    """What people at the desk sent, corrected or rejected."""
    path = folder / DESK_PAIRS
    for number, pair in enumerate(read_judged_pairs(path), start=1):
        yield (
            path,
            number,
            {
                "question": pair.question,
                "answer": pair.answer,
                "conversation_id": entry_key(pair.conversation_id),
                "is_right": pair.kind != "rejected",
                "at_us": pair.at_us,
            },
        )


def _with_question(row: dict[str, Any], source: str) -> dict[str, Any]:
    """The form that importing conversations writes (``said``: texts with whether the shop wrote them, ``in``) as the other."""
    said = row.get("said")
    if not isinstance(said, list):
        return row
    lines = [
        {"text": str(one[0]), "author": "desk" if one[1] else "shopper"}
        for one in said
        if isinstance(one, list) and len(one) == 2
    ]
    at = len(lines)
    while at and lines[at - 1]["author"] == "shopper":
        at -= 1
    return {
        **row,
        "question": " ".join(line["text"] for line in lines[at:]),
        "context": lines[:at],
        # of one file: two files may name conversations alike
        "conversation_id": f"{source}/{row.get('in', '')}",
    }


def _json_rows(folder: Path) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    row = json.loads(line)
                except ValueError:
                    row = None
                yield path, number, row if isinstance(row, dict) else {}


def _before(context: Any) -> tuple[tuple[str, bool], ...]:
    """Texts alone take turns, the shop's the last before the question."""
    if not isinstance(context, list):
        return ()
    made = []
    for i, one in enumerate(context):
        if isinstance(one, dict):
            made.append((_masked(str(one.get("text") or ""))[0], one.get("author") != "shopper"))
        else:
            made.append((_masked(str(one))[0], (len(context) - i) % 2 == 1))
    return tuple(made)


def _masked(text: str) -> tuple[str, bool]:
    masked = redact(text, kinds=_MASKED)
    return masked.text, bool(masked.kinds)


def _why_no_text(text: str) -> str:
    if not any(c.isalnum() for c in text):
        return "without a text"
    return "too long" if len(text) > _MOST_CHARACTERS else ""
