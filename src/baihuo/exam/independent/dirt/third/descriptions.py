"""Descriptions: what language models, scrapers, programs, editors and spammers leave in them."""

from __future__ import annotations

import base64
from typing import Any

from baihuo.exam.independent.dirt.third.tools import (
    LOST,
    Values,
    listing,
    stranger,
)
from baihuo.exam.independent.kinds import Bed

TEXT = "description_en"


def sentences(text: Any) -> list[str]:
    return [s.strip().rstrip(".") + "." for s in str(text).split(". ") if s.strip()]


def long(n: int = 3) -> Any:
    return lambda v: len(sentences(v.get(TEXT) or "")) >= n


def described(words: int = 6) -> Any:
    return lambda v: len(str(v.get(TEXT) or "").split()) >= words


def first(values: Values) -> str:
    return str(values.get("title_en") or "").split(" ")[0]


def _refusal(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                "As an AI language model, I cannot write a description without more details about {}.",
                "I'm sorry, but I can't help with that request. Please give me more about the {}.",
                "I do not have access to information on {} after my knowledge cutoff.",
            ]
        )
    ).format(v["title_en"])


listing(
    "description_machine_refusal",
    "a language model's refusal as the description",
    _refusal,
    TEXT,
    actions=LOST,
)


def _refusal_zh(bed: Bed, v: Values) -> str:
    phrases = [
        "很抱歉，作为一个人工智能语言模型，我无法提供",
        "对不起，我不能完成这个请求，请补充更多信息：",
    ]
    return f"{bed.rng.choice(phrases)}{v['title_zh']}的详细描述。"


listing(
    "description_machine_refusal_zh",
    "a language model's Chinese refusal as the description",
    _refusal_zh,
    "description_zh",
    actions=LOST,
)


def _markdown(bed: Bed, v: Values) -> str:
    lines = sentences(v[TEXT])
    return "### Product overview\n\n" + "\n".join(
        f"- **{s.split()[0]}** {' '.join(s.split()[1:])}" for s in lines
    )


listing("description_markdown", "marks of Markdown in the text", _markdown, TEXT, fit=long(2))


def _chat(bed: Bed, v: Values) -> str:
    r = bed.rng
    asked = r.choice(["什么时候发货", "能便宜点吗", "有现货吗", "可以开发票吗", "能退换吗"])
    phrase = r.choice(
        ["今天拍下明天就发呢", "已经是最低价了呢", "有的呢", "可以的哦", "七天内都能退的哦"]
    )
    name = r.choice(["小美", "小雨", "阿杰"])
    return f"客服{name} {r.randint(9, 20)}:{r.randint(10, 59)} 亲，在的哦～ 买家{r.randint(100, 999)}：{v['title_zh']}{asked}？ 客服{name}：亲，{phrase}，记得给好评哦"


listing(
    "description_chat",
    "a chat with the service as the Chinese description",
    _chat,
    "description_zh",
    actions=LOST,
)


def _navigation(bed: Bed, v: Values) -> str:
    return f"Home > Shop > All products  Sign in  Cart (0)  {v['title_en']}  Add to cart  Add to wishlist  Share  Tweet  Pin it  You may also like  Previous  Next"


listing(
    "description_navigation", "a scraped page's buttons and menus", _navigation, TEXT, actions=LOST
)


def _cookies(bed: Bed, v: Values) -> str:
    return "We use cookies to improve your experience. By clicking Accept all you agree to our cookie policy. Manage preferences  Reject all  Accept all"


