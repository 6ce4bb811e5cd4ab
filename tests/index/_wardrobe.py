"""A catalogue whose products come in sizes, colours and measures, and how its searches are read."""

from __future__ import annotations

from tests.index._shop import asked

from baihuo.core import Product, Reading, Variant
from baihuo.index import Generation, Thresholds, answer_set

WORDS_ONLY = Thresholds(calibrations={})


def product(number: int, title: str, **more: object) -> Product:
    title_zh = more.pop("title_zh", None)
    return Product(
        product_id=f"item-{number}",
        title_en=title,
        title_zh=str(title_zh) if title_zh else None,
        currency="CNY",
        **more,  # type: ignore[arg-type]
    )


def wardrobe() -> list[Product]:
    """Shoes, shirts, rice, power banks, tea: each in several sizes, colours or measures."""
    made: list[Product] = []
    colours = ["Red", "Black", "Dark Green", "White"]
    for i in range(40):
        gender = ("men", "women", "unisex")[i % 3]
        numbers = range(36 + i % 4, 44)
        shoe = product(
            len(made),
            f"Running Shoes Model{i}",
            title_zh=f"跑步 鞋 款{i}",
            category=("Shoes",),
            price_minor=9_900 + 1_000 * i,
            attributes={"Gender": gender, "Colour": colours[i % 4]},
            variants=tuple(
                Variant(
                    variant_id=f"shoe{i}-{n}",
                    attributes={"Shoe size": str(n)},
                    price_minor=9_900 + 1_000 * i + 500 * (n % 3),
                    stock_units=(i + n) % 3,
                )
                for n in numbers
            ),
        )
        made.append(shoe)
    for i in range(20):
        shirt = product(
            len(made),
            f"Shirt Model{i}",
            category=("Clothing",),
            price_minor=2_000 + 700 * i,
            stock_units=i % 5,
            attributes={"Colour": colours[i % 4], "Gender": ("men", "women")[i % 2]},
            variants=tuple(
                Variant(variant_id=f"shirt{i}-{size}", attributes={"Fit size": size})
                for size in ("M", "L", "XL", "XXL")[: 1 + i % 4]
            ),
        )
        made.append(shirt)
    for i, weight in enumerate(("1kg", "2.5kg", "5kg", "10kg", "500g")):
        for brand in ("Guxiang", "Shanye"):
            made.append(
                product(
                    len(made),
                    f"{brand} Rice {weight}",
                    title_zh=f"{brand} 大米 {weight}",
                    category=("Food",),
                    price_minor=1_000 * (i + 1),
                )
            )
    for charge in (5000, 10000, 20000):
        made.append(
            product(len(made), f"Power Bank {charge}mAh", category=("Phones",), price_minor=charge)
        )
    for name in ("Black Tea", "Green Tea", "Red Bull Drink", "Orange Juice"):
        made.extend(
            product(len(made) + i, f"{name} {'ABC'[i]}", category=("Food",), price_minor=3_000)
            for i in range(3)
        )
    return made


def read(generation: Generation, text: str, **more: object) -> dict[str, Reading]:
    answer = answer_set(generation, asked(text, **more), WORDS_ONLY)  # type: ignore[arg-type]
    return {r.kind: r for r in answer.read}


def found(generation: Generation, text: str, **more: object) -> list[str]:
    answer = answer_set(generation, asked(text, **more), WORDS_ONLY)  # type: ignore[arg-type]
    return [str(i) for i in generation.product_ids[answer.rows]]
