"""Titles: holes of templates, remains of exports and translators, tricks of sellers, languages that contradict."""

from __future__ import annotations

import base64
from typing import Any

from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    LOST,
    Values,
    brands,
    listing,
    stranger,
    text_of,
)
from baihuo.exam.independent.kinds import Bed

TITLE = text_of("title_en")


def in_title(column: str, field: str = "title_en") -> Any:
    """Listings whose title says what stands in another column."""
    return lambda v: bool(v.get(column)) and str(v[column]) in str(v.get(field) or "")


def _template_hole(bed: Bed, v: Values) -> str:
    hole = bed.rng.choice(["%BRAND%", "[[brand]]", "{{ brand.name }}", "${brand}"])
    return str(v["title_en"]).replace(str(v["brand"]), hole)


listing(
    "title_template_hole",
    "a template's hole left in a title that is otherwise whole",
    _template_hole,
    fit=in_title("brand"),
)


def _of_other_model(bed: Bed, v: Values) -> str:
    return str(v["title_en"]).replace(
        str(v["model"]), str(stranger(bed, v, "model", "brand")["model"])
    )


listing(
    "title_of_other_model",
    "the English title names another model than all else of the listing",
    _of_other_model,
    fit=in_title("model"),
)


def _own_price(bed: Bed, v: Values) -> str:
    price = float(v["price"]) * bed.rng.choice([0.5, 0.7, 1.8])
    return f"{v['title_en']} only {v['currency']} {price:.2f}"


listing(
    "title_own_price",
    "a price in the title that is not the listing's",
    _own_price,
    fit=lambda v: bool(v.get("price")),
)


def _promotion_zh(bed: Bed, v: Values) -> str:
    phrase = bed.rng.choice(["【限时特价】", "【买一送一 包邮】", "【双11预售】", "【清仓亏本】"])
    return f"{phrase}{v['title_zh']}"


listing("title_promotion_zh", "a Chinese advertisement before the title", _promotion_zh, "title_zh")


def _emoji_chain(bed: Bed, v: Values) -> str:
    mark = bed.rng.choice(["🔥🔥🔥", "⭐⭐⭐⭐⭐", "💥💯💥", "✅✅✅"])
    return f"{mark} {v['title_en']} {mark}"


listing("title_emoji_chain", "chains of emoji around a title", _emoji_chain)


def _letter_spaced(bed: Bed, v: Values) -> str:
    return " ".join(str(v["title_en"]))


listing("title_letter_spaced", "a blank after each letter", _letter_spaced, fit=TITLE)


def _blanks_lost(bed: Bed, v: Values) -> str:
    return "".join(str(v["title_en"]).split())


listing("title_blanks_lost", "all blanks of the title are lost", _blanks_lost, fit=TITLE)


def _whole_row(bed: Bed, v: Values) -> str:
    cells = (v["product_id"], v["title_en"], v.get("brand"), v.get("price"), v.get("currency"))
    return bed.rng.choice([";", "\t", "|", '","']).join(map(str, cells))


listing("title_whole_row", "a whole line of the export in the title's cell", _whole_row)


def _half_translated(bed: Bed, v: Values) -> str:
    words = str(v["title_en"]).split()
    words[bed.rng.randrange(2, len(words) - 1)] = bed.rng.choice(["新款", "加厚", "便携式", "家用"])
    return " ".join(words)


listing(
    "title_half_translated",
    "a word that the translator left in Chinese, in an English title",
    _half_translated,
    fit=text_of("title_en", 5),
)


def _fancy_letters(bed: Bed, v: Values) -> str:
    first = bed.rng.choice([0x1D5D4, 0x1D400, 0x1D670])  # bold sans, bold, typewriter
    return "".join(
        chr(first + ord(c) - 65)
        if "A" <= c <= "Z"
        else chr(first + 26 + ord(c) - 97)
        if "a" <= c <= "z"
        else c
        for c in str(v["title_en"])
    )


listing(
    "title_fancy_letters", "a title in letters of mathematics, to catch the eye", _fancy_letters
)


def _base64(bed: Bed, v: Values) -> str:
    return base64.b64encode(str(v["title_en"]).encode()).decode()


listing("title_base64", "a title in base64", _base64, actions=f"{FIXED} quarantine")


def _message_key(bed: Bed, v: Values) -> str:
    key = bed.rng.choice(["catalog.product.{}.title", "i18n:{}.name", "__MSG_title_{}__"])
    return str(key).format(v["product_id"])


listing("title_message_key", "the key of a text that nobody translated", _message_key, actions=LOST)


def _of_stranger(bed: Bed, v: Values) -> str:
    return str(stranger(bed, v, "brand", "model", "title_en")["title_en"])


listing(
    "title_of_stranger",
    "the English title of another listing, while brand, model and text are its own",
    _of_stranger,
    fit=lambda v: in_title("brand")(v) and in_title("model")(v),
)


def _rivals(bed: Bed, v: Values) -> str:
    others = [b for b in brands(bed) if b != v.get("brand")]
    names = bed.rng.sample(others, min(5, len(others)))
    return f"{v['title_en']} (not {', '.join(names)})"


listing("title_rivals", "five rivals' brands in the title, to be found for them", _rivals)


def _discontinued(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["DISCONTINUED - {}", "{} (no longer available)", "*** OBSOLETE *** {}"])
    ).format(v["title_en"])


listing(
    "title_discontinued",
    "the title says that it is no longer sold",
    _discontinued,
    actions=f"{LOST} repair",
)


def _warehouse_place(bed: Bed, v: Values) -> str:
    r = bed.rng
    return f"{v['title_en']} [WH2 aisle {r.randint(1, 30)} bin {r.randint(100, 999)} - pick here]"


listing("title_warehouse_place", "the place in the warehouse in the title", _warehouse_place)