listing(
    "description_cookies",
    "a banner about cookies as the description",
    _cookies,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _access_denied(bed: Bed, v: Values) -> str:
    n = bed.rng.randint(10**7, 10**8)
    return str(
        bed.rng.choice(
            [
                f"Access denied. Please verify that you are not a robot. Ray ID: {n:x}",
                f"403 Forbidden. Your IP has been blocked. Reference #{n}",
                "Please enable JavaScript and cookies to continue",
            ]
        )
    )


listing(
    "description_access_denied",
    "what a scraper got that was shut out",
    _access_denied,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _not_found(bed: Bed, v: Values) -> str:
    return str(
        bed.rng.choice(
            [
                "404 Not Found. The page you are looking for does not exist.",
                "Oops! This product is no longer available. Back to the home page",
                "503 Service Temporarily Unavailable nginx/1.18.0",
            ]
        )
    )


listing(
    "description_not_found",
    "the text of a page that was gone",
    _not_found,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _css(bed: Bed, v: Values) -> str:
    return f".a-section{{margin:0 auto;padding:12px}} #desc-{bed.rng.randint(1, 99)} p{{color:#333;font-size:14px}} {v[TEXT]}"


listing("description_css", "rules of a page's style before the text", _css, TEXT)


def _javascript(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} window.dataLayer=window.dataLayer||[];function gtag(){{dataLayer.push(arguments);}}gtag('config','G-{bed.rng.randint(10**6, 10**7)}');"


listing(
    "description_javascript", "a page's program behind the text, without its tag", _javascript, TEXT
)


def _picture_inside(bed: Bed, v: Values) -> str:
    return f"{v[TEXT]} data:image/png;base64,{base64.b64encode(bed.rng.randbytes(240)).decode()}"


listing(
    "description_picture_inside", "a whole picture in base64 in the text", _picture_inside, TEXT
)


def _bytes(bed: Bed, v: Values) -> str:
    return repr(str(v["description_zh"]).encode())


listing("description_bytes", "a program's way to write bytes: b'\\xe5…'", _bytes, "description_zh")


def _path(bed: Bed, v: Values) -> str:
    n = bed.rng.randint(1, 99)
    return str(
        bed.rng.choice(
            [
                f"C:\\Users\\Li\\Desktop\\texts\\desc_{n}.docx",
                f"/mnt/nas/marketing/final/desc-{n}-v3.txt",
                f"\\\\SERVER2\\share\\texte\\{n}.rtf",
            ]
        )
    )


listing(
    "description_path",
    "the name of the text's file, not the text",
    _path,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _conflict(bed: Bed, v: Values) -> str:
    return f"<<<<<<< HEAD\n{v[TEXT]}\n=======\nA new text for {v['title_en']}.\n>>>>>>> feature/new-texts"


listing("description_conflict", "marks of two versions that nobody merged", _conflict, TEXT)


def _sister(bed: Bed, v: Values) -> str:
    other = stranger(bed, v, "model", "brand", TEXT)
    return str(v[TEXT]).replace(str(v["model"]), str(other["model"]))


listing(
    "description_sister_sentence",
    "a text copied from a sister: her model's name was left in it",
    _sister,
    TEXT,
    fit=lambda v: bool(v.get("model")) and str(v["model"]) in str(v.get(TEXT)),
)


def _other_brand(bed: Bed, v: Values) -> str:
    return str(v[TEXT]).replace(str(v["brand"]), str(stranger(bed, v, "brand", TEXT)["brand"]))


listing(
    "description_other_brand",
    "the text praises another brand than the listing's",
    _other_brand,
    TEXT,
    fit=lambda v: bool(v.get("brand")) and str(v["brand"]) in str(v.get(TEXT)),
)


_COLOURS = [
    "black",
    "white",
    "red",
    "navy blue",
    "green",
    "beige",
    "grey",
    "orange",
    "pink",
    "purple",
]


def _other_colour(bed: Bed, v: Values) -> str:
    own = v["attributes"]["Colour"]
    return str(v[TEXT]).replace(own, bed.rng.choice([c for c in _COLOURS if c != own]))


listing(
    "description_other_colour",
    "the text says another colour than titles and attributes",
    _other_colour,
    TEXT,
    fit=lambda v: f" {(v.get('attributes') or {}).get('Colour')}" in str(v.get(TEXT)),
)


def _icons(bed: Bed, v: Values) -> str:
    return " ".join(chr(bed.rng.randrange(0xF000, 0xF2E0)) + " " + s for s in sentences(v[TEXT]))


listing("description_icons", "signs of an icon font that no other font has", _icons, TEXT)


def _zalgo(bed: Bed, v: Values) -> str:
    return "".join(
        c + "".join(chr(bed.rng.randrange(0x300, 0x36F)) for _ in range(4)) if c.isalpha() else c
        for c in str(v[TEXT])
    )


listing("description_zalgo", "piles of marks on each letter", _zalgo, TEXT)


def _emoji_codes(bed: Bed, v: Values) -> str:
    return f":fire::fire: {v[TEXT]} :heart_eyes: :white_check_mark:"


listing("description_emoji_codes", "names of emoji between colons", _emoji_codes, TEXT)


def _other_weight(bed: Bed, v: Values) -> str:
    number, unit = v["attributes"]["Weight"].split()
    return f"{v[TEXT]} Weight: {float(number) * bed.rng.choice([4, 6, 9]):g} {unit}."


listing(
    "description_other_weight",
    "the text states another weight than the attributes",
    _other_weight,
    TEXT,
    fit=lambda v: " " in str((v.get("attributes") or {}).get("Weight")),
)


def _sql(bed: Bed, v: Values) -> str:
    return f"SELECT long_text FROM texts WHERE sku = '{v['product_id']}' AND lang = 'en' LIMIT 1;"


listing(
    "description_sql",
    "a database's query as the description",
    _sql,
    TEXT,
    actions=LOST,
    fit=described(),
)


def _dictated(bed: Bed, v: Values) -> str:
    return (
        str(v[TEXT]).replace(", ", " comma ").replace(". ", " full stop new line ")
        + " full stop end of dictation"
    )


listing(
    "description_dictated", "marks in words, as they were dictated", _dictated, TEXT, fit=long(2)
)


def _vowels_lost(bed: Bed, v: Values) -> str:
    return "".join(c for c in str(v[TEXT]) if c not in "aeiouAEIOU")


listing("description_vowels_lost", "a filter ate every vowel", _vowels_lost, TEXT, fit=described(8))
