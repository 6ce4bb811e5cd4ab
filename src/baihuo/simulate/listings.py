"""Writes the catalogue: families of listings that look alike and are not the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from baihuo.core import Product, Variant
from baihuo.simulate.vocabulary import Brand, ProductType, Vocabulary, Word
from baihuo.simulate.wording import Draft, description, nameable, texts, title

DAY_US = 86_400_000_000
CURRENCY = "CNY"
_SUFFIXES = ("", " Pro", " Plus", " SE", "s", " Max", " Mini")
SIZES = {
    "shoe": ("36", "37", "38", "39", "40", "41", "42", "43", "44"),
    "clothes": ("XS", "S", "M", "L", "XL", "XXL"),
}
# Index of the smallest size that a listing of each gender may begin with: women wear smaller shoes.
_FIRST_SIZES = {
    "shoe": {"women": (0, 2), "men": (3, 5), "": (0, 5)},
    "clothes": {"women": (0, 1), "men": (1, 2), "": (0, 2)},
}

Texts = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A product, and what only the simulation knows of it."""

    product: Product
    type_index: int
    brand_index: int
    colour: str  # English name: of the thing or of its pack
    level: float  # where its price lies inside its type's range: 0 cheapest, 1 dearest
    appeal: float  # standard normal: liked by everybody, whatever their taste
    family: int  # listings of one family share brand, line and the root of the model name
    words: dict[str, frozenset[str]]  # language → what a query can name and this satisfies
    texts: dict[str, Texts]  # language → what its title and its description say, in pieces
    gender: str  # "men" or "women" where it says one, else ""

    def sizes(self) -> frozenset[str]:
        """Sizes of which there is stock."""
        return frozenset(
            str(v.attributes["Size"]).casefold() for v in self.product.variants if v.stock_units
        )


def listings(
    vocabulary: Vocabulary, *, seed: int, n_products: int, until_us: int
) -> Iterator[Listing]:
    """``n_products`` listings in a fixed order; the first do not depend on how many follow."""
    rng = random.Random(f"listings:{seed}")
    weights = [t.weight for t in vocabulary.types]
    number = family = 0
    while True:
        family += 1
        type_index = rng.choices(range(len(weights)), weights)[0]
        for listing in _family(vocabulary, type_index, family, number, rng, until_us):
            if number == n_products:
                return
            yield listing
            number += 1


def _family(
    vocabulary: Vocabulary,
    type_index: int,
    family: int,
    first_number: int,
    rng: random.Random,
    until_us: int,
) -> Iterator[Listing]:
    kind = vocabulary.types[type_index]
    makers = [
        i
        for i, b in enumerate(vocabulary.brands)
        if kind.department in b.makes or kind.code in b.makes
    ]
    brand_index = rng.choice(makers)
    line = rng.choice(kind.lines)
    root = f"{rng.choice('ABCDEFGHKMNPRSTVWX')}{rng.randint(1, 99)}"
    suffixes = rng.sample(_SUFFIXES, 4)
    released_at_us = until_us - int(rng.uniform(2, 720) * DAY_US)
    for i in range(rng.choices((1, 2, 3, 4), (45, 28, 17, 10))[0]):
        draft = Draft(
            kind=kind,
            brand=vocabulary.brands[brand_index],
            line=line,
            model=root + (suffixes[i] if rng.random() < 0.7 else ""),
            colour=vocabulary.colours[rng.choice(kind.colours)],
            chosen={a.key: rng.choice(a.values) for a in kind.attributes},
            name=kind.also if rng.random() < 0.3 else kind.name,
            points=tuple(rng.sample(vocabulary.departments[kind.department].points, 3)),
        )
        level = _level(kind, draft.brand, draft.chosen, rng)
        later_us = int(rng.uniform(0, 60) * DAY_US)
        product = _product(
            vocabulary,
            draft,
            number=first_number + i,
            price_minor=_price_minor(kind, level, rng),
            released_at_us=min(until_us - DAY_US, released_at_us + later_us),
            rng=rng,
        )
        written = [la for la in ("en", "zh") if getattr(product, f"title_{la}")]
        yield Listing(
            product=product,
            type_index=type_index,
            brand_index=brand_index,
            colour=draft.colour.name.en,
            level=level,
            appeal=rng.gauss(0, 1),
            family=family,
            words={language: nameable(draft, language) for language in ("en", "zh")},
            texts={language: texts(draft, language) for language in written},
            gender=draft.gender,
        )


