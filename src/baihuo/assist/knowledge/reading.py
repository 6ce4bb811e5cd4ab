"""Reads a file of any kind that knowledge comes in."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from baihuo.assist.knowledge.cleaning import clean_pairs
from baihuo.assist.knowledge.entries import Reading
from baihuo.assist.knowledge.faq_pages import read_html, read_markdown
from baihuo.assist.knowledge.faq_tables import read_csv, read_json
from baihuo.assist.knowledge.past_files import PastFile, read_conversations, read_line_files
from baihuo.core import BadInput, BrokenFile, NotFound

_MOST_BYTES = 256 * 1024 * 1024
_READERS = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".json": read_json,
    ".csv": read_csv,
}
KINDS = "Markdown, HTML, JSON, CSV, or two text files of questions and answers"


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """What a file holds: entries, and past pairs where it has conversations."""

    source: str
    reading: Reading
    past: PastFile | None = None


def read_knowledge_file(
    path: Path, *, as_of_us: int, source: str | None = None, answers: Path | None = None
) -> KnowledgeFile:
    """Read a file by the ending of its name; a CSV with conversation_id and author has conversations.

    Args:
        path: the file.
        as_of_us: the date of entries that name none, UTC.
        source: its name in the knowledge; None: the name of the file.
        answers: a second file, line by line the answers to the questions in ``path``.

    Raises:
        NotFound: there is no such file.
        BrokenFile: it is no UTF-8, or too large.
        BadInput: its format is not known, a column is missing, the two files have different numbers of lines.
    """
    text = _text(path)
    source = source or path.name
    if answers is not None:
        past = read_line_files(text, _text(answers), source=source, as_of_us=as_of_us)
        return KnowledgeFile(source, clean_pairs(past, source=source), past)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        fix = f"give {KINDS}"
        if path.suffix.lower() == ".txt":
            fix = "give the file of their answers, too: --answers FILE"
        raise BadInput(f"{path} has no format that is known: {path.suffix or 'no ending'}", fix=fix)
    if reader is read_csv and _has_conversations(text):
        past = read_conversations(text, source=source)
        return KnowledgeFile(source, clean_pairs(past, source=source), past)
    return KnowledgeFile(source, reader(text, source=source, as_of_us=as_of_us))


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFound(f"no file {path}", fix="give the path of a file that is there")
    if path.stat().st_size > _MOST_BYTES:
        raise BrokenFile(
            f"{path} has more than {_MOST_BYTES >> 20} MiB", fix="split it into smaller files"
        )
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise BrokenFile(
            f"{path} is no UTF-8 at byte {error.start}", fix="save it as UTF-8"
        ) from error


def _has_conversations(text: str) -> bool:
    header = next(csv.reader([text.partition("\n")[0]]), [])
    return {"conversation_id", "author"} <= {name.strip().lower() for name in header}
