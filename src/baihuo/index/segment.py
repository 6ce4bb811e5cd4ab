"""An immutable part of the index: the base of a generation, or one batch of changes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from baihuo.core import Product, Progress, no_progress
from baihuo.encode import Encoders, VectorCache, Vectors
from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.inverted_file import InvertedFile, load_vectors
from baihuo.index.limits.measures import Size, product_measures
from baihuo.index.limits.shop_words import ShopWords
from baihuo.index.model_runs import ModelRuns, runs_of
from baihuo.index.postings import FIELDS, Lists, Postings, invert, load, save
from baihuo.index.product_text import ProductText
from baihuo.index.texts import field_terms, value_text, variant_attributes, vector_texts
from baihuo.index.title_heads import HeadNames, heads_of, load_heads, names_category, save_heads
from baihuo.index.value_rows import ValueRows, mapped, starts_of
from baihuo.index.vocabulary import Vocabulary

Category = tuple[str, ...]
Pair = tuple[str, str]  # name of an attribute and one of its values as text


@dataclass(slots=True)
class Dictionaries:
    """The dictionaries whose codes all segments of a generation share."""

    brands: Vocabulary[str] = field(default_factory=Vocabulary)
    categories: Vocabulary[Category] = field(default_factory=Vocabulary)
    pairs: Vocabulary[Pair] = field(default_factory=Vocabulary)
    mean_lengths: dict[str, float] = field(default_factory=dict)  # of each field, from the base
    measures: Vocabulary[Size] = field(default_factory=Vocabulary)
    shop_words: ShopWords = field(default_factory=ShopWords)
    currency: str | None = None  # the most frequent one of the base
    _head_names: HeadNames | None = None

    def head_names(self) -> HeadNames:
        """The phrases that may be the head of a title, with the categories so far."""
        known = self._head_names
        if known is None or known.n_categories != len(self.categories):
            known = self._head_names = HeadNames.of(self.categories.names)
        return known

    def to_json(self) -> dict[str, Any]:
        return {
            "brands": self.brands.names,
            "categories": self.categories.names,
            "pairs": self.pairs.names,
            "mean_lengths": self.mean_lengths,
            "measures": self.measures.names,
            "shop_words": asdict(self.shop_words),
            "currency": self.currency,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Dictionaries:
        return Dictionaries(
            Vocabulary(stored["brands"]),
            Vocabulary(map(tuple, stored["categories"])),
            Vocabulary(map(tuple, stored["pairs"])),
            dict(stored["mean_lengths"]),
            Vocabulary((dimension, amount) for dimension, amount in stored.get("measures", ())),
            ShopWords(**stored.get("shop_words", {})),
            stored.get("currency"),
        )


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows are local (0 is the first product of the segment). Immutable."""

    products: ProductText
    terms: Mapping[str, int]
    postings: Mapping[str, Postings]  # by field
    heads: Mapping[str, NDArray[np.int32]]  # phrase key → rows whose title has it as its head
    names_category: NDArray[np.bool_]  # [n]: the title names the product's own category
    vectors: Mapping[str, Vectors]  # encoder → [n, dim]; zeros: no text for that encoder
    int8_vectors: Mapping[str, Int8Vectors | InvertedFile]  # the same in 8 bits, which scans read
    variant_starts: NDArray[
        np.int64
    ]  # [n + 1]: the variants of a row; a product without any is one
    variant_price_minor: NDArray[np.int64]  # [forms]; -1: the product's price
    variant_stock_units: NDArray[np.int64]  # [forms]; -1: the product's stock
    pair_starts: NDArray[np.int64]  # [forms + 1]: the attribute pairs of a variant
    pairs: NDArray[np.int32]
    row_pair_starts: NDArray[np.int64]  # [n + 1]: the pairs of a row, each once
    row_pairs: NDArray[np.int32]
    measure_starts: NDArray[np.int64]  # [n + 1]: the measures with units of a row
    measures: NDArray[np.int32]
    model_runs: ModelRuns  # model numbers in their joined form

    def __len__(self) -> int:
        return len(self.variant_starts) - 1

    @cached_property
    def rows_of_pairs(self) -> ValueRows:
        """Which rows have an attribute pair."""
        return ValueRows.of(self.row_pair_starts, self.row_pairs)

    @cached_property
    def rows_of_measures(self) -> ValueRows:
        """Which rows have a measure."""
        return ValueRows.of(self.measure_starts, self.measures)

    @cached_property
    def term_rows(self) -> NDArray[np.int64]:
        """How many rows have each term in the field where most have it: ``[terms]``."""
        return np.max([np.diff(p.starts) for p in self.postings.values()], axis=0)

    @cached_property
    def is_one_variant_each(self) -> bool:
        """Whether every row is one variant: their numbers are equal."""
        return len(self.variant_price_minor) == len(self)

    @cached_property
    def has_sold_out_variants(self) -> bool:
        """Whether any variant is sold out by itself."""
        return bool((self.variant_stock_units == 0).any())

    def has_words_in(self, field_name: str) -> NDArray[np.bool_]:
        """Which rows have any word in a field. Not to be changed: the next caller gets the same array."""
        if field_name not in self._have_words:
            n_words = np.bincount(self.postings[field_name].rows, minlength=len(self))
            self._have_words[field_name] = n_words > 0
        return self._have_words[field_name]

    @cached_property
    def _have_words(self) -> dict[str, NDArray[np.bool_]]:
        return {}

    def has_all(self, terms: Sequence[str], fields: Sequence[str] = FIELDS) -> NDArray[np.bool_]:
        """Which rows have all of the terms, each in any of the fields: ``[n]``."""
        has_all = np.ones(len(self), np.bool_)
        for term in terms:
            has = np.zeros(len(self), np.bool_)
            has[self.rows_with([term], fields).astype(np.intp)] = True
            has_all &= has
        return has_all

    def rows_with(self, terms: Iterable[str], fields: Sequence[str]) -> NDArray[np.int32]:
        """The rows that have any of the terms in any of the fields; some stand there twice."""
        numbers = [n for term in terms if (n := self.terms.get(term)) is not None]
        found = (self.postings[name].of(number)[0] for number in numbers for name in fields)
        return np.concatenate([np.empty(0, np.int32), *found])

    def scan(self, encoder_name: str, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of all rows with one vector: ``[n]``."""
        return self.int8_vectors[encoder_name].dot(vector)


def make_segment(
    products: ProductText,
    vectors: Mapping[str, Vectors],
    dictionaries: Dictionaries,
    *,
    lists_from: int | None = None,
    progress: Progress = no_progress,
) -> Segment:
    """Index ``products``. New names are added to ``dictionaries``; the first segment sets mean lengths.

    Args:
        products: in row order.
        vectors: encoder → ``[n, dim]``, from :func:`make_vectors`.
        dictionaries: shared by all segments of the generation.
        lists_from: how many products there must be for their vectors to stand in lists; None: they never do.
        progress: called as lists are made.
    """
    has_lists = lists_from is not None and len(products) >= lists_from
    terms: Vocabulary[str] = Vocabulary()
    heads = heads_of(products, dictionaries.head_names(), dictionaries.categories.find)
    documents = {name: Lists() for name in FIELDS}
    variant_pairs, row_pairs, measures = Lists(), Lists(), Lists()
    variant_counts, prices, stocks = array("q"), array("q"), array("q")
    units = dictionaries.shop_words.units
    for product in products:
        for name, words in field_terms(product).items():
            documents[name].append(terms.code(w) for w in words)
        pairs = [_pairs(attributes, dictionaries) for attributes in variant_attributes(product)]
        variant_counts.append(len(pairs))
        for codes in pairs:
            variant_pairs.append(codes)
        row_pairs.append(sorted({p for form in pairs for p in form}))
        sizes = product_measures(product, units)
        measures.append(sorted(map(dictionaries.measures.code, sorted(sizes))))
        for form in product.variants or (None,):
            prices.append(_known(None if form is None else form.price_minor))
            stocks.append(_known(None if form is None else form.stock_units))
    postings = {}
    for name in FIELDS:
        found, usual = documents.pop(name), dictionaries.mean_lengths.get(name)
        postings[name], mean = invert(
            found.flat, found.starts, n_terms=len(terms), mean_length=usual
        )
        dictionaries.mean_lengths.setdefault(name, mean)
    return Segment(
        products=products,
        terms={w: n for n, w in enumerate(terms.names)},
        postings=postings,
        heads=heads,
        names_category=names_category(heads, len(products)),
        vectors=vectors,
        int8_vectors={
            name: InvertedFile.of(v, progress=progress) if has_lists else Int8Vectors.of(v)
            for name, v in vectors.items()
        },
        variant_starts=starts_of(variant_counts),
        variant_price_minor=np.array(prices, np.int64),
        variant_stock_units=np.array(stocks, np.int64),
        pair_starts=variant_pairs.starts,
        pairs=variant_pairs.flat,
        row_pair_starts=row_pairs.starts,
        row_pairs=row_pairs.flat,
        measure_starts=measures.starts,
        measures=measures.flat,
        model_runs=runs_of(products),
    )


def offer_columns(
    products: Iterable[Product], dictionaries: Dictionaries
) -> dict[str, NDArray[Any]]:
    """The columns of a snapshot that are read from the products, each ``[n]``."""
    brands, categories = dictionaries.brands, dictionaries.categories
    columns = {name: array("q") for name in _OFFER}
    for p in products:
        row = (
            _known(p.price_minor),
            _known(p.stock_units),
            _known(p.released_at_us),
            brands.code(p.brand) if p.brand else -1,
            categories.code(p.category) if p.category else -1,
        )
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return {name: np.array(columns[name], dtype) for name, dtype in _OFFER.items()}


def make_vectors(
    products: Iterable[Product],
    encoders: Encoders,
    names: Sequence[str],
    *,
    cache: VectorCache | None = None,
    progress: Progress = no_progress,
) -> dict[str, Vectors]:
    """Vectors of all products by each encoder of ``names``; zeros where a product has no text for it."""
    texts = [vector_texts(p) for p in products]
    vectors = {}
    for name in names:
        encoder = encoders.get(name)
        rows = [i for i, t in enumerate(texts) if name in t]
        wanted = [texts[i][name] for i in rows]
        made = (
            encoder.encode(wanted, progress=progress)
            if cache is None
            else cache.vectors(encoder, wanted, progress)
        )
        if len(rows) < len(texts):
            every = np.zeros((len(texts), encoder.dim), np.float32)
            every[rows] = made
            made = every
        vectors[name] = made
    return vectors


_OFFER: dict[str, type] = {
    "price_minor": np.int64,
    "stock_units": np.int64,
    "released_at_us": np.int64,
    "brand_code": np.int32,
    "category_code": np.int32,
}
_ARRAY_FILES = {  # attribute → name of its file
    "variant_starts": "form_starts",
    "variant_price_minor": "form_price_minor",
    "variant_stock_units": "form_stock_units",
    "pair_starts": "pair_starts",
    "pairs": "pairs",
    "row_pair_starts": "row_pair_starts",
    "row_pairs": "row_pairs",
    "measure_starts": "measure_starts",
    "measures": "measures",
}

_NEW_ARRAYS = ("measure_starts", "measures")


def save_segment(segment: Segment, folder: Path) -> None:
    """Write the base segment of a generation."""
    segment.products.save(folder)
    (folder / "terms.json").write_text(json.dumps(list(segment.terms), ensure_ascii=False), "utf-8")
    save(segment.postings, folder)
    save_heads(segment.heads, folder)
    segment.model_runs.save(folder)
    for name, vectors in segment.vectors.items():
        np.save(folder / f"vectors.{name}.npy", vectors)
        segment.int8_vectors[name].save(folder, name)
    for name, file in _ARRAY_FILES.items():
        np.save(folder / f"{file}.npy", getattr(segment, name))


def load_segment(folder: Path, *, encoders: Sequence[str]) -> Segment:
    """Load what :func:`save_segment` wrote, memory-mapped: workers share the pages."""
    arrays = {
        n: mapped(folder / f"{f}.npy") for n, f in _ARRAY_FILES.items() if n not in _NEW_ARRAYS
    }
    for name in _NEW_ARRAYS:  # a generation of an older version has none: no product has a measure
        is_there = (folder / f"{name}.npy").exists()
        empty = np.zeros(len(arrays["variant_starts"]), np.int64)
        arrays[name] = mapped(folder / f"{name}.npy") if is_there else empty
    terms = orjson.loads((folder / "terms.json").read_bytes())
    products, heads = ProductText.load(folder), load_heads(folder)
    return Segment(
        products=products,
        terms=dict(zip(terms, range(len(terms)), strict=True)),
        postings=load(folder),
        heads=heads,
        names_category=names_category(heads, len(products)),
        vectors={name: mapped(folder / f"vectors.{name}.npy") for name in encoders},
        int8_vectors={name: load_vectors(folder, name) for name in encoders},
        model_runs=ModelRuns.load(folder),
        **arrays,
    )


def _pairs(attributes: Mapping[str, str | float | bool], dictionaries: Dictionaries) -> list[int]:
    return [
        dictionaries.pairs.code((name, value_text(value))) for name, value in attributes.items()
    ]


def _known(value: int | None) -> int:
    return -1 if value is None else value
