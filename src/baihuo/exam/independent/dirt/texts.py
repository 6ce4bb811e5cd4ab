"""Texts that lost their letters on the way, or were written for a search engine."""

from __future__ import annotations

import html
import random
from typing import Any
from urllib.parse import quote

from baihuo.exam.independent.kinds import Bed, Change, Kind, cell, cells, kind
from baihuo.exam.independent.rows import PRODUCTS, Both

FIXED = "repair quarantine withhold note"
CYRILLIC, CAPITALS = str.maketrans("ao", "ао"), str.maketrans("AO", "АО")
LOST = "quarantine withhold note"
BROKEN = "damaged_encoding unreadable_characters"
OF_EVENTS = "damaged_text unreadable_text"  # the names of the same for reviews and searches
OF_SEARCHES = (
    f"{OF_EVENTS} query_against_page"  # the other rows of a search's page hold what was typed
)
SEARCHED_EN = (
    "sale cheap gift women men kids best 2025 new hot original discount bestseller birthday christmas "
    "outdoor travel office summer winter luxury wholesale free fashion trend quality cute deal".split()
)
SEARCHED_ZH = "爆款 包邮 特价 新款 网红 同款 送礼 男女 学生 家用 夏季 冬季 清仓 正品 高级感 ins风 韩版 百搭 抖音 热卖".split()
LEFT_ENGLISH = [
    "Please translate this title into Chinese",
    "Steel water bottle with a wide mouth",
    "Soft cotton shirt for warm days",
    "Quiet desk lamp with three levels",
]
LEFT_CHINESE = ["大容量家用电热水壶", "男士纯棉短袖衬衫", "户外登山防水背包", "护眼学习台灯"]


def in_words(text: str, rng: random.Random) -> int:
    """A place between two letters."""
    return rng.randint(2, max(2, len(text) - 2))


def put(text: str, rng: random.Random, what: str) -> str:
    at = in_words(text, rng)
    return text[:at] + what + text[at:]


def listing(name: str, words: str, column: str, change: Any, **rest: Any) -> None:
    cell(name, words, column, change, table=PRODUCTS, **rest)


def listings(kinds: dict[str, tuple[str, str, Change]], **rest: Any) -> None:
    cells(kinds, table=PRODUCTS, **rest)


