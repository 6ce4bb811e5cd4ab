"""Titles: one language against all else of the listing, cut, pasted, stuffed, with notes and old offers."""

from __future__ import annotations

import random
import re

from baihuo.exam.independent.dirt.fifth.attributes import number
from baihuo.exam.independent.dirt.fifth.tools import BRANDS, COLOURS, both, either, leaf, sort_of
from baihuo.exam.independent.dirt.third.tools import FIXED, Values, listing, read
from baihuo.exam.independent.kinds import Bed, Kind, NoRoom, kind
from baihuo.exam.independent.rows import PRODUCTS


def colour(v: Values) -> str:
    return str(read(v, "attributes.Colour") or "")


def said_everywhere(v: Values) -> bool:
    """Both titles and the attribute have one colour."""
    own = colour(v)
    return both(v) and own in COLOURS and own in v["title_en"] and COLOURS[own] in v["title_zh"]


def _other_colour(bed: Bed, v: Values) -> str:
    other = bed.rng.choice([zh for en, zh in COLOURS.items() if en != colour(v)])
    return str(v["title_zh"]).replace(COLOURS[colour(v)], other, 1)


listing(
    "colour_mistranslated_in_title_zh",
    "白色 in the Chinese title; black in the English one, the attribute and the descriptions",
    _other_colour,
    "title_zh",
    fit=said_everywhere,
)


def _turned_number(v: Values) -> str | None:
    """The Chinese title with the last two digits of its measure the other way round."""
    for value in (v.get("attributes") or {}).values():
        whole = str(value).split()[0] if value else ""
        if not re.fullmatch(r"[1-9]\d{2,4}", whole) or whole[-1] == whole[-2]:
            continue
        if whole in str(v["title_zh"]) and re.search(rf"\b{whole}\b", str(v["title_en"])):
            return str(v["title_zh"]).replace(whole, whole[:-2] + whole[-1] + whole[-2], 1)
    return None


def _digits(bed: Bed, v: Values) -> str:
    return str(_turned_number(v))


listing(
    "digits_swapped_in_title_zh",
    "182 in the Chinese title; 128 in the English one and the attribute",
    _digits,
    "title_zh",
    fit=lambda v: both(v) and _turned_number(v) is not None,
)


def _jin(bed: Bed, v: Values) -> str:
    return re.sub(r"(?<=\d)(kg|公斤|千克)", "斤", str(v["title_zh"]), count=1)


listing(
    "jin_for_kilogram",
    "斤 (half a kilogram) in the Chinese title; kg in the English one and the attribute",
    _jin,
    "title_zh",
    fit=lambda v: (
        both(v)
        and re.search(r"\d(kg|公斤|千克)", v["title_zh"]) is not None
        and str(read(v, "attributes.Weight")) in v["title_en"]
        and number(v, "attributes.Weight")[1] == "kg"
    ),
)


def brands_of_shelf(bed: Bed) -> dict[str, list[str]]:
    """Names of brands by category, as listings without dirt spell them."""
    found: dict[str, set[str]] = {}
    for row in bed.sound_products():
        if row.values.get("brand"):
            found.setdefault(leaf(row.values), set()).add(str(row.values["brand"]))
    return {shelf: sorted(names) for shelf, names in found.items()}


@kind(
    "other_brand_in_title_zh",
    "the Chinese title names another brand of the category than all else of the listing",
    table=PRODUCTS,
    actions=FIXED,
)
def _other_brand(bed: Bed, own: Kind) -> None:
    shelves = brands_of_shelf(bed)

    def fit(v: Values) -> bool:
        return both(v) and v.get("brand") in BRANDS and BRANDS[v["brand"]] in v["title_zh"]

    for row in bed.take(PRODUCTS, own.cases, fit):
        v = row.values
        others = [b for b in shelves[leaf(v)] if b in BRANDS and b != v["brand"]]
        if not others:
            raise NoRoom
        clean = v["title_zh"]
        v["title_zh"] = clean.replace(BRANDS[v["brand"]], BRANDS[bed.rng.choice(others)], 1)
        bed.case(own, [row], field="title_zh", clean=clean)


