"""Descriptions that are of a web page, a machine or a chat, and not of a product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from baihuo.core import Product

LEFT_OUT = {
    "refused": "I am unable to assist with rewriting this text. Could you please provide more details?",
    "prompt": "Write a short product description for a steel kettle in a friendly tone.",
    "answered": "Sure! Here is a rewritten version of the text:",
    "拒绝": "非常抱歉，我无法生成该商品的文案。",
    "gone": "Sorry, the page you requested could not be found.",
    "shield": "Checking your browser before accessing the shop. DDoS protection by a shield.",
    "不存在": "您访问的商品已下架或不存在",
    "验证": "请完成滑动验证后继续",
    "cookies": "This website uses cookies to give you the best visit. Accept all",
    "menus": "Home | Log in | Register | Basket (2) | Sort by price | Subscribe to our newsletter",
    "菜单": "首页 > 全部商品 > 登录 注册 加入购物车 猜你喜欢",
    "query": "UPDATE texts SET body = 'new' WHERE id = 7",
    "path": "/srv/shop/texts/kettle_7.md",
    "file": "kettle-final-v2.docx",
    "address": "https://shop.example/p/77?ref=1",
    "key": "catalog.product.long_text",
    "formula": "=VLOOKUP(A2,texts!A:C,3,FALSE)",
    "number": "1,299.00",
    "date": "2024-03-05",
    "word": "TRUE",
    "translator": "Translation error: you have reached the daily character limit.",
    "翻译": "翻译失败，请求次数超限",
    "column": "Long description [EN]",
    "字段": "商品英文描述",
}
NOTED = {
    "chat": "Seller: yes it is still here. Buyer 77: when will you send it? Seller: tomorrow.",
    "聊天": "客服小王：您好，有货的。 买家12：能开发票吗？",
    "style": "p.long { font-size: 14px; color: red } The kettle holds a litre of water.",
    "program": "The kettle holds a litre. var tracker = new Tracker(); tracker.send('view');",
    "json": 'The kettle holds a litre. {"id": 7, "lang": "en", "ok": true}',
    "markdown": "## The kettle\n\nIt **holds** a litre. [More](https://shop.example/more)",
    "bbcode": "[b]The kettle[/b] holds a litre of water.",
    "conflict": "<<<<<<< ours\nThe kettle.\n=======\nA kettle.\n>>>>>>> theirs",
    "emoji": "Our best kettle :thumbs_up: holds a litre of water.",
    "dictated": "The kettle holds a litre full stop new paragraph It is made of steel",
    "bytes": "The kettle \\xe4\\xbd\\xa0 holds a litre of water.",
    "picture": "The kettle holds a litre. data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA",
    "fancy": "𝐓𝐡𝐞 𝐤𝐞𝐭𝐭𝐥𝐞 holds a litre of water.",
    "piles": "T̶̷h̴̸e̴̶ kettle holds a litre of water.",
    "spaced": "T h e k e t t l e h o l d s a litre of water.",
    "vowels": "Th kttl hlds ltr f wtr nd blls t n tw mnts whl th hndl stys cl t th hnd.",
    "glued": "Thekettleholdsalitreofwaterandboilsitintwominuteswhilethehandlestayscooltothehandallday.",
    "log": "2024-03-05 10:11:12,345 ERROR text service did not answer",
    "without a value": "The kettle holds a litre. Lid: undefined; Height: 20 cm.",
    "not a number": "不锈钢水壶，能装一升水。高度：NaN厘米；",
    "字段名": "欢迎选购{品牌}的不锈钢水壶，能装一升水。",
    "字段名在句中": "来自[品牌名称]的不锈钢水壶，能装一升水。",
    "字段名在前": "[品牌]不锈钢水壶，能装一升水，两分钟烧开。",
    "gift": "Got these for my sister and she adores them. Shipping was quick.",
    "送人": "给婆婆买的，比照片好看，下次再来。",
    "elsewhere": "The kettle holds a litre. 20% cheaper on our own website, or message us on Telegram.",
    "别处": "不锈钢水壶，能装一升水。上拼多多搜同款，更优惠。",
    "to fill": "The kettle is made of [enter the material] and holds a litre.",
    "name to fill": "Everybody in the house will like the [Product Name] for its quiet switch.",
    "填": "不锈钢水壶，容量【请填写容量】升。",
    "review": "My grandson loves it. I would order this again.",
    "评价": "用了两个月就坏了，客服态度也差，很失望。",
    "cost": "A kettle of steel. Our cost 12.40, never disclose to buyers.",
    "成本": "不锈钢水壶。成本价：35元，勿向客户透露。",
    "changes": "The kettle holds [deleted: two] [inserted: three] litres of water.",
    "批注": "不锈钢水壶，容量1升。批注 [LX1]：待核实",
    "translating page": "This text was automatically translated. Show original. A kettle of steel.",
    "查看原文": "不锈钢水壶，容量1升。查看原文",
    "casino": "A kettle of steel. Crypto casino with no deposit bonus, register today",
    "赌": "不锈钢水壶，容量1升。线上博彩平台，注册送彩金",
    "cure": "This tea cures all kinds of cancer and diabetes.",
    "根治": "本茶可根治糖尿病，永不复发。",
    "reversed": "boil. to minutes three needs and water of litre a holds It steel. brushed of made is kettle This",
}
RIGHT = {
    "plain": "A steel kettle that holds a litre of water. Cookies and tea go well with it; no question, it is loud.",
    "shop": "Sign in the dark: glows for eight hours. Free shipping of spare parts for two years.",
    "numbers": '200 x 300 mm, 16:9, 24/7, 3.5" (8.9 cm), 802.11a/b/g/n, USB 2.0/3.0',
    "model": "AB-1200",
    "stars": "5** hotel towels, 100% cotton, C# tuned",
    "comma": "Comma-shaped hook of brass, new line of 2024.",
    "zh": "不锈钢水壶，容量1升，支持客服咨询，适合家用；可登录手机应用控制。",
    "ports": "Its four ports accept all common plugs; no adapter is needed.",
    "leather": "Made of select leather from Italy; the lining is cotton.",
    "socket": "Insert into the socket and turn. Photos are kept until you delete from camera.",
    "paint": "Repair paint for scratches, colour code 452.",
    "filter": "Oil filter from the Fiat 500 service kit, for scheduled maintenance.",
    "novel": "A novel: on the way to Mars something went wrong. They are human, after all.",
    "colours": "This product is not available in other colours.",
    "instant": "Boils a cup in just a moment.",
    "ramp": "Loading ramp of steel.",
    "engraved": "Please provide the name for the engraving. Let me know if you want another length.",
    "watch": "Shows messages of Facebook and WhatsApp, lets you share your route and sign in with a tap.",
    "电视": "55英寸电视，网络连接：Wi-Fi 6，支持系统升级。",
    "门锁": "智能门锁，支持指纹、密码和临时验证码开锁，拖动滑块调节音量，安全验证更放心。",
    "说明": "以下是产品的详细介绍：一升容量，不锈钢。希望这款水壶让您满意。",
    "书": "一本讲语言模型的入门书。",
    "headings": "[Main features]: quiet, light. [Product Name]: Kettle K2. Press the [Enter key] or [Add to cart].",
    "标题": "【产品名称】不锈钢水壶【产品型号】K2【品牌名称】阿尔巴",
    "margins": "Prints without a margin: ideal for photos. Accuracy margin of 3%.",
    "sign": "Door sign: staff only, internal use of the lift. Do not show red to bulls.",
    "poker": "Poker set for a casino night, 300 chips. Slot for two coins.",
    "金": "18K彩金项链，玫瑰色，送礼佳品。",
    "disclaimer": "This product is not intended to diagnose, treat, cure or prevent diabetes or cancer.",
    "glue": "Cures in 24 hours. A part of the price goes to the search for a cure for cancer.",
    "translator": "Pocket translator with 40 languages; translates offline, too. See original packaging.",
    "mattress": "A five star hotel mattress. My dog is on the cover, who loves dogs.",
    "translations": "A book of free translations of poems.",
    "missing stop": "Approx. 30 cm wide, made for Sony",
    "售后": "收到货后七天内可以退换，客服每天在线，包装完好即可。",
    "content": "Contents: one kettle, one lid",
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
