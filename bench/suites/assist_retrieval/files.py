"""Training pairs and judged ones, from files line by line."""

from __future__ import annotations

import sys
from pathlib import Path

from baihuo.assist.knowledge.authors import AuthorModel
from baihuo.assist.knowledge.past_files import authors_of, read_line_files
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.core import BadInput
from suites.assist_retrieval.lists import split

Files = tuple[Path, Path]
"""What was said before, and what was answered."""


def read_sides(
    known: Files, dev: tuple[Path | None, Path | None], *, share: float, seed: int
) -> tuple[list[PastPair], list[PastPair]]:
    """Training and judged pairs: those of the dev files, or without them a ``share`` of the conversations.

    Who wrote which line is learned of the training files alone: judged answers teach nothing, not even how the shop speaks.

    Raises:
        BadInput: a file is missing or no UTF-8, two files have different numbers of lines, or only one dev file is given.
    """
    dev_questions, dev_answers = dev
    if (dev_questions is None) != (dev_answers is None):
        missing = "--dev-questions" if dev_questions is None else "--dev-answers"
        raise BadInput(f"{missing} is not given", fix="give both dev files, or neither")
    authors = authors_of(*map(_text, known))
    pairs = _pairs(known, authors)
    if dev_questions is not None and dev_answers is not None:
        return pairs, _pairs((dev_questions, dev_answers), authors)
    if not 0 < share < 1:
        raise BadInput(f"--share {share} is not between 0 and 1", fix="give a share such as 0.17")
    kept, held = split(pairs, share=share, seed=seed)
    return [pairs[at] for at in kept], [pairs[at] for at in held]


def _pairs(files: Files, authors: AuthorModel) -> list[PastPair]:
    source = f"{files[0]} and {files[1]}"
    found = read_line_files(*map(_text, files), source=source, as_of_us=0, authors=authors)
    if found.problems:
        rows = ", ".join(str(problem.row) for problem in found.problems[:5])
        print(
            f"{source}: {len(found.problems)} lines without a question or an answer left out, such as {rows}",
            file=sys.stderr,
        )
    if not found.pairs:
        raise BadInput(
            f"{source} hold no pair", fix="give files with a question and an answer a line"
        )
    return list(found.pairs)


def _text(path: Path) -> str:
    """As the import of knowledge reads it: a sign that ends a line elsewhere may stand inside a message."""
    if not path.is_file():
        raise BadInput(f"no file {path}", fix="give the path of a file that is there")
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path} is no UTF-8 at byte {error.start}", fix="save it as UTF-8"
        ) from None
