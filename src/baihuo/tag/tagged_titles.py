"""Reads tagged titles: one character and its tag a line, an empty line between titles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from baihuo.core import BadInput, NotFound

_TAG = re.compile(r"O|[BI]-[^\s-]+")
_FORMAT = (
    "write one character, a space and its tag a line (手 B-HCCX), and an empty line between titles"
)


class Span(NamedTuple):
    """A tagged part of a text, end excluded."""

    tag: str  # HCCX, HPPX, XH, … as the tagged titles name it
    start: int
    end: int


class TaggedTitle(NamedTuple):
    """A title and the tag of each of its characters: ``O``, or ``B-`` and ``I-`` with a name."""

    text: str
    tags: tuple[str, ...]


def read_tagged_titles(file: Path) -> list[TaggedTitle]:
    """The titles of a file.

    Raises:
        NotFound: there is no file.
        BadInput: a line is not a character and a tag, or a tag continues nothing; the file has no title.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}", fix="name a file of tagged titles")
    titles: list[TaggedTitle] = []
    characters: list[str] = []
    tags: list[str] = []
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error}", fix="save it as UTF-8") from None
    for number, line in enumerate([*lines, ""], start=1):
        line = line.rstrip("\r")
        if line:
            character, tag = _read(line, f"{file}:{number}", tags[-1] if tags else "O")
            characters.append(character)
            tags.append(tag)
        elif characters:
            titles.append(TaggedTitle("".join(characters), tuple(tags)))
            characters, tags = [], []
    if not titles:
        raise BadInput(f"{file} has no title", fix=_FORMAT)
    return titles


def _read(line: str, where: str, before: str) -> tuple[str, str]:
    character, space, tag = line[:1], line[1:2], line[2:]
    if space not in (" ", "\t") or not _TAG.fullmatch(tag):
        raise BadInput(f"{where}: {line!r} is not a character and a tag", fix=_FORMAT)
    if tag[0] == "I" and before[2:] != tag[2:]:
        raise BadInput(
            f"{where}: {tag} continues nothing: the tag before is {before}",
            fix=f"write B-{tag[2:]} where a part begins",
        )
    return character, tag


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The tagged parts; an ``I-`` that continues nothing begins one."""
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        if tag == "O":
            continue
        is_more = tag[0] == "I" and spans and spans[-1].end == at and spans[-1].tag == tag[2:]
        if is_more:
            spans[-1] = spans[-1]._replace(end=at + 1)
        else:
            spans.append(Span(tag[2:], at, at + 1))
    return spans


class TagScore(NamedTuple):
    """How well one tag's parts are found; a part counts if tag, start and end are right."""

    tag: str  # "all": of all tags together
    n: int  # true parts
    precision: float
    recall: float
    f1: float


def score_tags(truth: Iterable[Sequence[Span]], found: Iterable[Sequence[Span]]) -> list[TagScore]:
    """Scores by tag, then of all parts together, in the way of CoNLL (exact parts).

    Args:
        truth: the parts of each title.
        found: the same titles' parts that were found.
    """
    right: dict[str, int] = defaultdict(int)
    n_true: dict[str, int] = defaultdict(int)
    n_found: dict[str, int] = defaultdict(int)
    for of_truth, of_found in zip(truth, found, strict=True):
        for counts, spans in (
            (n_true, {*of_truth}),
            (n_found, {*of_found}),
            (right, {*of_truth} & {*of_found}),
        ):
            for span in spans:
                counts[span.tag] += 1
                counts["all"] += 1
    tags = sorted({*n_true, *n_found} - {"all"})
    return [_score(tag, n_true[tag], n_found[tag], right[tag]) for tag in [*tags, "all"]]


def _score(tag: str, n_true: int, n_found: int, n_right: int) -> TagScore:
    precision, recall = n_right / max(n_found, 1), n_right / max(n_true, 1)
    both = precision + recall
    return TagScore(tag, n_true, precision, recall, 2 * precision * recall / both if both else 0.0)
