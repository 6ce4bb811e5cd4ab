"""Queries written from a catalogue, and the products that are right by their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.train.encoders.pairs import Kind, PairWriter

MOST_RIGHT = 150  # products with everything; wider queries tell no two orders apart
KINDS: tuple[Kind, ...] = ("query", "words")
_ALL, _ALL_BUT_ONE = 7.0, 1.0  # gains of grades 3 and 1


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A query, the product that it was written from, and what is right."""

    query: str
    row: int  # of the writer's texts
    terms: frozenset[str]
    gains: Mapping[str, float]  # product id → gain, without those of 0


def write_synthetic(
    writer: PairWriter, rows: Sequence[int], *, n: int, seed: int
) -> list[Synthetic]:
    """``n`` different queries of the kind, brand and values of a product, or of words of its title, by turns.

    Args:
        writer: of the catalogue's texts.
        rows: products that queries are written from.
        n: at most; fewer where ``rows`` end.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, Synthetic] = {}
    for at in rng.permutation(np.asarray(rows)):
        if len(found) == n:
            break
        pair = writer.draw(int(at), KINDS[len(found) % len(KINDS)], rng)
        if pair is None or not pair.terms or pair.query in found:
            continue
        gains = gains_by_terms(writer, pair.terms)
        if 0 < sum(g == _ALL for g in gains.values()) <= MOST_RIGHT:
            found[pair.query] = Synthetic(pair.query, int(at), pair.terms, gains)
    return list(found.values())


def gains_by_terms(writer: PairWriter, terms: frozenset[str]) -> dict[str, float]:
    """Product → 7 with all terms of a query in its title, category, brand, model or values; 1 with all but one of two or more."""
    found = {}
    for text in writer.texts:
        n_missing = len(terms - text.terms)
        if n_missing == 0:
            found[text.product_id] = _ALL
        elif n_missing == 1 and len(terms) > 1:
            found[text.product_id] = _ALL_BUT_ONE
    return found
