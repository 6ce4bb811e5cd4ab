"""Descriptions with sentences of another listing among their own: two texts that were merged, or a paste too much."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text.boilerplate import SENTENCE, SENTENCE_END

_SENTENCES_OF_OTHERS = sql_file(__file__, "sentences_of_others").bind(
    sentence_pattern=SENTENCE, end_pattern=SENTENCE_END
)
_MIN_CHARS = 30
_MOST_SHARING = 4  # listings: what more of them say describes none
_MIN_WORDS = 2  # one word may be said of another thing, too
_WORD = r"\pL[\pL\pN]{2,}"


def select(rows: str, language: str) -> str:
    """SQL of notes: descriptions of ``language`` ("en") that have sentences about a listing of another brand."""
    return _SENTENCES_OF_OTHERS(
        rows=rows,
        field=f"description_{language}",
        title=f"title_{language}",
        min_chars=_MIN_CHARS,
        most=_MOST_SHARING,
        min_words=_MIN_WORDS,
        word=_WORD,
    )
