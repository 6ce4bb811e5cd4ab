"""Past conversations from files: a CSV of messages, or two files of questions and answers in the form of JDDC."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from baihuo.assist.knowledge.authors import AuthorModel
from baihuo.assist.knowledge.entries import RowProblem, shown
from baihuo.assist.knowledge.pair_terms import bare_text, references
from baihuo.assist.knowledge.past_pairs import (
    PastPair,
    joined_conversations,
    with_authors,
)
from baihuo.core import BadInput

_FIELDS = ("conversation_id", "at", "author", "text")
_SHOPPER = frozenset("shopper customer user visitor buyer client guest 顾客 客户 买家 用户".split())
_SHOP = frozenset("desk agent shop seller staff operator support 客服 商家 卖家".split())
_MACHINE = frozenset("machine bot robot system 机器人 系统".split())
_RARE_LINE = 10  # characters of a line that, if few pairs have it, only one conversation has


@dataclass(frozen=True, slots=True)
class PastFile:
    """Pairs of a file, when each was answered, and the rows that could not be read."""

    pairs: tuple[PastPair, ...]
    at_us: tuple[int, ...]
    problems: tuple[RowProblem, ...] = ()
    n_rows: int = 0  # messages, or lines of the two files
    unanswered: tuple[str, ...] = ()  # what shoppers asked last, and nobody answered


def read_conversations(text: str, *, source: str) -> PastFile:
    """Pairs of a CSV with the columns conversation_id, at, author and text; rows may come in any order.

    An answer is all that a person of the shop wrote until the shopper wrote again. What a machine said is context only.

    Raises:
        BadInput: a column is missing.
    """
    rows = csv.reader(io.StringIO(text))
    header = [name.strip().lstrip("\ufeff").lower() for name in next(rows, [])]
    if missing := [name for name in _FIELDS if name not in header]:
        raise BadInput(
            f"{source} has no column {missing[0]!r}: its header is {shown(', '.join(header))!r}",
            fix=f"name its columns {', '.join(_FIELDS)}",
        )
    at = [header.index(name) for name in _FIELDS]
    messages: dict[str, list[tuple[int, int, str, str]]] = {}
    problems: list[RowProblem] = []
    n_rows = 0
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        n_rows += 1
        cells = [row[i].strip() if i < len(row) else "" for i in at]
        problem, moment = _problem(rows.line_num, cells)
        if problem is None:
            author = _author(cells[2]) or ""
            messages.setdefault(cells[0], []).append((moment, rows.line_num, author, cells[3]))
        else:
            problems.append(problem)
    pairs: list[PastPair] = []
    moments: list[int] = []
    unanswered: list[str] = []
    for conversation, lines in messages.items():
        found, left = _pairs_of(conversation, sorted(lines))
        unanswered += left
        for pair, moment in found:
            pairs.append(pair)
            moments.append(moment)
    return PastFile(tuple(pairs), tuple(moments), tuple(problems), n_rows, tuple(unanswered))


def read_line_files(
    questions: str,
    answers: str,
    *,
    source: str,
    as_of_us: int,
    authors: AuthorModel | None = None,
) -> PastFile:
    """Pairs of two files, line by line: what was said, lines joined by commas, and what was answered.

    The files do not say who wrote which line: the last of a question is the shopper's, those of an answer the shop's, and the
    others are told apart by what was learned of these. Pairs that share an order or a rare line are of one conversation.
    ``authors``: learned of other files (see :func:`authors_of`); None: of these.

    Raises:
        BadInput: they have different numbers of lines.
    """
    asked, said = _lines(questions), _lines(answers)
    _without_blank_end(asked, len(said))
    _without_blank_end(said, len(asked))
    if len(asked) != len(said):
        raise BadInput(
            f"{source}: {len(asked)} lines of questions, {len(said)} of answers",
            fix="give the two files of the same pairs, one a line",
        )
    lines, parts = _split(asked), _split(said)
    authors = authors or _learned(lines, parts)
    pairs, problems, keys = [], [], []
    known = with_authors(lines, authors)
    for at, (utterances, answer) in enumerate(zip(known, parts, strict=True)):
        if not utterances or not answer:
            name = "answer" if utterances else "question"
            problems.append(RowProblem(at + 1, name, "", "give both, or take the line out"))
            continue
        pairs.append(PastPair(utterances=utterances, answer="\n".join(answer), conversation=""))
        rare = [line for line, _ in utterances if len(bare_text(line)) >= _RARE_LINE]
        keys.append([*rare, *references(asked[at] + said[at])])
    joined = joined_conversations(pairs, keys)
    return PastFile(tuple(joined), (as_of_us,) * len(joined), tuple(problems), len(asked))


def authors_of(questions: str, answers: str) -> AuthorModel:
    """How the shop and shoppers write, from two files line by line."""
    return _learned(_split(_lines(questions)), _split(_lines(answers)))


def _learned(lines: list[list[str]], parts: list[list[str]]) -> AuthorModel:
    return AuthorModel.fit(
        (part for line in parts for part in line), (line[-1] for line in lines if line)
    )


def _lines(text: str) -> list[str]:
    """Lines as files have them: other signs that end a line stand inside messages."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _without_blank_end(lines: list[str], least: int) -> None:
    """An editor may end one of two files with blank lines that the other lacks."""
    while len(lines) > least and not lines[-1].strip():
        lines.pop()


def _split(lines: list[str]) -> list[list[str]]:
    return [[part for part in line.split(",") if part.strip()] for line in lines]


def _pairs_of(
    conversation: str, lines: list[tuple[int, int, str, str]]
) -> tuple[list[tuple[PastPair, int]], list[str]]:
    found: list[tuple[PastPair, int]] = []
    before: list[tuple[str, bool]] = []
    answer: list[str] = []
    waiting: list[str] = []
    moment = 0

    def close() -> None:
        if answer:
            pair = PastPair(
                utterances=tuple(before), answer="\n".join(answer), conversation=conversation
            )
            found.append((pair, moment))
            before.extend((text, True) for text in answer)
            answer.clear()

    for at, _, author, text in lines:
        if author == "shopper":
            close()
            before.append((text, False))
            waiting.append(text)
        elif author == "desk" and (waiting or answer):
            answer.append(text)
            moment = at
            waiting.clear()
        else:  # a machine, or the shop speaks first
            close()
            before.append((text, True))
    close()
    is_open = bool(waiting) and lines[-1][2] == "shopper"
    return found, [" ".join(waiting)] if is_open else []


def _problem(row: int, cells: list[str]) -> tuple[RowProblem | None, int]:
    for name, value in zip(_FIELDS, cells, strict=True):
        if not value:
            return RowProblem(row, name, value, "give one, or take the row out"), 0
    moment = _time(cells[1])
    if moment is None:
        fix = "write a time as 2026-11-27T09:30:00Z"
        return RowProblem(row, "at", cells[1], fix), 0
    if _author(cells[2]) is None:
        return RowProblem(row, "author", cells[2], "write shopper, desk or machine"), 0
    return None, moment


def _author(text: str) -> str | None:
    word = text.strip().lower()
    for name, words in (("shopper", _SHOPPER), ("desk", _SHOP), ("machine", _MACHINE)):
        if word in words:
            return name
    return None


def _time(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.replace("/", "-").replace("Z", "+00:00"))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def held_pairs(file: PastFile) -> Iterator[tuple[PastPair, int]]:
    """Each pair with its time."""
    return zip(file.pairs, file.at_us, strict=True)
