"""Pairs of texts that belong together, written from the catalogue and read from the search log.

Of each product: a *query* of its kind, brand and values as shoppers type them; a few *words* of its title; its title with
its *description* and values, which do not stand in it; both titles of a bilingual shop (*translation*). Of the log: what
was typed (*log*), with what was clicked or bought then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from baihuo.core import Product, has_han
from baihuo.encode import MULTILINGUAL
from baihuo.index import index_terms, vector_texts

Kind = Literal["query", "words", "description", "translation", "log"]
KINDS: tuple[Kind, ...] = ("query", "words", "description", "translation", "log")
TRAINED: tuple[Kind, ...] = ("query", "words", "translation", "log")
"""Kinds that training reads. Descriptions only judge: a gain there was not trained for (and they cost half of a step)."""
_LONGEST_VALUE = 24  # characters of a value that somebody types
_MOST_WORDS = 4  # of a query of the title's words


@dataclass(frozen=True, slots=True)
class Text:
    """A product as the index encodes it, and what queries can ask of it."""

    product_id: str
    text: str  # title and description: its vector is the product's
    title: str
    description: str  # and values, without the title; empty where there is nothing
    other_title: str  # in the other language; empty where there is none
    brand: str
    kind: str  # the narrowest category; empty where it is in another script
    values: tuple[str, ...]
    words: tuple[str, ...]  # of the title
    terms: frozenset[str]  # of everything: a product that has all terms of a query is right, too
    typed: tuple[str, ...] = ()  # queries of the log that led to it


@dataclass(frozen=True, slots=True)
class Pair:
    """A text typed, and the row of the product that it belongs to."""

    kind: Kind
    query: str
    row: int
    terms: frozenset[str] = field(default_factory=frozenset)


def texts_of(
    products: Sequence[Product], encoder: str, typed: Mapping[str, Sequence[str]] | None = None
) -> list[Text]:
    """Products that the encoder called ``encoder`` makes vectors of, each text once.

    Args:
        products: the catalogue.
        encoder: ``minilm`` or ``multilingual``: titles in Latin script, or Chinese ones.
        typed: product → queries of the log that led to it.
    """
    found: dict[str, Text] = {}
    for product in products:
        texts = vector_texts(product)
        is_han = encoder == MULTILINGUAL
        if encoder not in texts or (is_han and not product.title_zh):
            continue
        text = texts[encoder]
        if text not in found:
            queries = (typed or {}).get(product.product_id, ())
            found[text] = _text(product, text, is_han, tuple(queries))
    return list(found.values())


def _text(product: Product, text: str, is_han: bool, typed: tuple[str, ...]) -> Text:
    title = (product.title_zh if is_han else product.title_en) or ""
    other = (product.title_en if is_han else product.title_zh) or ""
    description = (product.description_zh if is_han else product.description_en) or ""
    pairs = {**product.attributes, **(product.variants[0].attributes if product.variants else {})}
    values = tuple(
        name if value is True else str(value)
        for name, value in pairs.items()
        if value is True or (isinstance(value, str) and 1 < len(value) <= _LONGEST_VALUE)
    )
    values = tuple(v for v in values if has_han(v) == is_han)
    kind = product.category[-1] if product.category else ""
    if has_han(kind) != is_han:
        kind = ""
    rest = "; ".join(filter(None, (description, *values)))
    everything = " ".join(filter(None, (title, kind, product.brand, product.model, *values)))
    return Text(
        product_id=product.product_id,
        text=text,
        title=title,
        description=rest if rest != title else "",
        other_title=other,
        brand=product.brand or "",
        kind=kind.lower(),
        values=values,
        words=_words(title, is_han),
        terms=frozenset(index_terms(everything)),
        typed=typed,
    )


def _words(title: str, is_han: bool) -> tuple[str, ...]:
    if not is_han:
        words = (w.strip(",.;:()[]\"'") for w in title.split())
        return tuple(w for w in words if len(w) > 1)
    import rjieba

    return tuple(w for w in rjieba.cut(title) if len(w) > 1 or has_han(w))


class PairWriter:
    """Draws pairs of products. The same generator draws the same pairs."""

    def __init__(self, texts: Sequence[Text], encoder: str) -> None:
        self.texts = texts
        self._is_han = encoder == MULTILINGUAL
        counts = Counter(v for t in texts for v in set(t.values))
        # A value that one product has is no wish, one that nearly all have says nothing.
        self._asked = {v for v, n in counts.items() if 1 < n <= max(2, len(texts) // 4)}

    def draw(self, row: int, kind: Kind, rng: np.random.Generator) -> Pair | None:
        """A pair of a kind, None where the product has nothing for it."""
        text = self.texts[row]
        match kind:
            case "query":
                query = self._query(text, rng)
            case "words":
                query = self._some_words(text, rng)
            case "description":
                query = text.title if text.description else ""
            case "translation":
                query = text.other_title
            case "log":
                query = str(rng.choice(text.typed)) if text.typed else ""
        return Pair(kind, query, row, frozenset(index_terms(query))) if query else None

    def _query(self, text: Text, rng: np.random.Generator) -> str:
        """*canon ink cartridges black*: the kind with brand or values; words of the title where there is no kind."""
        asked = [v for v in text.values if v in self._asked]
        n = min(len(asked), int(rng.integers(0, 3)))
        parts = [asked[int(i)] for i in rng.choice(len(asked), n, replace=False)] if n else []
        if text.brand and rng.random() < 0.4:
            parts.insert(0, text.brand)
        if text.kind:
            is_one = text.kind.endswith("s") and not self._is_han and rng.random() < 0.5
            parts.append(text.kind[:-1] if is_one else text.kind)
        elif text.words:
            parts.append(str(rng.choice(text.words)))
        return self._joined(parts, rng) if parts else ""

    def _some_words(self, text: Text, rng: np.random.Generator) -> str:
        n = min(len(text.words), int(rng.integers(1, _MOST_WORDS + 1)))
        if not n:
            return ""
        at = sorted(rng.choice(len(text.words), n, replace=False))
        return self._joined([text.words[int(i)] for i in at], rng)

    def _joined(self, parts: Sequence[str], rng: np.random.Generator) -> str:
        between = "" if self._is_han and rng.random() < 0.5 else " "
        return between.join(parts).lower()
