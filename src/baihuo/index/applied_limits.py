"""Applies what was read in the words: filters, products left out, and the order of tiers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Reading, has_han
from baihuo.index.filters import FilterMasks
from baihuo.index.limit_evidence import EXACT, Levels, can_tell, levels, rows_with_pair
from baihuo.index.limits.words import limit_words
from baihuo.index.query_limits import Preference, QueryLimits
from baihuo.index.segment import Pair
from baihuo.index.shown_variants import shown_prices
from baihuo.index.snapshot import Snapshot
from baihuo.index.value_rows import spans

Mask = NDArray[np.bool_]
Tiers = NDArray[np.int16]
ENOUGH = 24  # products that have a colour: a page of them, and the others are left out
_CHEAP_PARTS = 3  # of the products, by price
_TIERS_OF_PRICES = 16
SOLD_OUT_TIER = 1_000  # the tiers of sold-out products come after all others


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """Limits as they apply to one request."""

    filters: Filters  # of the request, and the price and size read in the words
    eligible: Mask  # [n], without products that are left out for their colour or gender
    read: tuple[
        Reading, ...
    ]  # what applies; a filter of the request replaces the reading of its kind
    has: tuple[tuple[Preference, Levels], ...]  # how well each row has each preference
    price_tier: Tiers | None = None  # [n], where low prices are asked for: 0 for the lowest
    product_row: int = -1  # the product whose id was typed
    left_out: Mask | None = None  # [n] rows that match, and are left out for their colour or gender

    def notes(self, rows: NDArray[np.int32], snapshot: Snapshot, n_page: int) -> tuple[str, ...]:
        """Notes on preferences that none of the products has, or fewer than ``n_page``, a page."""
        notes, few = [], []
        has_all = np.ones(len(rows), np.bool_)
        for preference, level in self.has:
            has = level[rows] > 0
            if not preference.is_said:
                continue
            if len(rows) and not has.any():
                if can_tell(preference, rows, snapshot):
                    notes.append(f"none_has:{_plain(preference)}")
                continue
            has_all &= has
            if not has.all():
                few.append(_plain(preference))
        if few and not has_all.all() and np.count_nonzero(has_all) < n_page:
            notes.append(f"few_have:{_listed(few)}")
        return tuple(notes)


def _listed(words: list[str]) -> str:
    return ("、" if any(has_han(w) for w in words) else ", ").join(words)


def _plain(preference: Preference) -> str:
    """The typed words, without the colon that separates the parts of a note; the whole word for a character of a
    compound: 儿童 for the 童 of 童装."""
    words = [_whole(word) for word in preference.reading.text.split(" ")]
    return " ".join(words).replace(":", " ")


def _whole(word: str) -> str:
    if len(word) > 1 or not has_han(word):
        return word
    general = limit_words()
    names = {**general.genders, **general.colours}
    name = names.get(word) or general.gender_prefixes.get(word)
    return next((w for w, of in names.items() if of == name and word in w and len(w) > 1), word)


def apply_limits(
    limits: QueryLimits,
    filters: Filters,
    snapshot: Snapshot,
    *,
    lexical: Mask,
    eligible: Mask,
    full: Mask,
    of_kind: Mask | None = None,
) -> Applied:
    """Combine the limits with the filters of the request.

    Which products are left out depends on the words only, not on the filters, so the count of a facet is the
    total that selecting it gives.

    Args:
        limits: of the query text.
        filters: of the request. Its price replaces one in the words, and so does its value of the attribute
            of the size.
        snapshot: the index.
        lexical: ``[n]`` rows that have enough of the other words.
        eligible: ``[n]`` rows that match, before filters.
        full: ``[n]`` rows of ``lexical`` that have as many of the words as any; read only for low prices.
        of_kind: ``[n]`` live rows that surely are of the kind asked for; None: not known. Of these, products for the wanted
            gender match without every word where few have all: nobody is helped by a word more on shoes for others.
    """
    if not limits:
        return Applied(filters, eligible, (), ())
    row = snapshot.row_of.get(limits.product, -1)
    if row >= 0:
        only = snapshot.mask(np.array([row])) & snapshot.is_live
        return Applied(filters, only, limits.readings, (), product_row=row)
    read: list[Reading] = []
    if limits.price is not None and _asks_no_price(filters):
        filters = replace(
            filters,
            price_min_minor=limits.price.price_min_minor,
            price_max_minor=limits.price.price_max_minor,
        )
        read.append(limits.price)
    price_tier = None
    if limits.cheapness and limits.price in read:
        price_tier = _price_tiers(limits.cheapness, filters, snapshot, full=full)
    if limits.size is not None:
        name, values = _size_attribute(limits.sizes, snapshot, eligible)
        if name not in dict(filters.attributes):
            filters = replace(filters, attributes=(*filters.attributes, (name, values)))
            read.append(replace(limits.size, attribute=name, values=values))
    has = tuple((p, levels(p, snapshot)) for p in limits.preferences)
    read.extend(dict.fromkeys(p.reading for p, _ in has))
    wanted = np.ones(snapshot.n, np.bool_)
    for preference, level in has:
        if preference.model:  # whatever words they lack
            named = (level > 0) & snapshot.is_live
            eligible = eligible | (named if of_kind is None else named & of_kind)
        if preference.excludes:
            wanted &= level > 0
    left_out = None
    genders = [level > 0 for p, level in has if p.reading.kind == "gender"]
    if np.count_nonzero(wanted & lexical) < ENOUGH and genders and of_kind is not None:
        eligible = eligible | np.logical_and.reduce([of_kind, *genders])
    if np.count_nonzero(wanted & lexical) >= ENOUGH:
        left_out = eligible & ~wanted
        eligible = eligible & wanted
    for preference, level in has:
        if preference.is_unwanted and (eligible & (level > 0)).any():
            eligible = eligible & (level > 0)
    return Applied(filters, eligible, tuple(read), has, price_tier, left_out=left_out)


def _price_tiers(cheapness: str, filters: Filters, snapshot: Snapshot, *, full: Mask) -> Tiers:
    """Where each row stands by its price, ``[n]``, lowest first: thirds for "cheap"; for "cheapest" one by one, the rest
    together. Rows that lack words or a price come after: a cheap wired mouse is no cheap wireless mouse."""
    prices = shown_prices(snapshot, filters)
    rows = np.flatnonzero(full & (prices >= 0) & snapshot.is_live)
    tier = np.full(snapshot.n, _TIERS_OF_PRICES - 1, np.int16)
    in_stock = np.sort(prices[rows[snapshot.stock_units[rows] != 0]])
    n_lower = np.searchsorted(in_stock, prices[rows], side="left")
    if cheapness == "cheapest":
        tier[rows] = np.minimum(n_lower, _TIERS_OF_PRICES - 2)
    else:
        tier[rows] = np.minimum(_CHEAP_PARTS * n_lower // max(len(in_stock), 1), _CHEAP_PARTS - 1)
    return tier


def only_what_was_asked(applied: Applied, snapshot: Snapshot, *, full: Mask) -> Applied:
    """Without the products that another sort than by relevance would lift although they lack something.

    What is left does not depend on the filters of the request, so the count of a facet is the total that selecting it
    gives; but where nothing that passes them has all, the others stay.
    """
    kept = applied.eligible & full if applied.product_row < 0 else applied.eligible
    for preference, level in applied.has:
        has = kept & (level == EXACT if preference.sizes else level > 0)
        has = has if has.any() else kept & (level > 0)
        if has.any():
            kept = has
    if not (kept & FilterMasks(snapshot, applied.filters).rows()).any():
        return applied
    return replace(applied, eligible=kept)


def tiers(snapshot: Snapshot, rows: NDArray[np.int32], applied: Applied, *, lexical: Mask) -> Tiers:
    """The tier of each row: 0 has all that was asked for; last are products that cannot be bought, because they are
    sold out or have no price.

    Among products that have the same, those with the words come before those that are only near in meaning.
    """
    tier = np.zeros(len(rows), np.int16)
    for _, level in applied.has:
        tier += EXACT - level[rows]
    if (applied.has or applied.price_tier is not None) and lexical.take(rows).any():
        tier += ~lexical[rows]
    if applied.price_tier is not None:  # what was asked for counts more than what it costs
        tier = tier * np.int16(_TIERS_OF_PRICES) + applied.price_tier[rows]
    cannot_be_bought = _is_sold_out(snapshot, rows, applied.filters) | _has_no_price(snapshot, rows)
    tier += SOLD_OUT_TIER * cannot_be_bought.astype(np.int16)
    return tier


def _asks_no_price(filters: Filters) -> bool:
    return filters.price_min_minor is None and filters.price_max_minor is None


def _has_no_price(snapshot: Snapshot, rows: NDArray[np.int32]) -> Mask:
    """Rows without a price, of the product or any variant, where other rows have one: nobody can buy them."""
    lacks = snapshot.price_minor.take(rows) < 0
    if not lacks.any():
        return np.asarray(lacks)
    segment_of = snapshot.segment_of[rows]
    for number, segment in enumerate(snapshot.segments):
        at = np.flatnonzero((segment_of == number) & lacks)
        local = snapshot.local_of[rows[at]].astype(np.intp)
        n_variants = segment.variant_starts[local + 1] - segment.variant_starts[local]
        has_price = segment.variant_price_minor[spans(segment.variant_starts, local)] >= 0
        lacks[at] = np.bincount(np.repeat(np.arange(len(at)), n_variants), has_price, len(at)) == 0
    return np.asarray(lacks & ~lacks.all())


def _size_attribute(
    sizes: tuple[Pair, ...], snapshot: Snapshot, eligible: Mask
) -> tuple[str, tuple[str, ...]]:
    """The attribute that has the size in most of the products: clothes and diapers both come in XL."""
    by_name: dict[str, list[str]] = {}
    for name, value in sizes:
        by_name.setdefault(name, []).append(value)
    counts = {}
    for name, values in by_name.items() if len(by_name) > 1 else ():
        has = rows_with_pair(snapshot, [(name, value) for value in values])
        counts[name] = int(np.count_nonzero(has & eligible))
    chosen = max(by_name, key=lambda name: counts.get(name, 0))
    return chosen, tuple(by_name[chosen])


def _is_sold_out(snapshot: Snapshot, rows: NDArray[np.int32], filters: Filters) -> Mask:
    """Rows of which nothing that passes the filters is in stock. Untracked stock counts as in stock."""
    if filters.in_stock:
        return np.zeros(len(rows), np.bool_)
    masks = FilterMasks(snapshot, filters)
    if masks.variant_filters():
        only = replace(filters, brands=(), category=(), in_stock=True)
        return np.asarray(~FilterMasks(snapshot, only).rows()[rows])
    sold_out = snapshot.stock_units.take(rows) == 0
    segment_of = snapshot.segment_of.take(rows)
    for number, segment in enumerate(snapshot.segments):
        if not len(segment) or not segment.has_sold_out_variants:
            continue
        at = np.flatnonzero((segment_of == number) & ~sold_out)
        local = snapshot.local_of[rows[at]]
        n_variants = segment.variant_starts[local + 1] - segment.variant_starts[local]
        has_stock = (
            segment.variant_stock_units[spans(segment.variant_starts, local.astype(np.intp))] != 0
        )
        owner = np.repeat(np.arange(len(at)), n_variants)
        sold_out[at] = np.bincount(owner, has_stock, len(at)) == 0
    return np.asarray(sold_out)
