"""Tagged titles made of a few brands, words and things."""

from __future__ import annotations

import random
from pathlib import Path

from baihuo.tag import TaggedTitle

BRANDS = ["羚跑", "安居", "Norda", "KUMO", "星河", "白云"]
NEW_BRANDS = ["山野", "Vetra"]
THINGS = ["双肩包", "电脑包", "台灯", "保温杯", "四件套"]
WORDS = ["新款", "加厚", "男女", "15寸", "纯棉", "韩版"]


def tagged(brand: str, thing: str, words: list[str], model: str) -> TaggedTitle:
    parts = [(brand, "HPPX"), (words[0], ""), (model, "XH"), (thing, "HCCX"), (words[1], "")]
    text = "".join(t for t, _ in parts)
    tags = [
        "O" if not name else f"{'I' if at else 'B'}-{name}"
        for part, name in parts
        for at in range(len(part))
    ]
    return TaggedTitle(text, tuple(tags))


def titles(n: int, brands: list[str], seed: int = 1) -> list[TaggedTitle]:
    rng = random.Random(seed)
    return [
        tagged(
            rng.choice(brands),
            rng.choice(THINGS),
            rng.sample(WORDS, 2),
            f"{rng.choice('ABX')}{rng.randint(10, 99)}",
        )
        for _ in range(n)
    ]


def as_file(made: list[TaggedTitle], file: Path) -> Path:
    file.write_text(
        "\n\n".join("\n".join(f"{c} {t}" for c, t in zip(*one, strict=True)) for one in made)
    )
    return file
