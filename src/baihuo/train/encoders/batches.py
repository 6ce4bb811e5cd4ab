"""Batches of pairs: texts as token ids, and which products of a batch are no wrong answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from baihuo.train.encoders.pairs import Kind, Pair, PairWriter

Tokenize = Callable[[Sequence[str]], list[list[int]]]
"""Texts → token ids with marks of begin and end, cut where the encoder cuts."""


@dataclass(frozen=True, slots=True)
class Padded:
    """Token ids ``[texts, tokens]`` and the length of each."""

    ids: Tensor
    lengths: Tensor

    @staticmethod
    def of(tokens: Sequence[Sequence[int]]) -> Padded:
        lengths = torch.tensor([len(t) for t in tokens])
        ids = torch.zeros((len(tokens), int(lengths.max())), dtype=torch.long)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = torch.tensor(one)
        return Padded(ids, lengths)


@dataclass(frozen=True, slots=True)
class Group:
    """Queries of one kind in a batch, the place of the right text of each, and which texts are wrong."""

    queries: list[list[int]]
    right: Tensor  # [queries]: place in the batch
    is_wrong: Tensor  # [queries, texts]


@dataclass(frozen=True, slots=True)
class Batch:
    """Products of a batch, the queries for them, and the titles for their descriptions."""

    rows: list[int]
    texts: list[list[int]]
    groups: list[Group]
    descriptions: tuple[list[list[int]], Group] | None


def batches(
    writer: PairWriter,
    rows: Sequence[int],
    kinds: Sequence[Kind],
    tokenize: Tokenize,
    *,
    size: int,
    seed: int,
) -> Iterator[Batch]:
    """Passes over the products ``rows`` without end, each in another order and with other queries."""
    rng = np.random.default_rng(seed)
    order: list[int] = []
    while True:
        while len(order) < size:
            order.extend(int(r) for r in rng.permutation(np.asarray(rows)))
        chosen, order = order[:size], order[size:]
        yield _batch(writer, list(dict.fromkeys(chosen)), kinds, tokenize, rng)


def _batch(
    writer: PairWriter,
    rows: list[int],
    kinds: Sequence[Kind],
    tokenize: Tokenize,
    rng: np.random.Generator,
) -> Batch:
    found = {kind: [writer.draw(r, kind, rng) for r in rows] for kind in kinds}
    texts = [writer.texts[r].text for r in rows]
    pairs = {kind: [p for p in found[kind] if p is not None] for kind in kinds}
    groups = [
        _group(writer, rows, pairs[kind], tokenize)
        for kind in kinds
        if kind != "description" and pairs[kind]
    ]
    described = pairs.get("description", [])
    descriptions = None
    if len(described) > 1:
        those = [p.row for p in described]
        of_them = tokenize([writer.texts[r].description for r in those])
        descriptions = (of_them, _group(writer, those, described, tokenize))
    return Batch(rows, tokenize(texts), groups, descriptions)


def _group(
    writer: PairWriter, rows: Sequence[int], pairs: Sequence[Pair], tokenize: Tokenize
) -> Group:
    place = {r: i for i, r in enumerate(rows)}
    right = torch.tensor([place[p.row] for p in pairs])
    is_wrong = torch.ones((len(pairs), len(rows)), dtype=torch.bool)
    for i, pair in enumerate(pairs):
        for j, row in enumerate(rows):
            if pair.terms <= writer.texts[row].terms:
                is_wrong[i, j] = False
    return Group(tokenize([p.query for p in pairs]), right, is_wrong)
