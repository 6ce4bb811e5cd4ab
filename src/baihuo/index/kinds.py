"""Which words name kinds of products in this catalogue, and in which categories these products are.

Learned from titles and category names, with :mod:`baihuo.index.goods` as a list of names that may occur:

- a category is named by its own name and by those above it, part by part ("Bags & Luggage" is both);
- a phrase that is the head of titles (:func:`baihuo.index.known_phrases.heads`) names the categories in which it
  is common, and those in which nearly all products with it are;
- a kind has the categories of all its names, in both languages, and of the kinds below it;
- a word that no product has may be known by what shoppers click after it: :mod:`baihuo.index.clicked_kinds`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import has_han
from baihuo.encode import MINILM, MULTILINGUAL, Encoders, VectorCache, Vectors
from baihuo.index.catalogue_words import KindNames
from baihuo.index.goods import Goods, general_goods
from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.known_phrases import phrase_key
from baihuo.index.limits.words import limit_words
from baihuo.index.purposes import KindForSale, Purpose, Purposes, with_purpose_vectors
from baihuo.index.title_heads import SURE, CategoryNames
from baihuo.index.words import latin_words

Weights = Mapping[int, float]
"""Category code → how surely a phrase names it, 0 to 1."""

CLICKED_FILE = "clicked_words.json"
_FILE = "kinds.json"
_PURPOSES = "purposes"
_OF_UNSOLD = 4  # phrases of a kind that is not sold: each costs a millisecond of an index
_NO_ROWS = np.empty(0, np.int32)
_COMMON = 0.4  # share of a category's titles with which a phrase surely names it
_TYPICAL, MIN_TITLES = (
    0.6,
    3,
)  # share of a phrase's titles in one category that is enough, and of how many
_BESIDE_A_NAME = 0.4  # weight of titles of other categories where a category is named so itself
_BESIDE_A_LEAF = 0.25  # …and of categories under a broader one of the same name
_NOT_RARE = 0.05  # …and the share of that category's titles it must have
_BY_TITLE = 0.95  # the most that titles and parts of names say; 1 is for whole names of categories
_CLEAR = (
    0.8  # …unless this share of a category's titles names it, and of the phrase's titles is in it
)
_LEAST = 0.1  # lower weights are noise


@dataclass(frozen=True, slots=True)
class Label:
    """A name with a vector; without weights the shop sells nothing of the kind."""

    name: str
    weights: Weights


@dataclass(frozen=True, slots=True)
class ClickedWord:
    """What shoppers mean by a word, by what they click after typing it."""

    weights: Weights
    n_visitors: int  # who typed the word and clicked, put in the cart or bought something
    share: float  # of them, for these categories
    lift: float  # how many times the usual share at least: the lower end of an interval of 95%


@dataclass(frozen=True, eq=False)
class Kinds:
    """What was learned of a catalogue. Immutable; a shop's synonyms make another one."""

    named: Mapping[str, Weights] = field(default_factory=dict)  # by phrase key
    labels: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)  # by encoder
    vectors: Mapping[str, Vectors] = field(default_factory=dict)  # by encoder: [labels, dim]
    purposes: Mapping[str, Purposes] = field(default_factory=dict)  # by encoder
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by key, from synonyms
    clicked: Mapping[str, ClickedWord] = field(default_factory=dict)  # by key, from the search log

    @cached_property
    def keys(self) -> Collection[str]:
        """Every phrase that names a kind, sold or not."""
        return {*general_goods().numbers_of, *self.named, *self.same}

    @cached_property
    def names(self) -> KindNames:
        """The names of the kinds that are sold, and which of them start with a gender."""
        sold = {key: weights for key in self.keys if (weights := self.weights(key))}
        starts = tuple(limit_words().gender_prefixes)
        gendered = tuple(
            key
            for key in sold
            if key.startswith(starts)
            and self.weights(key[1:])
            and self.weights(key) != self.weights(key[1:])
        )
        known = frozenset({*self.keys, *self.clicked, *general_goods().brands})
        by_clicks = {key: word.weights for key, word in self.clicked.items()}
        return KindNames({**by_clicks, **sold}, known, gendered)

    def weights(self, key: str) -> Weights:
        """Categories that the phrase names; empty where nothing of the kind is sold."""
        found = [self.named.get(k, {}) for k in (key, *self.same.get(key, ()))]
        return highest(found)

    def other_names(self, key: str) -> tuple[str, ...]:
        """The phrase and the names that mean the same or something narrower: they may head a title."""
        goods = general_goods()
        names = dict.fromkeys((key, *self.same.get(key, ())))
        for name in tuple(names):
            names |= dict.fromkeys(goods.same(name))
        for name in tuple(names):
            names |= dict.fromkeys(goods.narrower(name))
        return tuple(names)

    def chinese_names(self) -> Iterator[tuple[str, int]]:
        """Chinese phrases that name one category and no other, each with its code."""
        for key, weights in self.named.items():
            for code, weight in weights.items() if len(weights) == 1 and has_han(key) else ():
                if weight >= _BY_TITLE:
                    yield key, code

    def english_words(self) -> dict[str, int]:
        """The words of English names of what is sold, each with 1: candidates for misspelt words."""
        goods = general_goods()
        sold = [k for k in goods.kinds if any(self.named.get(key) for key in k.keys)]
        return {w: 1 for k in sold for n in k.names for w in latin_words(n) if w.isalpha()}

    def with_synonyms(self, same: Mapping[str, Sequence[str]]) -> Kinds:
        """With more names: key → keys that it means besides, or instead of, itself."""
        return replace(self, same={k: tuple(v) for k, v in same.items()}) if same else self

    def save(self, folder: Path) -> None:
        """Write ``kinds.json`` and the vectors of the labels."""
        stored = {
            "named": self.named,
            "labels": {e: [[x.name, x.weights] for x in found] for e, found in self.labels.items()},
            "purposes": {e: purposes.to_json() for e, purposes in self.purposes.items()},
        }
        (folder / _FILE).write_text(json.dumps(stored, ensure_ascii=False), "utf-8")
        for name, vectors in self.vectors.items():
            np.save(folder / f"kinds.{name}.npy", vectors.astype(np.float16))
        for name, purposes in self.purposes.items():
            purposes.vectors.save(folder, f"{_PURPOSES}.{name}")

    @staticmethod
    def load(folder: Path) -> Kinds:
        """Load what :meth:`save` wrote; a generation of an earlier version has nothing of the kind."""
        if not (folder / _FILE).exists():
            return Kinds()
        stored = json.loads((folder / _FILE).read_text("utf-8"))

        def weights(one: Mapping[str, float]) -> Weights:
            return {int(code): weight for code, weight in one.items()}

        clicked = {}
        if (folder / CLICKED_FILE).exists():
            of_log = json.loads((folder / CLICKED_FILE).read_text("utf-8"))
            clicked = {
                key: ClickedWord(**{**word, "weights": weights(word["weights"])})
                for key, word in of_log.items()
            }
        return Kinds(
            clicked=clicked,
            named={key: weights(w) for key, w in stored["named"].items()},
            labels={
                e: tuple(Label(name, weights(w)) for name, w in found)
                for e, found in stored["labels"].items()
            },
            vectors={
                e: np.load(folder / f"kinds.{e}.npy").astype(np.float32) for e in stored["labels"]
            },
            purposes={
                e: Purposes.from_json(of, Int8Vectors.load(folder, f"{_PURPOSES}.{e}"))
                for e, of in stored.get("purposes", {}).items()
            },
        )