listings(
    {
        "zh_utf8_as_latin1": (
            "Chinese read as Latin-1",
            "title_zh",
            lambda rng, v: v.encode().decode("latin-1"),
        ),
        "zh_utf8_as_cp1252": (
            "Chinese read as Windows-1252",
            "title_zh",
            lambda rng, v: v.encode().decode("cp1252", "replace"),
        ),
        "zh_gbk_as_latin1": (
            "GBK read as Latin-1",
            "title_zh",
            lambda rng, v: v.encode("gbk").decode("latin-1"),
        ),
        "zh_utf8_as_gbk": (
            "UTF-8 read as GBK",
            "title_zh",
            lambda rng, v: v.encode().decode("gb18030", "replace"),
        ),
        "zh_utf8_as_big5": (
            "UTF-8 read as Big5",
            "title_zh",
            lambda rng, v: v.encode().decode("big5", "replace"),
        ),
        "zh_twice_latin1": (
            "read wrongly twice",
            "title_zh",
            lambda rng, v: v.encode().decode("latin-1").encode().decode("latin-1"),
        ),
        "en_curly_mojibake": (
            "a curly apostrophe read wrongly",
            "title_en",
            lambda rng, v: Both(v + " â€“ editorâ€™s choice", v + " – editor’s choice"),
        ),
    },
    actions=FIXED,
    checks=BROKEN,
)
listings(
    {
        "stock_characters": (
            "锟斤拷 where the title was",
            "title_zh",
            lambda rng, v: v[:4] + "锟斤拷" * rng.randint(1, 4) + v[12:],
        ),
        "stock_characters_description": (
            "锟斤拷 in the description",
            "description_zh",
            lambda rng, v: v[:14] + "锟斤拷锟斤拷" + v[20:],
        ),
        "memory_characters": (
            "烫烫烫 or 屯屯屯 where the title was",
            "title_zh",
            lambda rng, v: v[:5] + rng.choice(["烫烫烫烫", "屯屯屯屯"]) + v[9:],
        ),
        "replacement_characters": (
            "black diamonds with question marks",
            "title_zh",
            lambda rng, v: v[:5] + "\ufffd\ufffd\ufffd" + v[8:],
        ),
        "question_marks": (
            "question marks where Chinese was",
            "title_zh",
            lambda rng, v: "".join("?" if ord(c) > 127 else c for c in v),
        ),
        "boxes": (
            "empty boxes of a private font",
            "title_zh",
            lambda rng, v: v[:6] + "\ue5e5\ue004\ue863" + v[9:],
        ),
    },
    actions=LOST,
    checks=BROKEN,
)
listings(
    {
        "c1_undefined": (
            "a control byte that no code page knows",
            "title_en",
            lambda rng, v: put(v, rng, rng.choice("\x81\x8d\x8f\x90\x9d")),
        ),
        "c1_line_end": (
            "a control byte for the end of a line",
            "description_en",
            lambda rng, v: v.replace(". ", ".\x85", 1),
        ),
    },
    actions=FIXED,
    checks=f"{BROKEN} hidden_characters",
)
listings(
    {
        "html_tags": (
            "HTML in the description",
            "description_en",
            lambda rng, v: f"<p style='color:#333'>{v.replace('. ', '.</p><p>', 1)}</p>",
        ),
        "html_in_title": ("a bold title", "title_zh", lambda rng, v: f"<b>{v}</b><br/>"),
        "html_script": (
            "a script in the description",
            "description_zh",
            lambda rng, v: v + "<script>var a=1;track('p');</script>",
        ),
    },
    actions=FIXED,
    checks="markup",
)
listings(
    {
        "html_entities": (
            "&nbsp; and &#39; as letters",
            "title_en",
            lambda rng, v: v.replace(" ", "&nbsp;", 2),
        ),
        "html_entities_twice": (
            "&amp;amp; as letters",
            "description_en",
            lambda rng, v: Both(
                html.escape(html.escape(v + " Salt & pepper.")), v + " Salt & pepper."
            ),
        ),
    },
    actions=FIXED,
    checks="escaped_text markup",
)
listings(
    {
        "unicode_escapes": (
            "\\u4e2d written out",
            "title_zh",
            lambda rng, v: v.encode("ascii", "backslashreplace").decode(),
        ),
        "line_escapes": (
            "\\n written out",
            "description_en",
            lambda rng, v: v.replace(". ", ".\\n"),
        ),
        "percent_escapes": (
            "%E6%B0%B4 in the title",
            "title_zh",
            lambda rng, v: "".join(f"%{b:02X}" for b in v.encode()),
        ),
    },
    actions=FIXED,
    checks="escaped_text",
)
listings(
    {
        "zero_width": (
            "letters that nobody sees",
            "title_zh",
            lambda rng, v: put(put(v, rng, "\u200b"), rng, "\u200d"),
        ),
        "soft_hyphens": (
            "soft hyphens within words",
            "title_en",
            lambda rng, v: put(v, rng, "\u00ad"),
        ),
        "right_to_left": (
            "a mark that turns the letters round",
            "title_en",
            lambda rng, v: put(v, rng, "\u202e"),
        ),
        "byte_order_mark": (
            "a byte order mark before the title",
            "title_en",
            lambda rng, v: "\ufeff" + v,
        ),
    },
    actions=FIXED,
    checks="hidden_characters",
)
listing(
    "cyrillic_letters",
    "Cyrillic letters that look Latin",
    "title_en",
    lambda rng, v: v.translate(CYRILLIC if set("ao") & set(v) else CAPITALS),
    actions=FIXED,
    checks="lookalike_letters",
    is_fit=lambda v: set("aoAO") & set(v["title_en"]),
)
listing(
    "greek_letters",
    "Greek letters that look Latin",
    "brand",
    lambda rng, v: v.translate(str.maketrans("oAKTu", "οΑΚΤυ")),
    actions=FIXED,
    checks="lookalike_letters",
    is_fit=lambda v: "o" in v["brand"],
)
listing(
    "wide_letters",
    "full-width Latin letters",
    "title_en",
    lambda rng, v: v[:9] + "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in v[9:]),
    actions=FIXED,
    checks="lookalike_letters",
)
listings(
    {
        "word_repeated": (
            "a word four times in a row",
            "title_en",
            lambda rng, v: v + f" {v.split()[-1]}" * 3,
        ),
        "title_twice": ("the whole title twice", "title_zh", lambda rng, v: f"{v} {v}"),
    },
    actions=FIXED,
    checks="repeated_words keyword_stuffing",
)
listing(
    "stuffing_en",
    "every word that people search for",
    "title_en",
    lambda rng, v: v + " " + " ".join(rng.sample(SEARCHED_EN, 14)),
    actions="repair note withhold",
    checks="keyword_stuffing",
)
listing(
    "stuffing_en_description",
    "a tail of search words",
    "description_en",
    lambda rng, v: v + " Tags: " + ", ".join(rng.sample(SEARCHED_EN, 18) * 2),
    actions="repair note withhold",
    checks="keyword_stuffing repeated_words boilerplate",
)
listing(
    "stuffing_zh",
    "every Chinese word that people search for",
    "title_zh",
    lambda rng, v: v + "".join(rng.sample(SEARCHED_ZH, 14)),
    actions="repair note withhold",
    checks="keyword_stuffing",
)
listing(
    "lorem_ipsum",
    "a designer's dummy text",
    "description_en",
    lambda rng, v: (
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor "
        "incididunt ut labore et dolore magna aliqua."
    ),
    actions=LOST,
    checks="boilerplate",
)
listing(
    "text_to_come",
    "a note to write the text later",
    "description_zh",
    lambda rng, v: rng.choice(["产品描述待补充", "详情请咨询客服", "暂无描述", "TODO 描述"]),
    actions=LOST,
    checks="boilerplate wrong_language",
)
listings(
    {
        "boilerplate_en": (
            "the same paragraph of shipping on many",
            "description_en",
            lambda rng, v: (
                v + " Orders before noon leave our warehouse the same day; returns are free "
                "within thirty days, and our team answers seven days a week."
            ),
        ),
        "boilerplate_zh": (
            "the same Chinese paragraph on many",
            "description_zh",
            lambda rng, v: (
                v
                + "本店所有商品均为正品，支持七天无理由退换，下单前请联系客服确认库存，祝您购物愉快。"
            ),
        ),
    },
    actions="repair note",
    checks="boilerplate",
    cases=60,
)
listings(
    {
        "english_as_chinese": (
            "an English title in the Chinese field",
            "title_zh",
            lambda rng, v: rng.choice(LEFT_ENGLISH),
        ),
        "chinese_as_english": (
            "a Chinese title in the English field",
            "title_en",
            lambda rng, v: rng.choice(LEFT_CHINESE) + str(rng.randint(1, 99)),
        ),
        "korean_as_chinese": (
            "a Korean title in the Chinese field",
            "title_zh",
            lambda rng, v: (
                rng.choice(["스테인리스 전기 주전자", "가죽 지갑 남성용", "무선 이어폰"])
                + f" {v.split()[1]}"
            ),
        ),
    },
    actions=FIXED,
    checks="wrong_language",
)


