"""Which synonyms a search used, with how each is known."""

from __future__ import annotations

from baihuo.index.known_phrases import phrase_key
from baihuo.index.match import Match
from baihuo.index.mined_synonyms import Mined, MinedSynonym, ReadAs
from baihuo.index.read_as import NOTE


def synonyms_used(match: Match, mined: Mined, read_as: ReadAs) -> tuple[MinedSynonym, ...]:
    """The synonyms with which the words of a search are also looked for, or in whose place they are read."""
    notes = (note.split(":") for note in match.notes if note.startswith(f"{NOTE}:"))
    read = (read_as.get(phrase_key(typed)) for _, typed, _ in notes)
    terms = {group.word: {term for term, _ in group.terms} for group in match.groups}
    beside = (pair for word, of in terms.items() for pair in mined.get(word, ()) if pair.term in of)
    return tuple(dict.fromkeys((*(pair for pair in read if pair is not None), *beside)))
