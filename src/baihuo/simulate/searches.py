"""What people search for: a type, with a part of what they have in mind; now and then what is not sold."""

from __future__ import annotations

import random
from dataclasses import replace

from baihuo.simulate.intents import ANY_BRAND, UNSOLD_BRAND, Intent, Typed
from baihuo.simulate.listings import Listing
from baihuo.simulate.phrases import text_of
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.vocabulary import ProductType, Vocabulary

P_NOT_SOLD = 0.015  # they look for a kind that the shop does not have
P_UNSOLD_BRAND = 0.015  # … for a brand that it does not have
P_BROADER = 0.1  # they type a word for several types: shoes, 零食
P_BUDGET = 0.3  # they have a limit in mind, typed or not
P_DUE = 0.75  # where something is used up, it is what they come for
P_FAVOURITE = 0.88  # else a favourite type, or one of …
N_ANY = 2_000  # … the first of these listings
N_WISHES = (
    0.54,
    0.28,
    0.13,
    0.05,
)  # shares of searches with so many wishes in addition to the kind
_P_OTHER_LANGUAGE = 0.06  # bilingual people
P_GIFT = 0.1  # for somebody else
N_LOOKED_AT = 6  # listings among which they find one that they would like
_WORD_WEIGHTS = (4, 2, 1, 1, 1, 1)  # of a type's words, the usual one first
_ROUND_SUMS = (*(s * 10**e for e in (1, 2, 3) for s in (1, 2, 3, 5, 8)), 10_000, 15_000)  # yuan


def intent_of(
    shelf: Shelf, shoppers: Shoppers, person: int, due: list[int], rng: random.Random
) -> Intent:
    """What a person comes for: something used up, else mostly a favourite type.

    Half of the searches name the type only. Others add what the thing is like: names come from a listing
    they would like, so something in the catalogue answers nearly always.
    """
    language = "zh" if shoppers.is_chinese[person] else "en"
    if rng.random() < _P_OTHER_LANGUAGE:
        language = "en" if language == "zh" else "zh"
    vocabulary = shelf.vocabulary
    if not due and rng.random() < P_NOT_SOLD:
        word = rng.choice(vocabulary.not_sold[language])
        return Intent(Typed(language, word, ()), word, type_index=-1)
    if not due and rng.random() < P_UNSOLD_BRAND:
        return _unsold_brand(vocabulary, language, rng)
    row = rng.choice(due) if due and rng.random() < P_DUE else -1
    if row >= 0:
        type_index = int(shelf.type_index[row])
    else:
        if rng.random() < P_FAVOURITE:
            type_index = int(rng.choice(shoppers.types[person].tolist()))
        else:
            type_index = int(shelf.type_index[rng.randrange(min(N_ANY, len(shelf)))])
        row = _liked(shelf, shoppers, person, type_index, rng)
    if row < 0:
        word = _word(vocabulary.types[type_index], language, rng)
        return Intent(Typed(language, word, vocabulary.named[word]), word, type_index)
    return _wishing_for(shelf, shoppers, person, row, language, rng)


def _unsold_brand(vocabulary: Vocabulary, language: str, rng: random.Random) -> Intent:
    brand = rng.choice(vocabulary.unsold_brands)
    word = rng.choice(brand.typed[language])
    typed = Typed(language, word, brand.types, UNSOLD_BRAND, brand.name.of(language))
    return Intent(typed, word, brand.types[0])


def _liked(
    shelf: Shelf, shoppers: Shoppers, person: int, type_index: int, rng: random.Random
) -> int:
    """A listing of the type that they would like: of a maker they like and mostly for themselves; -1 for none."""
    rows = shelf.rows_of_type[type_index]
    if not len(rows):
        return -1
    some = [int(rows[rng.randrange(len(rows))]) for _ in range(N_LOOKED_AT)]
    if rng.random() > P_GIFT:
        some = [r for r in some if shoppers.wears(person, shelf.gender[r])] or some
    liked = [r for r in some if shoppers.likes_brand[person, shelf.brand_index[r]]]
    return (liked or some)[0]