@kind(
    "title_stuffed_with_other_brands",
    "a title that ends with three other brands of its category",
    table=PRODUCTS,
    actions=FIXED,
)
def _stuffed(bed: Bed, own: Kind) -> None:
    shelves = brands_of_shelf(bed)

    def others(v: Values) -> list[str]:
        title = str(v.get("title_en"))
        return [b for b in shelves.get(leaf(v), []) if b != v.get("brand") and b not in title]

    for row in bed.take(PRODUCTS, own.cases, lambda v: both(v) and len(others(v)) >= 3):
        clean = row.values["title_en"]
        names = " ".join(bed.rng.sample(others(row.values), 3))
        row.values["title_en"] = f"{clean} {names}"
        bed.case(own, [row], field="title_en", clean=clean)


def _last_word(v: Values) -> re.Match[str] | None:
    """The last long word of the title's second half, if another cell of the listing has it whole."""
    title = str(v["title_en"])
    found = [m for m in re.finditer(r"[A-Za-z]{5,}", title) if m.start() > len(title) / 2]
    rest = f"{v['description_en']} {v.get('attributes')}"
    return found[-1] if found and found[-1][0] in rest else None


def _cut(bed: Bed, v: Values) -> str:
    match = _last_word(v)
    at = match.start() if match else 0
    return str(v["title_en"])[: at + bed.rng.randint(2, 3)]


listing(
    "title_cut_in_a_word",
    "cut at a column's width, within a word that the description or an attribute has whole",
    _cut,
    fit=lambda v: bool(v.get("description_en")) and _last_word(v) is not None,
)

_OCR = re.compile(r"\b(?=\d*?[01])(\d++)( ?(?:ml|GB|g|kg|pcs|W|l|L|mAh|cm|Hz|mm|inch))\b")


def _scanned(title: str) -> str | None:
    match = _OCR.search(title)
    if match is None or len(match[1]) < 2:
        return None
    figures = match[1][0].replace("1", "l") + match[1][1:].replace("0", "O")
    found = title[: match.start()] + figures + match[2] + title[match.end() :]
    return found if found != title else None


def _ocr(bed: Bed, v: Values) -> str:
    return str(_scanned(v["title_en"]))


listing(
    "ocr_letters_for_digits",
    "5OO ml, l2 cm: the letters O and l for 0 and 1, in the English title alone",
    _ocr,
    fit=lambda v: both(v) and _scanned(v["title_en"]) is not None,
)


def _not_translated(bed: Bed, v: Values) -> str:
    sort = sort_of(v)
    return str(v["title_en"]).replace(sort["en"], sort["zh"], 1)


listing(
    "chinese_word_left_in_title_en",
    "what the thing is stands in Chinese in an English title",
    _not_translated,
    fit=lambda v: both(v) and bool(sort_of(v)),
)


def _half_character(bed: Bed, v: Values) -> str:
    title = str(v["title_zh"]).encode()
    return title[: len(title) - bed.rng.choice([1, 2])].decode("utf-8", "replace")


listing(
    "title_zh_cut_in_a_character",
    "a Chinese title that was cut at a byte length, within a character",
    _half_character,
    "title_zh",
    fit=lambda v: both(v) and ord(v["title_zh"][-1]) > 255,
)


def _with_description(bed: Bed, v: Values) -> str:
    return f"{v['title_en']} {v['description_en']}"


listing(
    "title_with_description_pasted",
    "the title holds the whole description, too, word for word",
    _with_description,
    fit=lambda v: bool(v.get("description_en")),
)


def _note(rng: random.Random, text: str, column: str) -> str:
    zh = ["【已下架】", "【停产勿拍】", "【作废】"]
    en = ["DISCONTINUED - ", "[DO NOT SELL] ", "(old SKU, use new one) "]
    return rng.choice(zh if column == "title_zh" else en) + text


either(
    "note_to_staff_in_title",
    "【停产勿拍】, [DO NOT SELL]: a note for the warehouse in a title on sale",
    _note,
    ("title_en", "title_zh"),
)


def _old_offer(rng: random.Random, text: str, column: str) -> str:
    zh = ["【2021双11预售】", "【2022年618提前购】", "【2020年货节限时】"]
    en = [
        " - Black Friday 2021 Deal",
        " | Spring Sale 2022 ends Sunday",
        " (Pre-order, ships May 2021)",
    ]
    return rng.choice(zh) + text if column == "title_zh" else text + rng.choice(en)


either(
    "offer_of_years_ago_in_title",
    "2021双11预售, Black Friday 2021, years before the log",
    _old_offer,
    ("title_en", "title_zh"),
)
