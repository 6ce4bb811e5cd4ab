"""An exam of the check of words: planted lies and honest paraphrases of the passages of a YAML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from baihuo.assist.check import check_reply
from baihuo.assist.check.check import all_doubts
from baihuo.assist.turns import (
    Conversation,
    Identity,
    Language,
    Passage,
    PassageKind,
    Reply,
    Sentence,
    Turn,
)

TURN = Turn(
    conversation=Conversation(conversation_id="c1", identity=Identity(visitor_id="v1")),
    message_id="m1",
    text="",
    now_us=1_770_000_000_000_000,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the exam, with the passages of its group. ``kind`` is empty for an honest one.

    ``ours`` is the shop's own sentence that it stands for; empty: it stands for none.
    """

    text: str
    kind: str
    language: Language
    passages: tuple[Passage, ...]
    ours: str = ""


@dataclass(slots=True)
class Result:
    """How the check did."""

    lies: Counter[str] = field(default_factory=Counter)  # by kind
    caught: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    n_honest: int = 0
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    by_reason: dict[str, Counter[str]] = field(default_factory=dict)  # of all doubts, not the first

    @property
    def caught_share(self) -> float:
        """Of all lies."""
        return self.caught.total() / self.lies.total()

    @property
    def false_alarm_share(self) -> float:
        """Of all honest sentences."""
        return len(self.false_alarms) / self.n_honest


def lines_of(file: Path) -> Iterator[Line]:
    """All sentences of an exam."""
    for group in yaml.safe_load(file.read_text(encoding="utf-8")):
        passages = tuple(_passage(group["language"], p) for p in group["passages"])
        ours = group.get("ours", "")
        for text in group["honest"]:
            yield Line(text, "", group["language"], passages, ours)
        for kind, texts in group["lies"].items():
            for text in texts:
                yield Line(text, kind, group["language"], passages, ours)


def examine(file: Path) -> Result:
    """Hold every sentence of an exam against the passages of its group."""
    result = Result()
    for line in lines_of(file):
        cited = tuple(p.source_id for p in line.passages)
        reply = _reply(line.language, line.text, cited)
        composed = _reply(line.language, line.ours, cited) if line.ours else None
        checked = check_reply(reply, line.passages, TURN, composed)
        _count(result, line, [str(d.reason) for d in checked.doubts])
        if checked.doubts:
            _count_reasons(
                result, line, {str(d.reason) for d in all_doubts(reply, line.passages, composed)}
            )
    return result


def _count_reasons(result: Result, line: Line, reasons: set[str]) -> None:
    kind = "lies" if line.kind else "honest"
    for reason in reasons:
        counts = result.by_reason.setdefault(reason, Counter())
        counts[kind] += 1
        counts[f"{kind}_alone"] += len(reasons) == 1


def _reply(language: Language, text: str, cited: tuple[str, ...]) -> Reply:
    return Reply(language=language, sentences=(Sentence(text=text, source_ids=cited),))


def _count(result: Result, line: Line, reasons: list[str]) -> None:
    if not line.kind:
        result.n_honest += 1
        result.false_alarms += [f"{line.text} ({reasons[0]})"] if reasons else []
        return
    result.lies[line.kind] += 1
    if reasons:
        result.caught[line.kind] += 1
        result.reasons[reasons[0]] += 1
    else:
        result.missed.append(f"{line.kind}: {line.text}")


def _passage(language: Language, written: dict[str, Any]) -> Passage:
    kind = PassageKind(written["kind"])
    return Passage(**{**written, "kind": kind}, language=language, as_of_us=0)