def _word(kind: ProductType, language: str, rng: random.Random) -> str:
    words = kind.typed[language]
    return rng.choices(words, _WORD_WEIGHTS[: len(words)])[0]


def _wishing_for(
    shelf: Shelf, shoppers: Shoppers, person: int, row: int, language: str, rng: random.Random
) -> Intent:
    """Somebody wants something like the listing ``row``, and types a part of that."""
    vocabulary, listing = shelf.vocabulary, shelf.listings[row]
    kind = vocabulary.types[listing.type_index]
    word, gender = _word(kind, language, rng), ""
    broader = [
        b
        for b in vocabulary.broader
        if listing.type_index in b.types and b.gender in ("", listing.gender)
    ]
    if broader and rng.random() < P_BROADER:
        entry = rng.choice(broader)
        word, gender = rng.choice(entry.typed[language]), entry.gender
    is_own = shoppers.wears(person, shelf.gender[row])
    size = shoppers.size(person, kind.sizes) if kind.sizes and is_own else ""
    budget = _round_above(shelf.price_minor[row], rng) if rng.random() < P_BUDGET else 0
    types = vocabulary.named[word]
    intent = Intent(
        Typed(language, word, types, words=kind.implied.get(word, ()), gender=gender),
        word,
        listing.type_index,
        listing.gender,
        size,
        budget,
    )
    n_wishes = rng.choices(range(len(N_WISHES)), N_WISHES)[0]
    return _with_wishes(vocabulary, listing, intent, n_wishes, rng) if n_wishes else intent


def _with_wishes(
    vocabulary: Vocabulary, listing: Listing, intent: Intent, n_wishes: int, rng: random.Random
) -> Intent:
    """``n_wishes`` things that hold of ``listing`` are typed in addition to the kind."""
    typed = intent.typed
    words = _wishes(vocabulary, listing, typed)
    offered = {"brand": 5.0, "price": 2.5, "word": 6.0 if words else 0.0}
    offered["gender"] = 8.0 if intent.gender and not typed.gender else 0.0
    offered["size"] = 5.0 if intent.size else 0.0
    offered["word too"] = 2.0 if len(words) > 1 else 0.0
    wishes: set[str] = set()
    while len(wishes) < min(n_wishes, sum(w > 0 for w in offered.values())):
        wishes.add(rng.choices(list(offered), list(offered.values()))[0])
    n_words = ("word" in wishes) + ("word too" in wishes)
    typed = replace(
        typed,
        brand_index=listing.brand_index if "brand" in wishes else ANY_BRAND,
        words=typed.words + tuple(rng.sample(words, min(n_words, len(words)))),
        gender=intent.gender if "gender" in wishes else typed.gender,
        size=intent.size if "size" in wishes else "",
    )
    if "price" in wishes:
        budget = intent.budget_minor or _round_above(listing.product.price_minor or 0, rng)
        intent = replace(intent, budget_minor=budget)
        typed = replace(typed, max_price_minor=budget)
    return replace(intent, typed=typed, text=text_of(typed, vocabulary, rng))


def _wishes(vocabulary: Vocabulary, listing: Listing, typed: Typed) -> list[str]:
    """What of ``listing`` can be asked for in addition to ``typed``; of a broader word the colour only."""
    words = listing.words[typed.language] - {"men", "women", "男", "女"} - set(typed.words)
    if len(typed.types) > 1:
        words &= {c.name.of(typed.language).casefold() for c in vocabulary.colours.values()}
    return sorted(w for w in words if w not in typed.word)


def _round_above(price_minor: int, rng: random.Random) -> int:
    """A round sum of money that pays ``price_minor``, as people name their limit."""
    sums = [s for s in _ROUND_SUMS if s * 100 >= price_minor]
    return 100 * (sums[min(len(sums) - 1, rng.choice((0, 0, 1)))] if sums else _ROUND_SUMS[-1])
