"""Reads limits and preferences in the words of a search: prices, sizes, measures, colours, genders, ids."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from baihuo.core import Reading, fold, minor_unit_digits
from baihuo.index.attribute_readers import (
    Word,
    colours_in,
    genders_in,
    size_in,
    title_terms,
)
from baihuo.index.catalogue_words import NO_KINDS, Codes, KindNames, Named, catalogue_words
from baihuo.index.goods import general_goods
from baihuo.index.known_phrases import MARK, find_phrases
from baihuo.index.limits.measures import apart, measures_in
from baihuo.index.limits.price_words import PriceLimit, price_limits
from baihuo.index.limits.words import limit_words
from baihuo.index.negations import is_unwanted
from baihuo.index.phrases import rows_of_heads, rows_with, titles_of, titles_with
from baihuo.index.query_limits import Preference, QueryLimits
from baihuo.index.segment import Pair
from baihuo.index.snapshot import Snapshot
from baihuo.index.traditional import to_simplified

Cut = tuple[int, int, str]
"""A part of the text that was read, and what the rest keeps of it."""

_MAX_CHARACTERS = 200  # of a text; nothing is read in longer ones
_MOST_MEASURES = 8  # of a text
_FEWEST_IN_RANGE = 3  # products of a kind whose prices make two bare numbers a price
_MAX_MINOR = 2**53  # integers that JSON keeps exact
_LINKING_BEFORE = re.compile(
    r"(?:(?<![a-z0-9])(?:for|in|with|of|and|or|size|colou?r|a)\s+|[，,、;&和或]\s*)+$"
)
_LINKING_AFTER = re.compile(r"^(?:的|款|\s*colou?r(?:ed)?(?![a-z])|[装长宽高](?=\s|$))")


def read_limits(
    text: str,
    snapshot: Snapshot,
    as_typed: Sequence[str] = (),
    kinds: KindNames = NO_KINDS,
) -> QueryLimits:
    """The limits in a query text. The text is unchanged if nothing is read in it.

    Args:
        text: as typed.
        snapshot: its catalogue says which sizes, colours and genders there are.
        kinds: the names of kinds that the catalogue has.
        as_typed: kinds of readings that are words like others, see :data:`baihuo.core.READING_KINDS`. Words
            of a price limit ("under 300") name no product: they are left out either way.
    """
    if not text or len(text) > _MAX_CHARACTERS:
        return QueryLimits(rest=text)
    if "code" not in as_typed and (product := _product_of(text, snapshot)):
        reading = Reading(kind="code", text=fold(text), values=(product,))
        return QueryLimits(rest=text, readings=(reading,), product=product)
    folded = apart(to_simplified(fold(text)))
    words = replace(catalogue_words(snapshot), kinds=kinds)
    cuts: list[Cut] = []
    price = _price(folded, snapshot, kinds, cuts, is_read="price" not in as_typed)
    measures = [] if "measure" in as_typed else _measures(folded, snapshot, cuts)
    size, pairs = None, tuple[Pair, ...]()
    typed = None if "size" in as_typed else size_in(_unread(folded, cuts), words, snapshot)
    if typed is not None and _is_free(cuts, typed.start, typed.end):
        cuts.append((typed.start, typed.end, ""))
        pairs = words.sizes[typed.key]
        values = tuple(dict.fromkeys(stored for _, stored in pairs))
        size = Reading(kind="size", text=folded[typed.start : typed.end].strip(), values=values)
    colours, genders = list[Preference](), list[Preference]()
    unread = _unread(folded, cuts)
    if "colour" not in as_typed:
        colours = _preferences(
            "colour", _wanted(unread, colours_in(unread, words, snapshot)), words.colours, cuts
        )
    if "gender" not in as_typed:
        typed_genders = [
            word
            for word in _wanted(unread, genders_in(unread, words, snapshot))
            if not any(folded.startswith(name, word.start) for name in kinds.gendered)
        ]
        genders = _preferences("gender", typed_genders, words.genders, cuts)
    preferences = (*measures, *colours, *genders)
    read = [r for r in (price, size, *(p.reading for p in preferences)) if r is not None]
    if not cuts:
        return QueryLimits(rest=text)
    rest = _without(folded, cuts)
    if not rest and preferences:  # "red": the preference is all that there is to match
        rest = " ".join(p.reading.text for p in preferences)
    return QueryLimits(
        rest=rest,
        readings=tuple(read),
        price=price,
        sizes=pairs,
        size=size,
        preferences=preferences,
    )


def _product_of(text: str, snapshot: Snapshot) -> str:
    """The product whose id, variant or code is the whole text, if it is not also a word of other products."""
    typed = " ".join(text.split())
    if typed in snapshot.row_of:
        rows = np.array([snapshot.row_of[typed]])
    else:
        rows = rows_with(snapshot, [fold(typed)], ["codes"])
    if len(rows) != 1:
        return ""
    if fold(typed).isalpha() or (typed.isdigit() and len(typed) < 5):
        # "lamp" or "15" may be an id, and is also a word.
        words = rows_with(snapshot, [fold(typed)], ["title_en", "title_zh", "category", "model"])
        if len(words):
            return ""
    return str(snapshot.product_ids[rows[0]])


def _price(
    folded: str, snapshot: Snapshot, kinds: KindNames, cuts: list[Cut], *, is_read: bool
) -> Reading | None:
    """The price limits of a text as one. Their words are cut, unless a bare range is switched off."""
    found = price_limits(folded)
    if not found or not _has_prices(snapshot):
        return None
    factor = 10 ** minor_unit_digits(snapshot.dictionaries.currency)
    low, high, texts = 0, _MAX_MINOR, []
    for limit in found:
        if limit.is_unsure and not _are_prices_of_kind(folded, limit, factor, snapshot, kinds):
            continue
        if limit.is_bare and not limit.is_unsure and _is_in_titles(folded, limit, snapshot):
            continue
        if not is_read and limit.is_range:
            continue
        cuts.append((limit.start, limit.end, ""))
        texts.append(folded[limit.start : limit.end].strip())
        if limit.low is not None:
            low = max(low, math.ceil(limit.low * factor - 1e-6))
        if limit.high is not None:
            high = min(high, math.floor(limit.high * factor + 1e-6))
    if not texts or not is_read:
        return None
    return Reading(
        kind="price",
        text=" ".join(texts),
        price_min_minor=low or None,
        price_max_minor=high if high < _MAX_MINOR else None,
    )


def _has_prices(snapshot: Snapshot) -> bool:
    return bool(
        (len(snapshot.price_minor) and snapshot.price_minor.max() >= 0)
        or any(len(s) and s.variant_price_minor.max() >= 0 for s in snapshot.segments)
    )


def _are_prices_of_kind(
    folded: str, limit: PriceLimit, factor: int, snapshot: Snapshot, kinds: KindNames
) -> bool:
    """Whether a range of round numbers is one of prices: the text names a kind of which some products cost that, and
    no title of them has the numbers (a lens 40-60 mm, a dumbbell of 20 kg)."""
    rest = f"{folded[: limit.start]} , {folded[limit.end :]}"
    named = find_phrases(rest, kinds.sold)
    if not named or limit.low is None or limit.high is None:
        return False
    rows = rows_of_heads(snapshot, general_goods().same(named[-1].key))
    prices = snapshot.price_minor[rows]
    is_inside = (prices >= limit.low * factor) & (prices <= limit.high * factor)
    if np.count_nonzero(is_inside) < _FEWEST_IN_RANGE:
        return False
    number = re.compile(rf"(?<![a-z\d])(?:{limit.low:g}|{limit.high:g})(?!\d)")
    return not any(number.search(title) for title in titles_of(snapshot, rows))


def _is_in_titles(folded: str, limit: PriceLimit, snapshot: Snapshot) -> bool:
    """Whether products are called so: "100以内" of exercise books, "max 97" of shoes."""
    return len(titles_with(snapshot, folded[limit.start : limit.end].strip())) > 0


def _measures(folded: str, snapshot: Snapshot, cuts: list[Cut]) -> list[Preference]:
    found = []
    for measured in islice(measures_in(folded), _MOST_MEASURES):
        if not _is_free(cuts, measured.start, measured.end):
            continue
        text = folded[measured.start : measured.end]
        if rows_with(snapshot, [text], ["brand"]).size:
            continue  # 3M
        cuts.append((measured.start, measured.end, _mark(folded, measured.start, measured.end)))
        reading = Reading(kind="measure", text=text, values=(measured.label,))
        found.append(Preference(reading=reading, sizes=measured.sizes))
    return found


def _mark(folded: str, start: int, end: int) -> str:
    """The mark, if an English word stands on either side: no product is asked for by "laptop ram" in "laptop 16gb
    ram"."""
    before, after = folded[:start].rstrip(), folded[end:].lstrip()
    return MARK if before[-1:].isascii() and before[-1:].isalpha() and after[:1].isalpha() else ""


