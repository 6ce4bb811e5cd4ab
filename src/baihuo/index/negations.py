"""Words that a search does not want: "keyboard not wireless", 不防水的音箱."""

from __future__ import annotations

import re
from itertools import pairwise

from baihuo.core import has_han
from baihuo.index.phrases import rows_with, titles_with
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import bigrams, han_words, query_words

_LATIN = re.compile(r"(?<![a-z0-9-])(?:not|non|without)[ -](?:an? )?([a-z][a-z0-9]+)(?![a-z0-9])")
_HAN = frozenset(("不", "非", "不要", "不带", "没有"))
_BEFORE = re.compile(r"(?<![a-z0-9-])(?:not|non|without)[ -](?:an? )?$|(?:不|非|不要|不带|没有)$")
_TITLES = ("title_en", "title_zh")


def unwanted_in(folded: str, snapshot: Snapshot) -> tuple[str, tuple[str, ...]]:
    """A folded text without the words that are not wanted, and their terms.

    Where titles have the words as they stand (*non-stick*, 不粘), they are wanted. A word that no title has needs
    no exclusion, and a text of nothing else stays as it is.
    """
    found = [
        (m.start(), m.end(), m[1])
        for m in _LATIN.finditer(folded)
        if not any(len(titles_with(snapshot, re.sub("[ -]", c, m.group()))) for c in " -")
    ]
    words = list(han_words(folded)) if has_han(folded) else []
    for (start, no), (at, word) in pairwise(words):
        joint = bigrams(no[-1] + word[0])
        if no in _HAN and at == start + len(no) and not len(rows_with(snapshot, joint, _TITLES)):
            found.append((start, at + len(word), word))
    rest, terms = folded, list[str]()
    for start, end, word in sorted(found, reverse=True):
        if len(rows_with(snapshot, wanted := query_words(word), _TITLES)):
            rest = f"{rest[:start]} {rest[end:].removeprefix('的')}"
            terms += wanted
    rest = " ".join(rest.split())
    return (rest, tuple(terms)) if rest else (folded, ())  # something must be asked for


def is_unwanted(folded: str, start: int) -> bool:
    """Whether what stands at ``start`` is not wanted: red, in "not red"."""
    return _BEFORE.search(folded[:start]) is not None
