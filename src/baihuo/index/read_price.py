"""Reads the price in a query text, by what the products of the kind cost."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Reading, minor_unit_digits
from baihuo.index.kind_rows import rows_of_kind
from baihuo.index.limit_evidence import levels
from baihuo.index.limits.price_words import PriceLimit, cheap_words, price_limits
from baihuo.index.phrases import rows_with
from baihuo.index.query_limits import Preference
from baihuo.index.reader import Reader
from baihuo.index.shown_variants import shown_prices
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import query_words

_MAX_MINOR = 2**53  # integers that JSON keeps exact
_FIRST = 64  # products that are asked first whether any has a price
_FEWEST_IN_RANGE = 3  # products of a kind whose prices make two bare numbers a price
_MOST_WITH_NUMBER = 0.02  # of a kind: more, and the number may be a model or a capacity


def read_price(reader: Reader) -> tuple[Reading | None, str]:
    """The price limits of a text as one, and ``cheap`` or ``cheapest`` where low prices are asked for.

    Their words name no product: they are cut also where prices are switched off, unless they are a bare range.
    """
    is_read = "price" not in reader.as_typed
    if not _has_prices(reader.snapshot):
        return None, ""
    low, high, texts = _limits(reader, is_read=is_read)
    cheapness = ""
    for start, end, name in cheap_words(reader.folded):
        if reader.is_free(start, end) and not _is_a_name(start, end, reader):
            reader.cut(start, end)
            texts.append(reader.folded[start:end])
            cheapness = max(cheapness, name)  # "cheapest" is the stronger one
    if not texts or not is_read:
        return None, ""
    reading = Reading(
        kind="price",
        text=" ".join(texts),
        values=(cheapness,) if cheapness else (),
        price_min_minor=low or None,
        price_max_minor=high if high < _MAX_MINOR else None,
    )
    return reading, cheapness


def _limits(reader: Reader, *, is_read: bool) -> tuple[int, int, list[str]]:
    """The lowest and the highest price in minor units, and the words that say so."""
    folded, snapshot = reader.folded, reader.snapshot
    factor = 10 ** minor_unit_digits(snapshot.dictionaries.currency)
    low, high, texts = 0, _MAX_MINOR, list[str]()
    for limit in price_limits(folded):
        if not reader.is_free(limit.start, limit.end):
            continue
        text = folded[limit.start : limit.end].strip()
        # "100以内" of exercise books, "max 97" of shoes; a bare range is nothing but numbers.
        is_doubtful = limit.is_bare or limit.evidence
        if is_doubtful and limit.evidence != "kind" and reader.is_name("price", text, [text]):
            continue
        if not is_read and limit.is_range:
            continue
        if limit.evidence and not _is_likely(limit, factor, reader):
            if is_read and not limit.is_bare:  # surely money, and nothing costs about that
                reader.cut(limit.start, limit.end)
                reader.notes.append(f"none_has:{text}")
            continue
        reader.cut(limit.start, limit.end)
        texts.append(text)
        if limit.low is not None:
            low = max(low, math.ceil(limit.low * factor - 1e-6))
        if limit.high is not None:
            high = min(high, math.floor(limit.high * factor + 1e-6))
    return low, high, texts


def _has_prices(snapshot: Snapshot) -> bool:
    return bool(
        (snapshot.price_minor[:_FIRST] >= 0).any()  # mostly one of them has a price
        or (len(snapshot.price_minor) and snapshot.price_minor.max() >= 0)
        or any(len(s) and s.variant_price_minor.max() >= 0 for s in snapshot.segments)
    )


def _is_a_name(start: int, end: int, reader: Reader) -> bool:
    """Whether "budget" is a part of a name ("budget planner"), or all that was typed."""
    folded = reader.folded
    before, after = folded[:start].split(), folded[end:].split()
    if not before and not after:
        return True
    word = folded[start:end]
    if rows_with(reader.snapshot, query_words(word), ["brand"]).size:
        return True
    beside = [f"{word} {after[0]}"] if after and word.isascii() else []
    return reader.is_name("price", word, beside)


def _is_likely(limit: PriceLimit, factor: int, reader: Reader) -> bool:
    """Whether the catalogue says that a number may be a price."""
    snapshot = reader.snapshot
    others = f"{reader.folded[: limit.start]},{reader.folded[limit.end :]}"
    rows = rows_of_kind(others, reader.words.kinds, snapshot)
    if limit.evidence == "kind" and not len(rows):
        return False
    prices = shown_prices(snapshot, Filters())
    asked = prices[rows] if len(rows) else prices[snapshot.is_live]
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
