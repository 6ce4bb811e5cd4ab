"""FAQ from CSV and JSON: rows with a question and an answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from baihuo.assist.knowledge.entries import (
    KnowledgeEntry,
    Reading,
    RowProblem,
    entry_key,
    language_of,
    shown,
)
from baihuo.assist.turns import Author, PassageKind
from baihuo.core import BadInput

_NAMES = {
    "question": ("question", "q", "title", "instruction", "问题", "问", "标题"),
    "answer": ("answer", "a", "response", "reply", "text", "答案", "答", "回答", "回复"),
    "category": ("category", "topic", "group", "分类", "类别"),
    "product_id": ("product_id", "product", "sku", "商品", "商品编号"),
    "as_of": ("as_of", "updated_at", "updated", "date", "更新时间", "日期"),
}
MOST_CHARACTERS = 8_000
"""Of an answer. A longer one is a page of its own: split it by headings."""


def read_csv(text: str, *, source: str, as_of_us: int) -> Reading:
    """FAQ of a CSV file with a header.

    Raises:
        BadInput: there is no column for the question or for the answer.
    """
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    column_of = _columns(header, source)

    def records() -> Iterator[tuple[int, Mapping[str, Any]]]:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield (
                    rows.line_num,
                    {n: row[at] if at < len(row) else "" for n, at in column_of.items()},
                )

    return _reading(records(), source, as_of_us)


def read_json(text: str, *, source: str, as_of_us: int) -> Reading:
    """FAQ of a JSON file: a list of objects, or an object with one list of them (``{"questions": [...]}``).

    Raises:
        BadInput: it is no JSON, or has no list of objects.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{source} is no JSON: {error}", fix="export it again") from error
    if isinstance(data, dict):
        lists = [v for v in data.values() if isinstance(v, list)]
        data = lists[0] if len(lists) == 1 else None
    if not isinstance(data, list):
        raise BadInput(
            f"{source} has no list of questions",
            fix='give [{"question": …, "answer": …}, …], or that list under one name',
        )

    def records() -> Iterator[tuple[int, Mapping[str, Any]]]:
        for number, record in enumerate(data, 1):
            if not isinstance(record, dict):
                yield number, {"question": record, "answer": None}
                continue
            names = {str(name).strip().lower(): value for name, value in record.items()}
            yield (
                number,
                {
                    f: next((names[a] for a in aliases if a in names), "")
                    for f, aliases in _NAMES.items()
                },
            )

    return _reading(records(), source, as_of_us)


def _columns(header: list[str], source: str) -> dict[str, int]:
    names = [name.strip().lstrip("\ufeff").lower() for name in header]
    found = {
        f: next(names.index(a) for a in aliases if a in names)
        for f, aliases in _NAMES.items()
        if any(a in names for a in aliases)
    }
    for needed in ("question", "answer"):
        if needed not in found:
            raise BadInput(
                f"{source} has no column {needed!r}: its header is {shown(', '.join(header))!r}",
                fix=f"name one of its columns {' or '.join(_NAMES[needed][:3])}",
            )
    return found


def _reading(
    records: Iterator[tuple[int, Mapping[str, Any]]], source: str, as_of_us: int
) -> Reading:
    entries: list[KnowledgeEntry] = []
    problems: list[RowProblem] = []
    n_rows = 0
    for row, record in records:
        n_rows += 1
        found = _problem(row, record)
        if found is None:
            entries.append(faq_entry(record, source=source, as_of_us=as_of_us))
        else:
            problems.append(found)
    return Reading(tuple(entries), n_rows, tuple(problems))


def faq_entry(record: Mapping[str, Any], *, source: str, as_of_us: int) -> KnowledgeEntry:
    """The entry of a sound record."""
    question = " ".join(record["question"].split())
    at = _time(record.get("as_of") or "")
    return KnowledgeEntry(
        source_id=f"faq:{source}/{entry_key(question)}",
        kind=PassageKind.FAQ,
        language=language_of(question + record["answer"]),
        question=question,
        answer=record["answer"].strip(),
        said_by=Author.DESK,
        as_of_us=as_of_us if at is None else at,
        product_id=str(record.get("product_id") or "").strip() or None,
        category=str(record.get("category") or "").strip() or None,
    )


def _problem(row: int, record: Mapping[str, Any]) -> RowProblem | None:
    for name in ("question", "answer"):
        value = record[name]
        if not isinstance(value, str):
            return RowProblem(row, name, repr(value), "write it as a text")
        if not any(c.isalnum() for c in value):
            return RowProblem(row, name, value, "write one, or take the row out")
    if len(record["answer"]) > MOST_CHARACTERS:
        return RowProblem(
            row, "answer", record["answer"], f"split it: at most {MOST_CHARACTERS} characters"
        )
    if (when := record.get("as_of")) and _time(when) is None:
        return RowProblem(row, "as_of", str(when), "write a date as 2026-11-27")
    return None


def _time(text: object) -> int | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)
