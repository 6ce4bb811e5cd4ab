"""Writes the queries of the exam over a catalogue, and those that ask for what is not sold."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from suites.judged.catalogue import Catalogue, Item
from suites.judged.rules import RIGHT, JudgedQuery, Wanted, grade
from suites.judged.tasks import TASKS, Shelf
from suites.judged.thesaurus import thesaurus
from suites.judged.wishes import Speaker

FEWEST_RIGHT = 3  # right products that a query must have
N_NOT_SOLD, N_UNSOLD_BRANDS = 14, 6
N_QUERIES = {
    "en": {
        "kind": 7,
        "kind and colour": 5,
        "kind and gender": 4,
        "kind and size": 4,
        "gender and size": 2,
        "price limit": 6,
        "measure": 5,
        "brand": 4,
        "brand and attribute": 3,
        "two attributes": 4,
        "broader word": 6,
        "accessory": 4,
        "misspelt": 3,
        "word order": 3,
    },
    "zh": {
        "kind": 6,
        "kind and colour": 5,
        "kind and gender": 4,
        "kind and size": 4,
        "gender and size": 2,
        "price limit": 6,
        "measure": 5,
        "brand": 4,
        "brand and attribute": 3,
        "two attributes": 4,
        "broader word": 6,
        "accessory": 4,
        "misspelt": 2,
        "word order": 2,
        "traditional": 3,
    },
}
"""60 a language."""


@dataclass(frozen=True, slots=True)
class NotSold:
    """Typed words for something that the shop has not: a thing, or a brand of a kind that it has."""

    text: str
    language: str
    brand: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()


def write_queries(catalogue: Catalogue, *, language: str, seed: int) -> list[JudgedQuery]:
    """60 different queries with at least three right products each; fewer where the catalogue has not enough.

    The same catalogue and seed give the same queries.
    """
    shelf = _shelf(catalogue, language, seed)
    queries: dict[str, JudgedQuery] = {}
    for task, n in N_QUERIES[language].items():
        n_left = n
        for text, wanted in TASKS[task](shelf):
            if not n_left:
                break
            if text in queries or n_right(catalogue, wanted) < FEWEST_RIGHT:
                continue
            queries[text] = JudgedQuery(text, language, task, wanted)
            shelf.n_asked.update(wanted.kinds)
            n_left -= 1
    return list(queries.values())


def n_right(catalogue: Catalogue, wanted: Wanted) -> int:
    return sum(grade(wanted, item) >= RIGHT for item in catalogue.items)


def write_not_sold(catalogue: Catalogue, *, language: str, seed: int) -> list[NotSold]:
    """Up to 14 things and 6 brands that no title and no brand of the catalogue names."""
    dice, words = random.Random(f"not sold:{language}:{seed}"), thesaurus()
    written = "\n".join(
        f"{i.brand}\n" + "\n".join(i.titles.values()) for i in catalogue.items
    ).casefold()
    things = [t for t in words.not_sold[language] if t.casefold() not in written]
    sold = {i.kind for i in catalogue.items}
    brands = [
        NotSold(w.typed[language][0], language, w.brand, frozenset(w.kinds))
        for w in words.unsold_brands
        if sold.issuperset(w.kinds) and not any(b.casefold() in written for b in w.brand)
    ]
    return [
        *(NotSold(t, language) for t in dice.sample(things, min(N_NOT_SOLD, len(things)))),
        *dice.sample(brands, min(N_UNSOLD_BRANDS, len(brands))),
    ]


def _shelf(catalogue: Catalogue, language: str, seed: int) -> Shelf:
    words = thesaurus()
    for_sale: dict[str, list[Item]] = defaultdict(list)
    for item in _buyable(catalogue):
        if item.kind in words.kinds:
            for_sale[item.kind].append(item)
    dice = random.Random(f"judged:{language}:{seed}")
    who = Speaker(language, words, catalogue.brands_zh, dice)
    return Shelf(who, {k: tuple(v) for k, v in for_sale.items()}, catalogue.currency)


def _buyable(catalogue: Catalogue) -> Iterator[Item]:
    return (i for i in catalogue.items if i.price is not None and not i.is_sold_out)