def _level(
    kind: ProductType, brand: Brand, chosen: dict[str, Word | float | bool], rng: random.Random
) -> float:
    """Dearer makers and bigger numbers cost more; the rest is chance."""
    shares = []
    for attribute in kind.attributes:
        values = [v for v in attribute.values if not isinstance(v, (Word, bool))]
        value = chosen[attribute.key]
        if len(values) > 1 and not isinstance(value, (Word, bool)):
            shares.append(sorted(values).index(value) / (len(values) - 1))
    more = sum(shares) / len(shares) if shares else 0.5
    return min(1.0, max(0.0, rng.gauss(0.08 + 0.35 * brand.tier + 0.4 * (more - 0.5), 0.13)))


def _price_minor(kind: ProductType, level: float, rng: random.Random) -> int:
    low, high = kind.price_yuan
    yuan = low * (high / low) ** level
    if yuan >= 100:
        return round(yuan / 10) * 1000 - 100  # ends in 9: ¥2,489
    return max(100, round(yuan) * 100 - rng.choice((0, 10, 20, 50)))


def _product(
    vocabulary: Vocabulary,
    draft: Draft,
    *,
    number: int,
    price_minor: int,
    released_at_us: int,
    rng: random.Random,
) -> Product:
    kind, colour = draft.kind, draft.colour.name.en
    product_id = f"{kind.code.replace('_', '-')}-{number + 10_001}"
    attributes: dict[str, str | float | bool] = {"Colour": colour} if kind.is_coloured else {}
    attributes |= {k: v.en if isinstance(v, Word) else v for k, v in draft.chosen.items()}
    in_english, in_chinese = rng.choices(((True, True), (False, True), (True, False)), (88, 8, 4))[
        0
    ]
    texts = {
        language: (title(draft, language, rng), description(draft, language, rng))
        for language in ("en", "zh")
    }
    return Product(
        product_id=product_id,
        title_en=texts["en"][0] if in_english else None,
        title_zh=texts["zh"][0] if in_chinese else None,
        description_en=texts["en"][1] if in_english else None,
        description_zh=texts["zh"][1] if in_chinese else None,
        brand=draft.brand.name.en,
        model=f"{draft.line.en} {draft.model}",
        category=(vocabulary.departments[kind.department].name.en, kind.shelf.en),
        codes=(_ean(number, 0),),
        price_minor=price_minor,
        currency=CURRENCY,
        stock_units=0 if rng.random() < 0.03 else rng.randint(3, 400),
        attributes=attributes,
        variants=_variants(draft, product_id, number, rng),
        images=(f"pictures/{picture_name(kind.code, colour, rng.randint(1, 3))}",),
        released_at_us=released_at_us,
        updated_at_us=released_at_us,
    )


def picture_name(type_code: str, colour: str, style: int) -> str:
    """Listings of one type, colour and style share a picture."""
    return f"{type_code.replace('_', '-')}-{colour.lower().replace(' ', '-')}-{style}.svg"


def _variants(
    draft: Draft, product_id: str, number: int, rng: random.Random
) -> tuple[Variant, ...]:
    sizes = SIZES.get(draft.kind.sizes, ())
    if not sizes:
        return ()
    first = rng.randint(*_FIRST_SIZES[draft.kind.sizes][draft.gender])
    return tuple(
        Variant(
            variant_id=f"{product_id}-{size.lower()}",
            attributes={"Size": size},
            stock_units=rng.choice((0, 2, 5, 12, 40)),
            codes=(_ean(number, i),),
        )
        for i, size in enumerate(sizes[first : first + rng.randint(4, 5)], start=1)
    )


def _ean(number: int, form: int) -> str:
    """An EAN-13 of the range kept for use inside a shop (prefix 2): not a real code."""
    digits = f"21{number % 100_000_000:08d}{form % 100:02d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return f"{digits}{-total % 10}"
