"""What only a shop with such goods shows: some listings are given it soundly, and others of them are spoilt."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.fifth.tools import beside, both, leaf
from baihuo.exam.independent.dirt.third.tools import FIXED, Values
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS

# of a category: what some of its goods are and others not, in English and in Chinese
QUALITIES = {
    "Jackets": ("Waterproof", "防水"),
    "Backpacks": ("Waterproof", "防水"),
    "Tents": ("Waterproof", "防水"),
    "Keyboards": ("Wireless", "无线"),
    "Headphones": ("Noise cancelling", "降噪"),
    "Knives": ("Magnetic", "磁吸"),
}


def add(values: Values, **attributes: Any) -> None:
    values["attributes"] = values["attributes"] | attributes


def has_quality(v: Values) -> bool:
    return both(v) and leaf(v) in QUALITIES and isinstance(v.get("attributes"), dict)


def with_quality(bed: Bed, v: Values) -> None:
    """'Waterproof' in both titles and descriptions and as an attribute."""
    en, zh = QUALITIES[leaf(v)]
    add(v, **{en: True})
    v["title_en"] += f" {en}"
    v["title_zh"] += f" {zh}"
    v["description_en"] += f" {en}: yes."
    v["description_zh"] += f"{zh}：是。"


@kind(
    "yes_no_attribute_flipped",
    "Waterproof: false, while both titles and descriptions say that it is",
    table=PRODUCTS,
    actions=FIXED,
)
def _flag(bed: Bed, own: Kind) -> None:
    def field(v: Values) -> str:
        return f"attributes.{QUALITIES[leaf(v)][0]}"

    beside(bed, own, has_quality, with_quality, lambda bed, v: False, field)


@kind(
    "yes_no_flipped_in_description_zh",
    "防水：否 in Chinese; 'Waterproof: yes' in English, the attribute and the titles",
    table=PRODUCTS,
    actions=FIXED,
)
def _flag_zh(bed: Bed, own: Kind) -> None:
    def spoil(bed: Bed, v: Values) -> str:
        zh = QUALITIES[leaf(v)][1]
        return str(v["description_zh"]).replace(f"{zh}：是", f"{zh}：否")

    beside(bed, own, has_quality, with_quality, spoil, "description_zh")


@kind(
    "gender_mistranslated_in_title_zh",
    "男 in the Chinese title; women in the English one, the attribute and both descriptions",
    table=PRODUCTS,
    actions=FIXED,
)
def _gender(bed: Bed, own: Kind) -> None:
    def furnish(bed: Bed, v: Values) -> None:
        en, zh = bed.rng.choice([("men", "男"), ("women", "女")])
        add(v, Gender=en)
        v["title_en"] += f" for {en}"
        v["title_zh"] += f" {zh}"
        v["description_en"] += f" Gender: {en}."
        v["description_zh"] += f"性别：{zh}。"

    def spoil(bed: Bed, v: Values) -> str:
        title = str(v["title_zh"])
        return title[:-1] + ("女" if v["attributes"]["Gender"] == "men" else "男")

    def fit(v: Values) -> bool:
        return both(v) and bool(v.get("attributes")) and v["category"][0] == "Clothing"

    beside(bed, own, fit, furnish, spoil, "title_zh")


@kind(
    "dash_became_question_mark",
    "'(white) ? Light underfoot': an export without the dash that such titles have there",
    table=PRODUCTS,
    actions=FIXED,
)
def _dash(bed: Bed, own: Kind) -> None:
    ends = [
        "Light underfoot",
        "Easy to clean",
        "Made to last",
        "Gentle on skin",
        "Ready in minutes",
    ]

    def furnish(bed: Bed, v: Values) -> None:
        v["title_en"] += f" – {bed.rng.choice(ends)}"

    def spoil(bed: Bed, v: Values) -> str:
        return str(v["title_en"]).replace(" – ", " ? ")

    beside(bed, own, both, furnish, spoil, "title_en")


@kind(
    "mojibake_in_attribute",
    "150Ã—200 cm: UTF-8 read as Windows-1252, while such listings have ×",
    table=PRODUCTS,
    actions=FIXED,
)
def _mojibake(bed: Bed, own: Kind) -> None:
    def furnish(bed: Bed, v: Values) -> None:
        form = bed.rng.choice(["{}×{} cm", "face {}×{} cm", "bath {}×{} cm"])
        add(v, Size=form.format(bed.rng.choice([35, 70, 100]), bed.rng.choice([75, 140, 150])))

    def spoil(bed: Bed, v: Values) -> str:
        return str(v["attributes"]["Size"]).encode().decode("cp1252")

    def fit(v: Values) -> bool:
        return bool(v.get("attributes")) and leaf(v) in ("Blankets", "Mats")

    beside(bed, own, fit, furnish, spoil, "attributes.Size")


def with_storage(bed: Bed, v: Values, sizes: list[str]) -> None:
    size = bed.rng.choice(sizes)
    memory = str(v["attributes"]["Memory"])
    add(v, Storage=size)
    size_in_title = "1 TB" if size == "1024 GB" else size
    v["title_en"] = str(v["title_en"]).replace(memory, f"{memory} + {size_in_title}")
    short = memory.replace(" ", "")
    v["title_zh"] = str(v["title_zh"]).replace(short, f"{short}+{size_in_title.replace(' ', '')}")


def is_laptop(v: Values) -> bool:
    held = v.get("attributes") or {}
    return both(v) and leaf(v) == "Laptops" and str(held.get("Memory")) in v["title_en"]


@kind(
    "memory_storage_swapped",
    "8 GB + 512 GB in the title, 512 GB of memory and 8 GB of storage in the attributes",
    table=PRODUCTS,
    actions=FIXED,
)
def _memory(bed: Bed, own: Kind) -> None:
    def spoil(bed: Bed, v: Values) -> str:
        memory, storage = v["attributes"]["Memory"], v["attributes"]["Storage"]
        add(v, Storage=memory)
        return str(storage)

    beside(
        bed,
        own,
        is_laptop,
        lambda bed, v: with_storage(bed, v, ["128 GB", "256 GB", "512 GB"]),
        spoil,
        "attributes.Memory",
    )


@kind(
    "storage_tb_in_gb",
    "a storage of 1 GB, where sisters say 1024 GB and the title 1 TB",
    table=PRODUCTS,
    actions=FIXED,
)
def _storage(bed: Bed, own: Kind) -> None:
    beside(
        bed,
        own,
        is_laptop,
        lambda bed, v: with_storage(bed, v, ["1024 GB"]),
        lambda bed, v: "1 GB",
        "attributes.Storage",
    )


@kind(
    "screen_in_cm",
    "a screen of 35.6 where both titles say 14.0 inch: centimetres",
    table=PRODUCTS,
    actions=FIXED,
)
def _screen(bed: Bed, own: Kind) -> None:
    def furnish(bed: Bed, v: Values) -> None:
        screen = str(v["attributes"]["Screen"])
        v["title_en"] += f", {screen}"
        v["title_zh"] += f" {screen.replace(' inch', '英寸')}"

    def spoil(bed: Bed, v: Values) -> str:
        return f"{float(v['attributes']['Screen'].split()[0]) * 2.54:.1f} inch"

    def fit(v: Values) -> bool:
        return both(v) and str((v.get("attributes") or {}).get("Screen")).endswith(" inch")

    beside(bed, own, fit, furnish, spoil, "attributes.Screen")
