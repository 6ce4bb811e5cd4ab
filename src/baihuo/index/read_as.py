"""Words that no product has, read as those that mean the same and that products have: *cordless mouse* as *wireless mouse*.

What means the same is known from a general list, from visits in which shoppers put it otherwise, and from vectors
(:mod:`baihuo.index.mined_synonyms`). A name of a kind of goods is left to the reading of kinds.
"""

from __future__ import annotations

from collections.abc import Collection

from baihuo.core import has_han
from baihuo.index.known_phrases import find_phrases
from baihuo.index.known_terms import is_unknown
from baihuo.index.mined_synonyms import ReadAs
from baihuo.index.other_words import is_listed
from baihuo.index.snapshot import Snapshot

NOTE = "read_as"
"""Starts the note of a page on a word that was read as another one."""


def words_read_as(
    text: str, snapshot: Snapshot, read_as: ReadAs, names: Collection[str]
) -> tuple[str, list[str]]:
    """A folded text with each word that no product has as the one that means the same, and a note for each.

    Args:
        text: folded.
        snapshot: the index now: a product with the word ends its being read as another.
        read_as: by phrase key.
        names: phrase keys of kinds of goods; words inside of one stay (*cordless phone*).
    """
    found = find_phrases(text, read_as) if read_as else []
    if not found:
        return text, []
    kinds = [(f.start, f.end) for f in find_phrases(text, names)]
    notes = []
    for one in reversed(found):
        typed, pair = text[one.start : one.end], read_as[one.key]
        size = one.end - one.start
        is_name = any(a <= one.start and one.end <= b and b - a > size for a, b in kinds)
        if is_name or not is_unknown(one.key, snapshot):
            continue
        if pair.source == "list" and not is_listed(typed):
            continue  # "cord" has the stem of "corded"
        used = pair.also
        before, after = text[: one.start], text[one.end :]
        if not has_han(used):
            before, after = f"{before.rstrip()} ".lstrip(), f" {after.lstrip()}".rstrip()
        text = before + used + after
        notes.append(f"{NOTE}:{typed}:{used}")
    return text, notes[::-1]
