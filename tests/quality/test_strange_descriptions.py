"""Descriptions that are of a web page, a machine or a chat, and not of a product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks("unreadable_characters", "markup", "boilerplate")

LEFT_OUT = {
    "refused": "I am unable to assist with rewriting this text. Could you please provide more details?",
    "answered": "Sure! Here is a rewritten version of the text:",
    "gone": "Sorry, the page you requested could not be found.",
    "不存在": "您访问的商品已下架或不存在",
    "cookies": "This website uses cookies to give you the best visit. Accept all",
    "菜单": "首页 > 全部商品 > 登录 注册 加入购物车 猜你喜欢",
    "path": "/srv/shop/texts/kettle_7.md",
    "address": "https://shop.example/p/77?ref=1",
    "formula": "=VLOOKUP(A2,texts!A:C,3,FALSE)",
    "date": "2024-03-05",
    "translator": "Translation error: you have reached the daily character limit.",
    "column": "Long description [EN]",
}
NOTED = {
    "chat": "Seller: yes it is still here. Buyer 77: when will you send it? Seller: tomorrow.",
    "style": "p.long { font-size: 14px; color: red } The kettle holds a litre of water.",
    "json": 'The kettle holds a litre. {"id": 7, "lang": "en", "ok": true}',
    "bbcode": "[b]The kettle[/b] holds a litre of water.",
    "emoji": "Our best kettle :thumbs_up: holds a litre of water.",
    "bytes": "The kettle \\xe4\\xbd\\xa0 holds a litre of water.",
    "fancy": "𝐓𝐡𝐞 𝐤𝐞𝐭𝐭𝐥𝐞 holds a litre of water.",
    "spaced": "T h e k e t t l e h o l d s a litre of water.",
    "glued": "Thekettleholdsalitreofwaterandboilsitintwominuteswhilethehandlestayscooltothehandallday.",
    "without a value": "The kettle holds a litre. Lid: undefined; Height: 20 cm.",
    "字段名": "欢迎选购{品牌}的不锈钢水壶，能装一升水。",
    "字段名在前": "[品牌]不锈钢水壶，能装一升水，两分钟烧开。",
    "送人": "给婆婆买的，比照片好看，下次再来。",
    "别处": "不锈钢水壶，能装一升水。上拼多多搜同款，更优惠。",
    "name to fill": "Everybody in the house will like the [Product Name] for its quiet switch.",
    "review": "My grandson loves it. I would order this again.",
    "cost": "A kettle of steel. Our cost 12.40, never disclose to buyers.",
    "changes": "The kettle holds [deleted: two] [inserted: three] litres of water.",
    "translating page": "This text was automatically translated. Show original. A kettle of steel.",
    "casino": "A kettle of steel. Crypto casino with no deposit bonus, register today",
    "cure": "This tea cures all kinds of cancer and diabetes.",
    "reversed": "boil. to minutes three needs and water of litre a holds It steel. brushed of made is kettle This",
}
RIGHT = {
    "plain": "A steel kettle that holds a litre of water. Cookies and tea go well with it; no question, it is loud.",
    "numbers": '200 x 300 mm, 16:9, 24/7, 3.5" (8.9 cm), 802.11a/b/g/n, USB 2.0/3.0',
    "stars": "5** hotel towels, 100% cotton, C# tuned",
    "zh": "不锈钢水壶，容量1升，支持客服咨询，适合家用；可登录手机应用控制。",
    "leather": "Made of select leather from Italy; the lining is cotton.",
    "paint": "Repair paint for scratches, colour code 452.",
    "novel": "A novel: on the way to Mars something went wrong. They are human, after all.",
    "instant": "Boils a cup in just a moment.",
    "engraved": "Please provide the name for the engraving. Let me know if you want another length.",
    "电视": "55英寸电视，网络连接：Wi-Fi 6，支持系统升级。",
    "说明": "以下是产品的详细介绍：一升容量，不锈钢。希望这款水壶让您满意。",
    "headings": "[Main features]: quiet, light. [Product Name]: Kettle K2. Press the [Enter key] or [Add to cart].",
    "margins": "Prints without a margin: ideal for photos. Accuracy margin of 3%.",
    "poker": "Poker set for a casino night, 300 chips. Slot for two coins.",
    "disclaimer": "This product is not intended to diagnose, treat, cure or prevent diabetes or cancer.",
    "translator": "Pocket translator with 40 languages; translates offline, too. See original packaging.",
    "translations": "A book of free translations of poems.",
    "售后": "收到货后七天内可以退换，客服每天在线，包装完好即可。",
}

_TITLES = [
    f"{one} {two}"
    for one in "Kettle Lamp Drill Scarf Tent Chair Radio Clock".split()
    for two in "Alba Bora Cima Dole Elma Fara Gola Hira".split()
]


def _field(text: str) -> str:
    return "description_zh" if any("一" <= letter <= "龥" for letter in text) else "description_en"


@pytest.fixture
def details(cleaned: Callable[..., Any]) -> Callable[[dict[str, str]], dict[str, tuple[str, Any]]]:
    """Of each text: the action, and what is left of it."""

    def of(texts: dict[str, str]) -> dict[str, tuple[str, Any]]:
        fields = {name: _field(text) for name, text in texts.items()}
        own: dict[str, dict[str, Any]] = {
            name: {fields[name]: text} for name, text in texts.items()
        }
        products = [
            Product(product_id=name, title_en=title, **own[name])
            for title, name in zip(_TITLES, texts, strict=False)
        ]
        assert len(products) == len(texts)
        result = cleaned([], products)
        left = {p["product_id"]: p for p in result.rows("products")}
        found = {
            f["row_id"]: f["action"]
            for f in result.rows("findings")
            if f["check"] in ("boilerplate", "markup", "unreadable_characters")
        }
        return {
            name: (found.get(f"0:{line}", ""), left[name][fields[name]])
            for line, name in enumerate(texts, 1)
        }

    return of


def test_a_text_that_is_surely_no_description_is_left_out(details: Callable[..., Any]) -> None:
    assert details(LEFT_OUT) == dict.fromkeys(LEFT_OUT, ("repair", None))


def test_a_text_with_something_strange_in_it_is_noted(details: Callable[..., Any]) -> None:
    assert {name: action for name, (action, _) in details(NOTED).items()} == dict.fromkeys(
        NOTED, "note"
    )


def test_what_products_are_described_with_is_left_alone(details: Callable[..., Any]) -> None:
    assert details(RIGHT) == {name: ("", text) for name, text in RIGHT.items()}
