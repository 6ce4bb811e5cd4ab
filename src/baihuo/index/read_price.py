"""Reads the price in a query text, by what the products of the kind cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Reading, minor_unit_digits
from baihuo.index.kind_rows import rows_of_kind
from baihuo.index.lattice import Candidate, Text
from baihuo.index.limit_evidence import levels
from baihuo.index.limits.price_words import PriceLimit, cheap_words, price_limits
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import NotRead, Preference
from baihuo.index.shown_variants import shown_prices
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import query_words

_MAX_MINOR = 2**53  # integers that JSON keeps exact
_FIRST = 64  # products that are asked first whether any has a price
_FEWEST_IN_RANGE = 3  # products of a kind whose prices make two bare numbers a price
_MOST_WITH_NUMBER = 0.02  # of a kind: more, and the number may be a model or a capacity


def prices(text: Text) -> Iterator[Candidate]:
    """The price limits of a text, and its words for a low price, whose value is ``cheap`` or ``cheapest``.

    They name no product: they are candidates also where prices are switched off, unless they are a bare range.
    """
    if not _has_prices(text.snapshot):
        return
    is_read = "price" not in text.as_typed
    for limit in price_limits(text.folded):
        found = _candidate(limit, text, is_read=is_read) if is_read or not limit.is_range else None
        if found is not None:
            yield found
    for start, end, name in cheap_words(text.folded):
        doubt = partial(_cheap_as_name, start, end, text)
        yield Candidate("price", start, end, name, doubt=doubt)


def _candidate(limit: PriceLimit, text: Text, *, is_read: bool) -> Candidate | None:
    folded, snapshot = text.folded, text.snapshot
    words = folded[limit.start : limit.end].strip()
    note = ""
    if limit.evidence and not _is_likely(limit, _minor(snapshot), text):
        if not is_read or limit.is_bare:
            return None
        note = f"none_has:{words}"  # surely money, and nothing costs about that
    # "100以内" of exercise books, "max 97" of shoes; a bare range is nothing but numbers.
    is_doubtful = (limit.is_bare or limit.evidence) and limit.evidence != "kind"

    def doubt(beside: str) -> NotRead | None:
        return text.as_name("price", words, [words]) if is_doubtful else None

    return Candidate("price", limit.start, limit.end, limit, note=note, doubt=doubt)


def price_of(taken: Sequence[Candidate], text: Text) -> tuple[Reading | None, str]:
    """The price limits that were taken as one, and ``cheap`` or ``cheapest`` where low prices are asked for."""
    found = [c for c in taken if c.kind == "price" and not c.note]
    if not found or "price" in text.as_typed:
        return None, ""
    low, high, factor = 0, _MAX_MINOR, _minor(text.snapshot)
    limits = [c.value for c in found if isinstance(c.value, PriceLimit)]
    for limit in limits:
        if limit.low is not None:
            low = max(low, math.ceil(limit.low * factor - 1e-6))
        if limit.high is not None:
            high = min(high, math.floor(limit.high * factor + 1e-6))
    cheapness = max((c.value for c in found if isinstance(c.value, str)), default="")
    found.sort(key=lambda c: isinstance(c.value, str))
    reading = Reading(
        kind="price",
        text=" ".join(text.folded[c.start : c.end].strip() for c in found),
        values=(cheapness,) if cheapness else (),
        price_min_minor=low or None,
        price_max_minor=high if high < _MAX_MINOR else None,
    )
    return reading, cheapness


def _minor(snapshot: Snapshot) -> int:
    """Minor units of the currency in a major one."""
    return int(10 ** minor_unit_digits(snapshot.dictionaries.currency))


def _has_prices(snapshot: Snapshot) -> bool:
    return bool(
        (snapshot.price_minor[:_FIRST] >= 0).any()  # mostly one of them has a price
        or (len(snapshot.price_minor) and snapshot.price_minor.max() >= 0)
        or any(len(s) and s.variant_price_minor.max() >= 0 for s in snapshot.segments)
    )


def _cheap_as_name(start: int, end: int, text: Text, beside: str) -> NotRead | None:
    """Why "budget" is a part of a name ("budget planner"), or all that was typed."""
    folded = text.folded
    before, after = folded[:start].split(), folded[end:].split()
    word = folded[start:end]
    if not before and not after:
        return NotRead("price", word, "nothing else was typed")
    if rows_with(text.snapshot, query_words(word), ["brand"]).size:
        return NotRead("price", word, "it is a brand")
    phrases = [f"{word} {after[0]}"] if after and word.isascii() else []
    return text.as_name("price", word, phrases)


def _is_likely(limit: PriceLimit, factor: int, text: Text) -> bool:
    """Whether the catalogue says that a number may be a price."""
    snapshot = text.snapshot
    others = f"{text.folded[: limit.start]},{text.folded[limit.end :]}"
    rows = rows_of_kind(others, text.words.kinds, snapshot)
    if limit.evidence == "kind" and not len(rows):
        return False
    shown = shown_prices(snapshot, Filters())
    asked = shown[rows] if len(rows) else shown[snapshot.is_live]
    low, high = (limit.low or 0) * factor, (limit.high or _MAX_MINOR) * factor
    n_inside = int(np.count_nonzero((asked >= low) & (asked <= high)))
    if n_inside < (_FEWEST_IN_RANGE if limit.is_range else 1):
        return False
    if limit.evidence == "any":
        return True
    numbers = (low, high) if limit.is_range else ((low + high) / 2,)
    return not any(_bear_number(rows, number / factor, snapshot) for number in numbers)


def _bear_number(rows: NDArray[np.int64], number: float, snapshot: Snapshot) -> bool:
    """Whether products have the number in their titles, or as a measure in any unit."""
    titled = rows_with(snapshot, [f"{number:.12g}"], ("title_en", "title_zh", "model"))
    known = {dimension for dimension, _ in snapshot.dictionaries.measures.names}
    has = np.zeros(snapshot.n, np.bool_)
    has[titled] = True
    if known:
        reading = Reading(kind="measure", text="")
        measures = Preference(reading=reading, sizes=tuple((d, number) for d in sorted(known)))
        has |= levels(measures, snapshot) > 0
    return float(np.mean(has[rows])) > _MOST_WITH_NUMBER
