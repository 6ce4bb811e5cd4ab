"""A second, simple simulator: a clean catalogue, its pictures, and (in visits.py) what people do there."""

from __future__ import annotations

import random
from typing import Any

from baihuo.dirt import PRODUCTS, Row, Shop, draw
from baihuo.exam.independent.visits import START_US, visits
from baihuo.exam.independent.vocabulary import words

DAY_US = 86_400_000_000


def clean_shop(seed: int, *, events: int, products: int) -> Shop:
    """A shop without dirt. Same seed and sizes, same rows."""
    rng = random.Random(f"clean shop {seed}")
    catalogue = [Row((PRODUCTS, n), product(rng, n)) for n in range(products)]
    pictures = {name: draw(rng) for row in catalogue for name in row.values.get("images", [])}
    return Shop(visits(rng, [r.values for r in catalogue], events), catalogue, pictures)


def ean(rng: random.Random) -> str:
    """A EAN-13 with a right check digit."""
    digits = [6, 9] + [rng.randrange(10) for _ in range(10)]
    total = sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


def product(rng: random.Random, n: int) -> dict[str, Any]:
    """One listing, as a catalogue's export would hold it. ``price`` is a decimal text."""
    said = words()
    sort = rng.choice(said["types"])
    brand, brand_zh = said["brands"][rng.randrange(len(said["brands"]))]
    colour, colour_zh = rng.choice(said["colours"])
    material, material_zh = rng.choice(sort["materials"])
    look, look_zh = rng.choice(said["looks"])
    model = "".join(rng.choice("ABCDEFGHKLMNPRSTVW") for _ in range(2)) + str(1000 + n)
    measures = {name: (rng.choice(v[1]), v[0]) for name, v in sort["measures"].items()}
    first, unit = next(iter(measures.values()))
    named = {"brand": brand, "type": sort["en"], "colour": colour, "material": material}
    named |= {"look": look, "model": model}
    named_zh = {"brand": brand_zh, "type": sort["zh"], "colour": colour_zh}
    named_zh |= {"material": material_zh, "look": look_zh, "model": model}
    price = sort["price"] * rng.lognormvariate(0.0, 0.22)
    values: dict[str, Any] = {
        "product_id": f"P{100000 + n}",
        "title_en": f"{brand} {model} {look} {material} {sort['en']} {first} {unit} {colour}",
        "title_zh": f"{brand_zh} {model} {look_zh}{material_zh}{sort['zh']} {first}{unit} {colour_zh}",
        "description_en": text_of(rng, said["sentences"]["en"], named, " "),
        "description_zh": text_of(rng, said["sentences"]["zh"], named_zh, ""),
        "brand": brand,
        "model": model,
        "category": list(sort["category"]),
        "codes": [ean(rng)],
        "price": f"{round(price) - rng.choice([0, 0.1, 0.5]):.2f}",
        "currency": "CNY",
        "stock_units": rng.randint(40, 400),
        "attributes": {"Colour": colour, "Material": material}
        | {name: f"{value} {of}" for name, (value, of) in measures.items()},
        "released_at_us": START_US - rng.randint(20, 700) * DAY_US,
        "updated_at_us": START_US + 27 * DAY_US - rng.randint(1, 150) * 3_600_000_000,
    }
    if n % 5 < 2:  # a file for each would be most of an exam's work
        values["images"] = [f"pictures/{n:05d}.png"]
    if "sizes" in sort:
        values["variants"] = [
            {
                "variant_id": f"P{100000 + n}-{size}",
                "attributes": {"Size": size, "Colour": colour},
                "stock_units": rng.randint(20, 90),
                "codes": [ean(rng)],
            }
            for size in sort["sizes"]
        ]
        values["stock_units"] = sum(v["stock_units"] for v in values["variants"])
    return values


def text_of(rng: random.Random, sentences: list[str], named: dict[str, str], between: str) -> str:
    chosen = rng.sample(sentences, 4)
    return between.join(s.format(n=rng.randint(11, 99), **named) for s in chosen)