def learn_kinds(
    heads: Mapping[str, NDArray[np.int32]],
    category_code: NDArray[np.int32],
    names: CategoryNames,
) -> Kinds:
    """Learn the kinds of a catalogue.

    Args:
        heads: phrase key → rows whose title has it as its head.
        category_code: ``[n]``, -1: none.
        names: phrases in the names of the categories.
    """
    n_titles = np.bincount(category_code[category_code >= 0])
    goods = general_goods()
    sure = category_code[heads.get(SURE, _NO_ROWS)]
    n_sure = np.bincount(sure[sure >= 0], minlength=len(n_titles))
    is_clear = n_sure >= _CLEAR * n_titles
    by_title = {
        k: _by_title(category_code[rows], n_titles, is_clear)
        for k, rows in heads.items()
        if k != SURE
    }
    named: dict[str, Weights] = {}
    kind_weights = _of_kinds(by_title, names, goods)
    for key in sorted({*by_title, *names.whole, *names.part, *names.upper, *goods.numbers_of}):
        meanings = [kind_weights[n] for n in goods.numbers_of.get(key, ())]
        if weights := _joined(key, highest(meanings), by_title.get(key, {}), names):
            named[key] = weights
    return Kinds(named=named)


def _by_title(
    codes: NDArray[np.int32], n_titles: NDArray[np.int64], is_clear: NDArray[np.bool_]
) -> Weights:
    """Categories that a phrase names as the head of their titles, given the codes of these titles.
    ``is_clear``: categories whose titles nearly all name them."""
    counts = Counter(codes[codes >= 0].tolist())
    total, found = sum(counts.values()), {}
    for code, count in counts.items():
        share = count / int(n_titles[code])
        if not is_clear[code] and share < _CLEAR:
            continue  # a category of many kinds: its titles tell them apart
        weight = share / _COMMON if count > 1 else 0.0
        if total >= MIN_TITLES and share >= _NOT_RARE and count / total >= _TYPICAL:
            weight = max(weight, count / total)
        weight = min(weight, 1.0 if count / total >= _CLEAR else _BY_TITLE)
        if weight >= _LEAST:
            found[code] = round(weight, 3)
    return found


