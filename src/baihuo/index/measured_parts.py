"""Reads measures, each with the words that say what it is of: "16gb ram" and "5000mah battery" beside a thing that is sold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from baihuo.core import Reading, has_han
from baihuo.index.catalogue_words import KindNames
from baihuo.index.kind_rows import names_sold
from baihuo.index.known_phrases import find_phrases
from baihuo.index.lattice import Candidate, Text
from baihuo.index.limits.measures import (
    Measured,
    kit_of,
    measures_in,
    rounded_lengths,
    spoken_measures,
)
from baihuo.index.limits.words import limit_words
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import NotRead, Preference

_MOST_MEASURES = 8  # of a text
_GOES_ON = re.compile(r"\s*(?:$|[,，、;+&的\d]|(?:and|with|or)(?![a-z]))")


@cache
def _parts(dimension: str) -> re.Pattern[str]:
    words = sorted(limit_words().measured_parts.get(dimension, ()), key=len, reverse=True)
    latin = "|".join(w for w in words if not has_han(w))
    han = "|".join(w for w in words if has_han(w))
    return re.compile(rf"\s?(?:of )?(?:(?:{latin or '(?!)'})(?![a-z0-9])|{han or '(?!)'})")


def measures(text: Text) -> Iterator[Candidate]:
    """The measures of a text, each with the words that say what it is of: "16gb ram" beside a laptop."""
    if "measure" in text.as_typed:
        return
    written = list(measures_in(text.folded))
    dimensions = {dimension for m in written for dimension, _ in m.sizes}
    # 半斤 beside 2.5千克 is a word: a product has one weight, and digits are surer.
    spoken = [
        m
        for m in spoken_measures(text.folded)
        if not (m.is_in_words and m.sizes[0][0] in dimensions)
    ]
    found = sorted((*written, *spoken), key=lambda m: m.start)
    yield from (_candidate(measured, text) for measured in islice(found, _MOST_MEASURES))


def _candidate(measured: Measured, text: Text) -> Candidate:
    folded = text.folded
    words = folded[measured.start : measured.end]
    said = measured.label if words.removeprefix("+").isdigit() else words  # 8+256
    reading = Reading(kind="measure", text=said, values=(measured.label,))
    preference = Preference(
        reading=reading, sizes=measured.sizes, rounded=rounded_lengths(measured)
    )

    def doubt(beside: str) -> NotRead | None:
        if rows_with(text.snapshot, [words], ["brand"]).size:
            return NotRead("measure", words, "it is a brand")  # 3M
        if measured.is_in_words:  # 三寸金莲
            return text.as_name("measure", words, [words], preference)
        return None

    end = measured_part_end(measured, folded, text.words.kinds)
    if (kit := kit_of(folded, measured)) is None:
        return Candidate("measure", measured.start, end, preferences=(preference,), doubt=doubt)
    whole = Preference(
        reading=Reading(kind="measure", text=kit.label, values=(kit.label,)), sizes=kit.sizes
    )
    return Candidate("measure", kit.start, end, preferences=(preference, whole), doubt=doubt)


def measured_part_end(measured: Measured, folded: str, kinds: KindNames) -> int:
    """Where the measure ends with the word for the part that has it; the end of the measure where the part may be what
    is asked for: "16gb ram", "5000mah battery for phone", "6 inch screen protector".
    """
    for dimension in dict.fromkeys(d for d, _ in measured.sizes):
        match = _parts(dimension).match(folded, measured.end)
        if match is None:
            continue
        before, after = folded[: measured.start], folded[match.end() :]
        if _GOES_ON.match(after) and (names_sold(before, kinds) or names_sold(after, kinds)):
            return match.end()
        if names_sold(before, kinds) and not _names_more(folded, match, kinds):
            return match.end()
        if not after.lstrip().startswith("for ") and _starts_with_name(after, kinds):
            return match.end()
    return measured.end


def _names_more(folded: str, part: re.Match[str], kinds: KindNames) -> bool:
    """Whether the part is of something else than what stands before: "phone 6 inch *screen protector*", "16gb ram *for pc*"."""
    if folded[part.end() :].lstrip().startswith("for "):
        return True
    return any(
        part.start() + f.end > part.end() for f in find_phrases(folded[part.start() :], kinds.known)
    )


def _starts_with_name(after: str, kinds: KindNames) -> bool:
    """Whether the name of a kind directly follows: "5000mah battery *phone*"."""
    words = re.findall(r"[a-z0-9]+|[\u3400-\u9fff]+", after)
    return bool(words) and (names_sold(words[0], kinds) or names_sold(" ".join(words[:2]), kinds))
