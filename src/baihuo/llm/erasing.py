"""Searches of visitors taken out of what a generative model was asked, and of what was made of its answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from baihuo.core import open_sqlite
from baihuo.engine import written_whole

_OF_SEARCHES = ("rewrites", "grades")  # tasks whose prompts hold what visitors typed


def forget_searches(
    folder: Path,
    holds_their_text: Callable[[str], bool],
    note: Callable[[str, int], None],
    *,
    others: Collection[str] = (),
) -> None:
    """Take searches that only erased visitors typed out of the files of ``4-train/llm``.

    Answers are kept by a hash of what was asked, so which of them rest on such a search is not known: all answers about
    searches go, and are asked again when somebody wants them.

    Args:
        note: called before lines or answers go: the file's name, and how many.
        others: names of files that somebody else takes care of.
    """
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        if file.suffix in (".jsonl", ".txt") and file.name not in others:
            lines = file.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not holds_their_text(line)]
            if len(kept) < len(lines):
                note(file.name, len(lines) - len(kept))
                with written_whole(file) as part:
                    part.write_text("".join(kept), "utf-8")
    answers = folder / "answers.sqlite"
    if answers.exists():
        _forget_answers(answers, note)


def _forget_answers(file: Path, note: Callable[[str, int], None]) -> None:
    connection = open_sqlite(file, "", version=1, durability="NORMAL")
    try:
        connection.execute("PRAGMA secure_delete = ON")
        is_of_searches = " OR ".join("task GLOB ? || '/*'" for _ in _OF_SEARCHES)
        (n,) = connection.execute(
            f"SELECT count(*) FROM answers WHERE {is_of_searches}", _OF_SEARCHES
        ).fetchone()
        if n:
            note(file.name, n)
            connection.execute(f"DELETE FROM answers WHERE {is_of_searches}", _OF_SEARCHES)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
