"""Labelled messages of a shop: what was typed, its intent, and the entities in it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from baihuo.core import BadInput, NotFound

_COLUMNS = "utterance,intent,entity_type,entity_value,start_offset,end_offset"


@dataclass(frozen=True, slots=True)
class Marked:
    """An entity: its kind, and its place in code points, end excluded."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message with its labels."""

    text: str
    intent: str
    marked: tuple[Marked, ...] = ()  # in order, none in another


def read_utterances(file: Path) -> list[Utterance]:
    """The messages of a CSV file with the columns ``utterance,intent,entity_type,entity_value,start_offset,end_offset``.

    A message with several entities has a row for each. The last four may be empty or missing; other columns are not read.

    Raises:
        NotFound: there is no file.
        BadInput: it is not UTF-8, lacks a column, or a row contradicts itself; with the line.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}", fix=f"name a CSV file with {_COLUMNS}")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = {"utterance", "intent"} - {*(reader.fieldnames or ())}
            if missing:
                raise BadInput(
                    f"{file} has no column {' and '.join(sorted(missing))}",
                    fix=f"write the columns {_COLUMNS}",
                )
            rows = [(f"{file}:{reader.line_num}", row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file} is no CSV in UTF-8: {error}", fix="save it as CSV, UTF-8") from None
    return utterances_of(rows)


def utterances_of(rows: Iterable[tuple[str, Mapping[str, str | None]]]) -> list[Utterance]:
    """The messages of rows, each with where it stands; rows of one text and intent are one message.

    Raises:
        BadInput: as :func:`read_utterances`.
    """
    found: dict[tuple[str, str], list[Marked]] = {}
    for where, row in rows:
        text, intent = row.get("utterance") or "", (row.get("intent") or "").strip()
        if not text.strip() or not intent:
            empty = "intent" if text.strip() else "utterance"
            raise BadInput(f"{where}: {empty} is empty", fix="fill it in, or drop the row")
        marked = found.setdefault((text, intent), [])
        kind = (row.get("entity_type") or "").strip()
        if kind:
            mark = _mark(where, row, text, kind)
            if any(mark.start < m.end and m.start < mark.end for m in marked):
                if mark in marked:
                    continue
                raise BadInput(
                    f"{where}: {kind} at {mark.start}:{mark.end} overlaps another entity",
                    fix="mark each part of a message once",
                )
            marked.append(mark)
    return [
        Utterance(text, intent, tuple(sorted(marked, key=lambda m: m.start)))
        for (text, intent), marked in found.items()
    ]


def _mark(where: str, row: Mapping[str, str | None], text: str, kind: str) -> Marked:
    value = row.get("entity_value") or ""
    given = row.get("start_offset") or "", row.get("end_offset") or ""
    if not any(given):
        start = text.lower().find(value.lower()) if value else -1
        if start < 0:
            raise BadInput(
                f"{where}: entity_value {value!r} is not in the utterance",
                fix="write it as it stands there, or give start_offset and end_offset",
            )
        return Marked(kind, start, start + len(value))
    try:
        start, end = (int(float(n)) for n in given)
    except ValueError:
        raise BadInput(
            f"{where}: start_offset and end_offset {given} are no numbers",
            fix="count characters from 0, end excluded",
        ) from None
    if not 0 <= start < end <= len(text):
        raise BadInput(
            f"{where}: start_offset {start} and end_offset {end} are not within {len(text)} characters",
            fix="count characters from 0, end excluded",
        )
    if value and text[start:end].lower() != value.lower():
        raise BadInput(
            f"{where}: {text[start:end]!r} stands at {start}:{end}, and entity_value is {value!r}",
            fix="count characters from 0, end excluded",
        )
    return Marked(kind, start, end)
