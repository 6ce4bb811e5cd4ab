"""Makes what searches read of a snapshot before the first of them asks for it."""

from __future__ import annotations

from baihuo.index.attribute_groups import alphabetical, by_attribute
from baihuo.index.catalogue_words import catalogue_words
from baihuo.index.snapshot import Snapshot


def prepare(snapshot: Snapshot) -> None:
    """Tables that are kept with the dictionaries and the segments; those that are there already cost nothing."""
    by_attribute(snapshot.dictionaries.pairs)
    alphabetical(snapshot.dictionaries.brands)
    catalogue_words(snapshot)
    for segment in snapshot.segments:
        _ = segment.rows_of_pairs, segment.rows_of_measures, segment.term_rows
        for name in ("title_en", "title_zh"):
            segment.has_words_in(name)
