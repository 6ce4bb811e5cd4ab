"""Facets of attributes: those that are common in the answer set and split it well."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Facet
from baihuo.index.attribute_groups import AttributeGroups, by_attribute
from baihuo.index.facet_values import facet, facet_in_order, first_values, spans
from baihuo.index.filters import BRAND, CATEGORY, PRICE, FilterMasks
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]
MAX_ATTRIBUTES = 6
_MIN_SHARE = 0.1  # share of the answer set that must have an attribute for it to be a facet
_MAX_DISTINCT = 60  # an attribute with more values is a free text, not a choice
_READABLE = 8  # values of an attribute that a person reads
_RESERVED = frozenset({BRAND, CATEGORY, PRICE})


def attribute_facets(snapshot: Snapshot, eligible: Mask, masks: FilterMasks) -> list[Facet]:
    """Facets of the selected attributes, then of the most informative other ones.

    Args:
        snapshot: the index.
        eligible: ``[n]`` rows that match the query text.
        masks: the filters of the request.
    """
    chosen = dict(masks.filters.attributes)
    base = eligible & masks.rows()
    grouped = by_attribute(snapshot.dictionaries.pairs)
    informative = _informative_attributes(
        _pairs_of(snapshot, base, masks, except_for=None),
        grouped,
        int(np.count_nonzero(base)),
        left_out=_RESERVED.union(chosen),
    )
    facets = []
    for name, values_chosen in chosen.items():
        if name in _RESERVED:
            continue
        codes = _pairs_of(snapshot, eligible & masks.rows(except_for=name), masks, except_for=name)
        mine = codes[grouped.attribute[codes] == grouped.number(name)]
        values, counts = np.unique(mine, return_counts=True)
        counted = dict(zip(grouped.values(values), counts.tolist(), strict=True))
        facets.append(facet(name, counted, values_chosen))
    return facets + [
        facet_in_order(name, grouped.values(codes), counts) for name, codes, counts in informative
    ]


_Counted: TypeAlias = tuple[str, NDArray[np.int64], NDArray[np.int64]]
"""An attribute, the codes of its pairs, and the number of products of each."""


def _informative_attributes(
    codes: NDArray[np.int32], grouped: AttributeGroups, n_rows: int, *, left_out: frozenset[str]
) -> list[_Counted]:
    """Common attributes that split the answer set well, best first, with the values that a facet lists.

    An attribute with one value for nearly all products is useless, and so are values that few products
    share. A catalogue has thousands of attributes and values: only common ones are counted, and only
    those of the chosen attributes become Python objects.
    """
    attributes = grouped.attribute[codes]
    totals = np.bincount(attributes, minlength=len(grouped.names))
    is_common = np.minimum(totals, n_rows) >= max(_MIN_SHARE * n_rows, 1)
    counted = np.bincount(codes[is_common[attributes]])
    pairs = np.flatnonzero(counted)
    if not len(pairs):
        return []
    pairs = pairs[np.argsort(grouped.attribute[pairs], kind="stable")]
    counts, attribute = counted[pairs], grouped.attribute[pairs]
    starts = np.flatnonzero(np.concatenate(([True], attribute[1:] != attribute[:-1])))
    ends = np.append(starts[1:], len(pairs))
    total, n_values = totals[attribute[starts]], ends - starts
    # An upper bound of the score, without the loss to values past the readable ones: most attributes stop here.
    covered = np.minimum(total, n_rows)
    bound = covered / n_rows * (1 - np.maximum.reduceat(counts, starts) / total)
    groups = np.flatnonzero((n_values >= 2) & (n_values <= _MAX_DISTINCT))
    scored: list[tuple[float, str, slice]] = []
    for g in groups[np.argsort(-bound[groups], kind="stable")].tolist():
        if len(scored) >= MAX_ATTRIBUTES and -scored[MAX_ATTRIBUTES - 1][0] > bound[g]:
            break
        name = grouped.names[attribute[starts[g]]]
        if name in left_out:
            continue
        part = slice(starts[g], ends[g])
        shared = np.sort(counts[part])[-_READABLE:].sum() / total[g]
        scored.append((-float(bound[g] * shared), name, part))
        scored.sort(key=lambda entry: entry[:2])
    listed = []
    for _, name, part in scored[:MAX_ATTRIBUTES]:
        first = first_values(counts[part], grouped.alphabetical[pairs[part]])
        listed.append((name, pairs[part][first], counts[part][first]))
    return listed


def _pairs_of(
    snapshot: Snapshot, rows: Mask, masks: FilterMasks, *, except_for: str | None
) -> NDArray[np.int32]:
    """Codes of the attribute pairs of ``rows``: one for each row that has the pair on a variant that
    passes the filters."""
    found = [np.empty(0, np.int32)]
    for number, segment in enumerate(snapshot.segments):
        mine = rows[snapshot.segment_rows[number]] & snapshot.current(number)
        if masks.variant_filters(except_for=except_for):
            passing = masks.variant_mask(number, except_for=except_for) & np.repeat(
                mine, np.diff(segment.variant_starts)
            )
            at = spans(segment.pair_starts, np.flatnonzero(passing))
            row_of_variant = np.repeat(np.arange(len(segment)), np.diff(segment.variant_starts))
            variant_of = np.repeat(np.flatnonzero(passing), np.diff(segment.pair_starts)[passing])
            n_pairs = max(len(snapshot.dictionaries.pairs), 1)
            keys = np.unique(row_of_variant[variant_of] * n_pairs + segment.pairs[at])
            found.append((keys % n_pairs).astype(np.int32))
        else:
            at = spans(segment.row_pair_starts, np.flatnonzero(mine))
            found.append(segment.row_pairs[at])
    return np.concatenate(found)