def _joined(key: str, meanings: Weights, titles: Weights, names: CategoryNames) -> Weights:
    """The categories of a phrase: those that bear its name, else those of its meanings and titles, else
    those below a broader name that it is a part of."""
    goods = general_goods()
    numbers = goods.numbers_of.get(key, ())
    same = goods.kinds[numbers[0]].keys if len(numbers) == 1 else ()
    sure = [k for k in same if len(goods.numbers_of[k]) == 1]
    exact, beside = _by_name((key, *sure), names), highest([meanings, titles])
    if exact:
        return highest([exact, _scaled(beside, _BESIDE_A_NAME)])
    return beside or dict.fromkeys(names.upper.get(key, frozenset()), _BY_TITLE)


def _by_name(same: Collection[str], names: CategoryNames) -> Weights:
    """The categories that bear any of several names of one kind. Beside one that has none below it, those
    under a broader category of the name count little: "Cameras" may be a camera, and a department with
    lenses and bags."""
    leaf = {code for key in same for code in names.leaf.get(key, ())}
    whole = {code for key in same for code in names.whole.get(key, ())}
    part = {code for key in same for code in names.part.get(key, ())}
    weights = dict.fromkeys(whole, _BESIDE_A_LEAF if leaf else 1.0)
    return weights | dict.fromkeys(leaf, 1.0) or dict.fromkeys(part, _BY_TITLE)


def _of_kinds(by_title: Mapping[str, Weights], names: CategoryNames, goods: Goods) -> list[Weights]:
    """The categories of every kind of ``goods``, from all its names and the kinds below it."""
    found: list[Weights] = []
    for kind in goods.kinds:
        # A name of several kinds (a notebook has keys or pages) tells nothing of one of them.
        sure = [k for k in kind.keys if len(goods.numbers_of[k]) == 1]
        exact = _by_name(sure, names)
        titles = highest(by_title.get(k, {}) for k in sure)
        under = _codes_under(kind.parent, names, goods)
        for key in kind.keys if under else ():
            if len(goods.numbers_of[key]) > 1:  # below stationery a notebook has pages
                of_key = highest([_by_name((key,), names), by_title.get(key, {})])
                kept = {code: weight for code, weight in of_key.items() if code in under}
                titles = highest([titles, kept])
        if exact:
            titles = _scaled(titles, _BESIDE_A_NAME)
        found.append(highest([exact, titles]))
    for number in reversed(range(len(found))):  # narrow kinds stand after broad ones
        parent = goods.kinds[number].parent
        if parent >= 0:
            found[parent] = highest([found[parent], found[number]])
    return found