@kind(
    "titles_swapped",
    "the Chinese title is in the English field, and the other way round",
    table=PRODUCTS,
    actions=FIXED,
    checks="swapped_languages",
)
def titles_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(PRODUCTS, own.cases, lambda v: bool(v.get("title_zh"))):
        en, zh = row.values["title_en"], row.values["title_zh"]
        row.values |= {"title_en": zh, "title_zh": en}
        bed.case(own, [row], field="title_en", clean=en)


@kind(
    "description_of_another",
    "the description of another listing",
    table=PRODUCTS,
    actions="note withhold",
    checks="boilerplate description_of_another likely_duplicate",
    also="attribute_against_title",
)
def description_of_another(bed: Bed, own: Kind) -> None:
    rows = bed.take(PRODUCTS, 2 * own.cases, lambda v: bool(v.get("description_en")))
    for row, other in zip(rows[::2], rows[1::2], strict=False):
        clean = row.values["description_en"]
        for column in ("description_en", "description_zh"):
            row.values[column] = other.values.get(column)
        bed.case(own, [row, other], field="description_en", clean=clean)


cell(
    "review_html",
    "HTML in a review",
    "text",
    lambda rng, v: f"<div>{v}<br></div>",
    actions=FIXED,
    checks=f"markup {OF_EVENTS}",
)
cell(
    "review_mojibake",
    "a review read as Latin-1",
    "text",
    lambda rng, v: v.encode().decode("latin-1"),
    actions=FIXED,
    checks=f"{BROKEN} {OF_EVENTS}",
    is_fit=lambda v: v.get("language") == "zh",
)
cell(
    "review_stock_characters",
    "锟斤拷 in a review",
    "text",
    lambda rng, v: v[:3] + "锟斤拷锟斤拷" + v[7:],
    actions=LOST,
    checks=f"{BROKEN} {OF_EVENTS}",
)
cell(
    "query_stock_characters",
    "锟斤拷 in a search",
    "query_text",
    lambda rng, v: "锟斤拷锟斤拷" + v[4:],
    actions=FIXED,
    checks=f"{BROKEN} {OF_SEARCHES}",
    is_fit=lambda v: v["event_type"] == "search",
)
cell(
    "query_mojibake",
    "a Chinese search read as Latin-1",
    "query_text",
    lambda rng, v: v.encode().decode("latin-1"),
    actions=FIXED,
    checks=f"{BROKEN} {OF_SEARCHES}",
    is_fit=lambda v: v["event_type"] == "search" and v.get("language") == "zh",
)
cell(
    "query_percent",
    "a search that is still a web address",
    "query_text",
    lambda rng, v: quote(v),  # as browsers write it: letters of English stay
    actions=FIXED,
    checks=f"escaped_text {OF_SEARCHES}",
    is_fit=lambda v: v["event_type"] == "search" and v.get("language") == "zh",
)
cell(
    "query_hidden",
    "letters in a search that nobody sees",
    "query_text",
    lambda rng, v: put(v, rng, "\u200b"),
    actions=FIXED,
    checks=f"hidden_characters {OF_SEARCHES}",
    is_fit=lambda v: v["event_type"] == "search",
)
cell(
    "query_replacement",
    "a search of black diamonds",
    "query_text",
    lambda rng, v: v[:2] + "\ufffd\ufffd" + v[4:],
    actions=FIXED,
    checks=f"{BROKEN} {OF_SEARCHES}",
    is_fit=lambda v: v["event_type"] == "search",
)
