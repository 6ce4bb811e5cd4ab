"""Reads a wish that names no product (*cold feet in bed*) by what goods are for, and matches the products of the kinds that it is about.

A search is a wish if no product has most of its words, it asks for no thing by its name, and what some kind is for is nearer to it than
the names of things are. What a wish is about may be a kind that the shop lacks: then the page says so.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.index.function_words import function_words
from baihuo.index.goods import general_goods
from baihuo.index.kind_match import QueryKind, type_match
from baihuo.index.kinds import Kinds
from baihuo.index.known_phrases import phrase_key
from baihuo.index.match import NEAREST, NO_WORDS, Match
from baihuo.index.purposes import Wish
from baihuo.index.query_kind import same_words
from baihuo.index.relevance import FusionWeights, TextEvidence
from baihuo.index.row_vectors import RowVectors
from baihuo.index.snapshot import Snapshot
from baihuo.index.words import query_words

Floats = NDArray[np.float32]

SOURCE = "purpose"
_COVERED = (
    0.75  # idf-weighted share of the words: a product with so many of them is what was asked for
)
_NEARNESS = 0.4  # weight of the cosine of a product beside the score of its kind
_OF_KIND = 0.3  # ``type_match`` from which a product is of a kind
_NAMED = 3  # kinds that the note names
# What stands after these is a place, or what somebody has: "dialogue on the telly", "scratches on my table".
_NOT_ASKED_FOR = re.compile(
    r"(?:\b(?:my|our|your|his|her|their)(?: \w+)?|\b(?:on|in|at|by|under|over|to|into|near|behind|around|against|off) (?:the|an?)) $"
)


def may_be_wish(found: Match) -> bool:
    """Whether the words of a search leave it open that it is a wish."""
    if phrase_key(found.text) in general_goods().numbers_of:
        return False  # a name of goods, sold or not
    kind = found.kind
    if kind is not None and _asks_for(found.text, kind):
        return _NOT_ASKED_FOR.search(found.text[: kind.start]) is not None
    before, is_for, _ = found.text.partition(" for ")
    things = {*query_words(before)} - function_words()
    if is_for and any(
        g.word in things and g.terms and not same_words(g.word) for g in found.groups
    ):
        return False  # "beans for the espresso thing" asks for beans; "a present for my aunt" for no present
    n_unfound = len(found.unfound)
    share = 1 - n_unfound / max(n_unfound + len(found.groups), 1)
    return share * float(found.coverage.max(initial=0.0)) < _COVERED


def _asks_for(text: str, kind: QueryKind) -> bool:
    """Whether a text has the name of the thing that it asks for: one of a category, or else the last word, or in Chinese one
    apart from others (棉服 长款 绿色)."""
    if kind.is_certain or kind.source != "name":
        return kind.end > 0 or kind.source == "broader"
    before, after = text[: kind.start], text[kind.end :]
    is_apart = (not before or before[-1].isspace()) and after[:1].isspace()
    return not after.strip() or (has_han(kind.phrase) and is_apart)


def wish_match(
    wish: Wish,
    found: Match,
    kinds: Kinds,
    snapshot: Snapshot,
    encoder_name: str,
    vector: Floats,
    weights: FusionWeights,
) -> Match:
    """What answers a wish: the products of the kinds, those of the likeliest first, the nearest to the text first among them.

    Args:
        wish: as read.
        found: what the words of the text matched.
        kinds: of the catalogue.
        snapshot: the index now.
        encoder_name: in whose space ``vector`` is.
        vector: of the text.
        weights: of the fused score; that of the kind scales the relevance.
    """
    n = snapshot.n
    of_kind, sold = np.zeros(n, np.float32), dict[int, float]()
    for one in wish.kinds:
        kind = QueryKind(one.name, SOURCE, kinds.weights(one.key), kinds.other_names(one.key))
        is_of_kind = type_match(kind, snapshot) >= _OF_KIND
        of_kind = np.maximum(of_kind, np.float32(one.score) * is_of_kind)
        for code in kind.weights:
            sold[code] = max(sold.get(code, 0.0), one.score)
    vectors = RowVectors(snapshot, encoder_name)
    cosines, rows = vectors.near(vector, NEAREST), np.flatnonzero(of_kind > 0)
    cosine = cosines.near.copy()
    cosine[rows] = cosines.of(rows)
    relevance = of_kind + np.float32(_NEARNESS) * np.maximum(cosine, 0)
    nothing = np.zeros(0, np.float32)
    best = wish.kinds[0].score if wish.kinds else 1.0
    names = ", ".join(one.name for one in wish.kinds[:_NAMED]).replace(":", " ")
    text = found.text.replace(":", " ").strip()
    return replace(
        found,
        groups=(),
        notes=(f"meant:{names}" if wish.kinds else f"not_sold:{text}",),
        kind=QueryKind(found.text, SOURCE, sold, evidence=_evidence(wish)) if wish.kinds else None,
        not_sold="" if wish.kinds else found.text,
        evidence=TextEvidence(NO_WORDS.found, nothing, nothing, nothing, nothing, 0, None),
        n_matched=np.zeros(n, np.uint8),
        words=NO_WORDS,
        type_match=np.asarray(of_kind / np.float32(best), np.float32),
        cosines=cosines,
        encoder_name=encoder_name,
        relevance=np.asarray(weights.kind * relevance, np.float32),
    )


def _evidence(wish: Wish) -> str:
    """What a person reads in an explanation: each kind with the phrase that is nearest."""
    return "; ".join(f"{one.name} {one.score:.2f} ({one.phrase})" for one in wish.kinds)
