"""Titles: holes of templates, remains of exports and translators, tricks of sellers, languages that contradict."""

from __future__ import annotations

from urllib.parse import quote_plus

from baihuo.exam.independent.dirt.third.titles import TITLE, in_title
from baihuo.exam.independent.dirt.third.tools import (
    FIXED,
    LOST,
    Values,
    listing,
    stranger,
    text_of,
)
from baihuo.exam.independent.kinds import Bed


def _cut_with_dots(bed: Bed, v: Values) -> str:
    words = str(v["title_en"]).split()
    at = next((n for n in range(2, len(words)) if len(words[n]) > 4), 2)
    return " ".join([*words[:at], words[at][:3]]) + bed.rng.choice(["...", "…"])


listing(
    "title_cut_with_dots",
    "a title cut within a word, with dots",
    _cut_with_dots,
    fit=text_of("title_en", 5),
)


def _all_caps(bed: Bed, v: Values) -> str:
    return str(v["title_en"]).upper() + "!!!"


listing("title_all_caps", "a title that shouts from end to end", _all_caps, fit=TITLE)


def _promotion(bed: Bed, v: Values) -> str:
    phrase = bed.rng.choice(
        ["FREE SHIPPING TODAY", "50% OFF - LAST CHANCE", "Hot Sale 2 days only", "BUY 1 GET 1 FREE"]
    )
    return f"{phrase}! {v['title_en']}"


listing("title_promotion", "an advertisement before the title", _promotion)


def _copy_of(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["Copy of {}", "{} - Copy (2)", "{}_副本", "Duplicate of {}"])
    ).format(v["title_en"])


listing("title_copy_of", "a copy that nobody gave a title of its own", _copy_of)


def _json_of_languages(bed: Bed, v: Values) -> str:
    form = bed.rng.choice(['{{"en_US": "{}", "zh_CN": null}}', "['{}']", '{{"value":"{}"}}'])
    return str(form).format(v["title_en"])


listing("title_json_of_languages", "a program's list of languages as the title", _json_of_languages)


_TRADITIONAL = dict(
    zip(
        "电热锅饭锈钢铝罗笔记脑蓝机宝键盘运鞋纯衬冲锋帐篷护发双网织",
        "電熱鍋飯鏽鋼鋁羅筆記腦藍機寶鍵盤運鞋純襯衝鋒帳篷護髮雙網織",
        strict=True,
    )
)


def _traditional(bed: Bed, v: Values) -> str:
    return "".join(_TRADITIONAL.get(c, c) for c in str(v["title_zh"]))


listing(
    "title_traditional",
    "a Chinese title half in traditional letters, in a shop of simplified ones",
    _traditional,
    "title_zh",
    fit=lambda v: sum(c in _TRADITIONAL for c in str(v.get("title_zh"))) >= 2,
)


def _pinyin(bed: Bed, v: Values) -> str:
    phrases = ["bei gang", "bao wen bei", "bu xiu gang", "dian re shui hu", "pao bu xie", "hong se"]
    return f"{' '.join(bed.rng.sample(phrases, 4))} {v['model']}"


listing("title_pinyin", "a Chinese title in pinyin", _pinyin, "title_zh")


def _german(bed: Bed, v: Values) -> str:
    phrases = ["mit abnehmbarem Deckel", "für die ganze Familie", "aus hochwertigem Stoff"]
    return f"{v['brand']} {v['model']} sehr leichtes und schönes Gerät {bed.rng.choice(phrases)}"


listing(
    "title_german",
    "a German title in an English catalogue",
    _german,
    fit=lambda v: bool(v.get("brand") and v.get("model")),
)


_OCR = str.maketrans({"o": "0", "l": "1", "S": "5", "B": "8", "e": "c", "g": "9"})


def _ocr(bed: Bed, v: Values) -> str:
    return str(v["title_en"]).translate(_OCR).replace("rn", "m").replace("m", "rn")


listing("title_ocr", "a title read by a machine from paper: 0 for o, 1 for l", _ocr, fit=TITLE)


_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбю"


def _cyrillic_keyboard(bed: Bed, v: Values) -> str:
    return str(v["title_en"]).lower().translate(str.maketrans(_LATIN, _RUSSIAN))


listing(
    "title_cyrillic_keyboard",
    "an English title typed while the keyboard was Russian",
    _cyrillic_keyboard,
    fit=TITLE,
)


def _autocorrected(bed: Bed, v: Values) -> str:
    other = bed.rng.choice(["Welcome", "Thanks", "Probably", "Northern", "Monday"])
    return str(v["title_en"]).replace(str(v["brand"]), other)


listing(
    "title_brand_autocorrected",
    "a phone put another word for the brand in the title",
    _autocorrected,
    fit=in_title("brand"),
)


