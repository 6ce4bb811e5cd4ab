"""What both MinHash tools read: the words of a title, Chinese by pairs of characters."""

import re

WORDS_SHARED = 0.8
_WORD = re.compile(r"[a-z0-9.]+|[\u4e00-\u9fff]+")


def words_of(rows) -> list[set[str]]:
    """One set of words a listing."""
    return [
        _words(f"{row.title_en or ''} {row.title_zh or ''}".lower()) for row in rows.itertuples()
    ]


def _words(text: str) -> set[str]:
    words = set()
    for word in _WORD.findall(text):
        is_chinese = word[0] >= "\u4e00"
        words |= {word[i : i + 2] for i in range(max(len(word) - 1, 1))} if is_chinese else {word}
    return words


def is_alike(one: set[str], other: set[str]) -> bool:
    """Whether two sets share enough: MinHash only guesses."""
    return bool(one) and len(one & other) >= WORDS_SHARED * len(one | other)