def _wanted(folded: str, found: Sequence[Word]) -> list[Word]:
    return [word for word in found if not is_unwanted(folded, word.start)]


def _preferences(
    kind: str, found: Sequence[Word], named: Named, cuts: list[Cut]
) -> list[Preference]:
    """One preference for all words of a kind: "red or blue", 男女."""
    kept = [word for word in found if _is_free(cuts, word.start, word.end)]
    if not kept:
        return []
    cuts.extend((word.start, word.end, word.kept) for word in kept)
    names = tuple(dict.fromkeys(word.name for word in kept))
    suits = {other for name in names for other in limit_words().suits.get(name, ())}
    reading = Reading(kind=kind, text=" ".join(word.text for word in kept), values=names)
    return [
        Preference(
            reading=reading,
            exact=_codes(named.exact, names),
            wider=np.union1d(_codes(named.wider, names), _codes(named.exact, sorted(suits))),
            known=named.codes,
            terms=tuple(terms for name in names for terms in title_terms(name, named)),
        )
    ]


def _codes(by_name: Mapping[str, Codes], names: Sequence[str]) -> Codes:
    found = [by_name[name] for name in names if name in by_name]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _is_free(cuts: Sequence[Cut], start: int, end: int) -> bool:
    return not any(start < at_end and at < end for at, at_end, _ in cuts)


def _unread(folded: str, cuts: Sequence[Cut]) -> str:
    """The text with commas where something was read: "under" of "xl under 100" is no neighbour of "xl"."""
    for start, end, _ in cuts:
        folded = folded[:start] + "," * (end - start) + folded[end:]
    return folded


def _without(folded: str, cuts: Sequence[Cut]) -> str:
    """The text without what was read, and without the words that only link it: "shoes *for* men"."""
    rest, at = "", 0
    for start, end, kept in sorted(cuts):
        rest += folded[at:start]
        if not kept or kept == MARK:
            rest = _LINKING_BEFORE.sub(" ", rest)
        after = _LINKING_AFTER.match(folded[end:])
        at = end if (kept and kept != MARK) or after is None else end + after.end()
        rest += f" {kept} " if kept == MARK else f" {kept}"
    return " ".join((rest + folded[at:]).split()).strip(f" ,，、-–*×+{MARK}")