def _quoted_printable(bed: Bed, v: Values) -> str:
    return "".join(f"={b:02X}" if b > 127 else chr(b) for b in str(v["title_zh"]).encode())


listing(
    "title_quoted_printable",
    "a Chinese title in the code of e-mails",
    _quoted_printable,
    "title_zh",
)


def _plus_signs(bed: Bed, v: Values) -> str:
    return quote_plus(str(v["title_en"]))


listing("title_plus_signs", "a title out of a form: plus signs for blanks", _plus_signs, fit=TITLE)


def _formula(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                '=HYPERLINK("http://1.example/x","{}")',
                "=VLOOKUP(A{n},Sheet2!A:D,2,FALSE)",
                "=cmd|' /C calc'!A0",
            ]
        )
    ).format(v["title_en"], n=bed.rng.randint(2, 900))


listing("title_formula", "a sheet's formula as the title", _formula, actions=f"{FIXED} quarantine")


def _two_products(bed: Bed, v: Values) -> str:
    return f"{v['title_en']} / {stranger(bed, v, 'brand', 'model')['title_en']}"


listing("title_two_products", "two products in one title", _two_products, actions=f"{LOST} repair")


def _replica(bed: Bed, v: Values) -> str:
    return f"{v['title_zh']} {bed.rng.choice(['高仿', '1:1复刻', 'A货', '原单尾货 专柜同款'])}"


listing(
    "title_replica",
    "an imitation, by its own words",
    _replica,
    "title_zh",
    actions=f"{LOST} repair",
)


def _page_tail(bed: Bed, v: Values) -> str:
    tail = bed.rng.choice(
        [
            " | Buy online at BestShop.example",
            " - Amazon.example: Home & Kitchen",
            " – 京东商城 (JD.example)",
        ]
    )
    return f"{v['title_en']}{tail}"


listing(
    "title_page_tail", "the tail of a scraped page's title, with another shop's name", _page_tail
)


_TURNED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")


def _upside_down(bed: Bed, v: Values) -> str:
    return str(v["title_en"]).lower().translate(_TURNED)[::-1]


listing("title_upside_down", "letters turned upside down", _upside_down, fit=TITLE)


_COLOURS = ["黑色", "白色", "红色", "藏青色", "绿色", "米色", "灰色", "橙色", "粉色", "紫色"]


def _zh_other_colour(bed: Bed, v: Values) -> str:
    title = str(v["title_zh"])
    own = next(c for c in _COLOURS if c in title)
    return title.replace(own, bed.rng.choice([c for c in _COLOURS if c != own]))


listing(
    "title_zh_other_colour",
    "the Chinese title says another colour than all else",
    _zh_other_colour,
    "title_zh",
    fit=lambda v: any(c in str(v.get("title_zh")) for c in _COLOURS),
)


def _zh_other_measure(bed: Bed, v: Values) -> str:
    number = str(v["title_en"]).split()
    own = next(w for w in number if w.replace(".", "").isdigit())
    return str(v["title_zh"]).replace(f" {own}", f" {float(own) * bed.rng.choice([3, 5, 7]):g}")


listing(
    "title_zh_other_measure",
    "the Chinese title says another size than the English one and the attributes",
    _zh_other_measure,
    "title_zh",
    fit=lambda v: any(
        w.replace(".", "").isdigit() and f" {w}" in str(v.get("title_zh"))
        for w in str(v["title_en"]).split()
    ),
)


def _zh_of_other(bed: Bed, v: Values) -> str:
    return str(stranger(bed, v, "title_zh", "brand", "model")["title_zh"])


listing("title_zh_of_other", "the Chinese title of another product", _zh_of_other, "title_zh")


def _zh_other_brand(bed: Bed, v: Values) -> str:
    other = str(stranger(bed, v, "brand", "title_zh")["title_zh"]).split()[0]
    return " ".join([other, *str(v["title_zh"]).split()[1:]])


listing(
    "title_zh_other_brand",
    "the Chinese title names another brand than the English one",
    _zh_other_brand,
    "title_zh",
)


def _men_and_women(bed: Bed, v: Values) -> str:
    return f"{v['title_en']} for {bed.rng.choice(['women', 'girls'])} men's only"


listing("title_men_and_women", "for women and for men only, in one title", _men_and_women)


def _note_to_self(bed: Bed, v: Values) -> str:
    return f"{v['title_en']} {bed.rng.choice(['(ask Kevin before publishing)', '?? check colour', '(wrong picture, redo)', '（待确认，先别上架）'])}"


listing("title_note_to_self", "an editor's note to colleagues in the title", _note_to_self)


def _keyboard_walk(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(["asdfgh jkl qwe", "qwertyuiop asd", "sdfsdf sdfs df", "dfgdfg hjkhjk"])
    )


listing("title_keyboard_walk", "fingers that ran over the keyboard", _keyboard_walk, actions=LOST)