def _codes_under(number: int, names: CategoryNames, goods: Goods) -> set[int]:
    """The categories below one that bears the name of a kind, or of a kind above it."""
    found: set[int] = set()
    while number >= 0:
        for key in goods.kinds[number].keys:
            for named in (names.whole, names.upper):
                found |= named.get(key, frozenset())
        number = goods.kinds[number].parent
    return found


def _scaled(weights: Weights, factor: float) -> Weights:
    return {c: round(w * factor, 3) for c, w in weights.items() if w * factor >= _LEAST}


def highest(several: Iterable[Weights]) -> Weights:
    """The highest weight of each category."""
    out: dict[int, float] = {}
    for weights in several:
        for code, weight in weights.items():
            out[code] = max(out.get(code, 0.0), weight)
    return out


def with_vectors(
    kinds: Kinds,
    categories: Sequence[tuple[str, ...]],
    encoders: Encoders,
    names: Sequence[str],
    *,
    cache: VectorCache | None,
) -> Kinds:
    """With vectors of the names of kinds, sold and not: the nearest one says what an unknown word is."""
    goods, labels, vectors = general_goods(), {}, {}
    for encoder_name in names:
        if encoder_name not in (MINILM, MULTILINGUAL):
            continue
        is_chinese = encoder_name == MULTILINGUAL
        found = {
            name: Label(name, kinds.named.get(phrase_key(name), {}))
            for number in range(len(goods.kinds))
            if (name := goods.label(number, is_chinese=is_chinese))
        }
        for code, path in enumerate(categories):
            if path and has_han(path[-1]) == is_chinese:
                found[path[-1]] = Label(path[-1], {code: 1.0})
        encoder, texts = encoders.get(encoder_name), list(found)
        labels[encoder_name] = tuple(found.values())
        vectors[encoder_name] = (
            encoder.encode(texts) if cache is None else cache.vectors(encoder, texts)
        )
    return replace(kinds, labels=labels, vectors=vectors)


def with_purposes(
    kinds: Kinds,
    purposes: Mapping[str, Purpose],
    rows_of: Callable[[Sequence[str], Weights], NDArray[np.intp]],
    row_vectors: Mapping[str, Vectors],
    encoders: Encoders,
    *,
    cache: VectorCache | None,
) -> Kinds:
    """With what kinds of goods are for.

    Args:
        kinds: what was learned of the catalogue.
        purposes: by the phrase key of the kind's name.
        rows_of: the products of names of a kind and of its categories.
        row_vectors: encoder → ``[n, dim]``.
        encoders: of the phrases.
        cache: of earlier vectors.
    """
    rows = {key: rows_of(kinds.other_names(key), kinds.weights(key)) for key in purposes}
    found = {}
    for name, vectors in row_vectors.items():
        if name in (MINILM, MULTILINGUAL):
            is_chinese = name == MULTILINGUAL
            in_language = []
            for key, one in purposes.items():
                phrases = one.phrases_zh if is_chinese else one.phrases_en
                if not len(rows[key]):  # what is not sold needs no more to be owned up to
                    phrases = phrases[:_OF_UNSOLD]
                if phrases:
                    label = _name_in(one.name, key, is_chinese=is_chinese)
                    kind = KindForSale(key, label, phrases, rows[key], one.is_own)
                    in_language.append(kind)
            found[name] = with_purpose_vectors(in_language, vectors, encoders.get(name), cache)
    return replace(kinds, purposes=found)


def _name_in(name: str, key: str, *, is_chinese: bool) -> str:
    """The usual name of a kind in a language; the given one where nobody knows another."""
    goods = general_goods()
    numbers = goods.numbers_of.get(key, ())
    return (goods.label(numbers[0], is_chinese=is_chinese) if len(numbers) == 1 else "") or name
