"""Reviews: of which order, of which product, and what stands where a buyer's words should."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from baihuo.exam.independent.dirt.fourth.common import (
    LEFT,
    by_id,
    kind,
    purchase_of,
    seen_by,
    sound,
    stranger,
)
from baihuo.exam.independent.dirt.second.common import AT, FIXED, IN, of, put
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.visits import DAY

GOOD_ZH = (
    "性价比很高，推荐。",
    "物流很快，包装完好。",
    "和描述一致。",
    "家里人都喜欢。",
    "比想象中好。",
)
GOOD_EN = (
    "Works as described.",
    "Better than I hoped.",
    "Lovely quality for the price.",
    "My family likes it.",
    "Arrived the next day, well packed.",
)


def is_chinese(values: dict[str, Any]) -> bool:
    return values.get("language") == "zh"


def good(rng: random.Random, values: dict[str, Any]) -> str:
    return rng.choice(GOOD_ZH if is_chinese(values) else GOOD_EN)


@kind(
    "review_order_id_cut",
    "the first signs of the order in which the visitor bought it, and no order has that id",
    actions=FIXED,
    group="review of an order",
)
def review_order_id_cut(bed: Bed, own: Kind) -> None:
    bought = purchase_of(bed)
    for row in bed.take(
        own.table,
        own.cases,
        lambda v: v["event_type"] == "review" and (v.get("order_id"), v["product_id"]) in bought,
    ):
        clean = row.values["order_id"]
        row.values["order_id"] = clean[:-2]
        bed.case(own, [row], field="order_id", clean=clean)


@kind(
    "review_names_order_of_another",
    "a review under another visitor's order, which has no such product; the visitor's own has it",
    actions=FIXED,
    group="review of an order",
)
def review_names_order_of_another(bed: Bed, own: Kind) -> None:
    orders = sound(bed, "purchase")
    for row in bed.take(own.table, own.cases, of("review")):
        others = [
            r.values["order_id"]
            for r in orders
            if r.values["visitor_id"] != row.values["visitor_id"]
            and r.values["product_id"] != row.values["product_id"]
        ]
        clean = row.values["order_id"]
        if others:
            row.values["order_id"] = bed.rng.choice(others)
            bed.case(own, [row], field="order_id", clean=clean)


@kind(
    "reviewed_before_bought",
    "a review five days before the order that it names",
    actions=LEFT,
    group="review of an order",
)
def reviewed_before_bought(bed: Bed, own: Kind) -> None:
    bought = purchase_of(bed)

    def is_fit(values: dict[str, Any]) -> bool:
        order = bought.get((values.get("order_id"), values.get("product_id")))
        return (
            values["event_type"] == "review"
            and order is not None
            and order.values[AT] > bed.start_us + 6 * DAY
        )

    for row in bed.take(own.table, own.cases, is_fit):
        order = bought[row.values["order_id"], row.values["product_id"]]
        at = order.values[AT] - 5 * DAY
        early = row.values | {AT: at, IN: at + bed.rng.randrange(50_000, 900_000)}
        bed.shop.events.remove(row)
        bed.case(own, [bed.add(own.table, early)], related=(order.key,))


@kind(
    "review_of_product_not_in_order",
    "a review of a product that neither its order has nor the visitor ever saw",
    actions=FIXED,
    group="review of an order",
)
def review_of_product_not_in_order(bed: Bed, own: Kind) -> None:
    seen = seen_by(bed)
    for row in bed.take(own.table, own.cases, of("review")):
        clean = row.values["product_id"]
        other = stranger(bed, seen[row.values["visitor_id"]])
        if other is not None:
            row.values["product_id"] = other
            bed.case(own, [row], field="product_id", clean=clean)


STARS_ZH = (
    ("五星好评！给满五颗星，下次还来。", 1),
    ("必须五星，非常满意。", 1),
    ("只能给一星，差评，用一次就坏。", 5),
    ("一星都不想给，最差的一次购物。", 5),
)
STARS_EN = (
    ("Five stars, would give six if I could.", 1),
    ("5 stars from me, perfect.", 1),
    ("One star only because zero is not possible. Broke on day one.", 5),
    ("1 star. Worst purchase ever.", 5),
)


@kind(
    "rating_against_the_stars_in_text",
    "a text that says how many stars it gives, and a rating of the opposite",
    actions=FIXED,
)
def rating_against_the_stars_in_text(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("review")):
        text, stars = bed.rng.choice(STARS_ZH if is_chinese(row.values) else STARS_EN)
        put(row, text=text, rating=stars)
        bed.case(own, [row], field="rating", clean=6 - stars)


@kind(
    "review_of_another_kind_of_product",
    "praise of a phone's screen under tea and socks, of rice under laptops",
    actions=LEFT,
)
def review_of_another_kind_of_product(bed: Bed, own: Kind) -> None:
    listing = by_id(bed)
    for row in bed.take(
        own.table, own.cases, lambda v: of("review")(v) and v["product_id"] in listing
    ):
        category = listing[row.values["product_id"]].get("category") or [""]
        if category[0] == "Electronics":
            zh = "大米口感软糯，煮饭很香，全家都爱吃，会回购。"
            en = "The rice cooks soft and smells lovely, the whole family eats it every day."
        else:
            zh = "这款手机屏幕很清晰，拍照好看，电池能用一整天，充电也快。"
            en = "Great phone: the screen is sharp, the camera takes good pictures and the battery lasts all day."
        put(row, text=zh if is_chinese(row.values) else en, rating=5)
        bed.case(own, [row])


def review_of(
    name: str, words: str, zh: tuple[str, ...], en: tuple[str, ...], rating: int | None
) -> None:
    """Register a kind: one of these texts, in the buyer's language, for the buyer's own."""

    def plant(bed: Bed, own: Kind) -> None:
        for row in bed.take(own.table, own.cases, of("review")):
            row.values["text"] = bed.rng.choice(zh if is_chinese(row.values) else en)
            if rating is not None:
                row.values["rating"] = rating
            bed.case(own, [row])

    kind(name, words, actions=LEFT)(plant)


review_of(
    "merchant_reply_as_review",
    "the shop's reply to a review, as the visitor's review",
    (
        "亲，感谢您的支持与好评，小店会继续努力，欢迎再次光临！",
        "亲亲，非常抱歉给您带来不便，请联系我们的在线客服为您处理哦",
        "感谢亲对本店的认可，您的满意是我们最大的动力～",
    ),
    (
        "Dear customer, thank you for your review! We look forward to serving you again. – Customer Service Team",
        "Hi, we are sorry to hear about your experience. Please contact our support team with your order number.",
        "Thank you for shopping with us! Your feedback helps our small business.",
    ),
    5,
)


review_of(
    "review_default_text",
    "the shop's own sentence for buyers who wrote nothing",
    (
        "此用户没有填写评价。",
        "系统默认好评！",
        "该用户未及时主动评价，系统默认好评",
        "买家未填写评价内容",
    ),
    (
        "This user did not write a review.",
        "The customer left a rating without a comment.",
        "No review text provided by the buyer.",
        "Automatically rated 5 stars by the system.",
    ),
    5,
)


review_of(
    "review_by_testers",
    "a text that says that it is a test",
    ("测试评论，请忽略", "测试测试测试123", "【QA】回归测试数据，上线前删除"),
    ("test review please ignore", "QA automation test - do not publish", "testing testing 123"),
    5,
)


Damage = Callable[[random.Random, dict[str, Any]], tuple[str, str]]


def damaged(name: str, words: str, damage: Damage, *, zh_only: bool = False) -> None:
    """Register a kind: a text that came out wrong, and the text that it was."""

    def plant(bed: Bed, own: Kind) -> None:
        is_review = of("review")
        for row in bed.take(
            own.table, own.cases, lambda v: is_review(v) and (is_chinese(v) or not zh_only)
        ):
            text, clean = damage(bed.rng, row.values)
            row.values["text"] = text
            rest = (text.rstrip("�"),) if text.endswith("�") else ()
            bed.case(own, [row], field="text", clean=clean, fine=rest)

    kind(name, words, actions=FIXED)(plant)


def in_form(rng: random.Random, values: dict[str, Any]) -> tuple[str, str]:
    text = good(rng, values)
    form = {"content": text, "images": [], "anonymous": False}
    return json.dumps(form, ensure_ascii=rng.random() < 0.5), text


def as_gbk(rng: random.Random, values: dict[str, Any]) -> tuple[str, str]:
    text = rng.choice(GOOD_ZH)
    return text.encode().decode("gbk", "replace"), text


def glued(rng: random.Random, values: dict[str, Any]) -> tuple[str, str]:
    text = good(rng, values)
    at = datetime.fromtimestamp(values[AT] // 1_000_000, tz=UTC).isoformat()
    return f'{text}","{values["visitor_id"]}","{values.get("order_id")}","{at}', text


def cut(rng: random.Random, values: dict[str, Any]) -> tuple[str, str]:
    text = rng.choice(GOOD_ZH) + rng.choice(GOOD_ZH)
    return text.encode()[:-4].decode("utf-8", "replace"), text


damaged("review_stored_as_json", "a text that is the JSON of its form", in_form)
damaged("review_utf8_read_as_gbk", "a Chinese text that was read as GBK", as_gbk, zh_only=True)
damaged(
    "review_with_next_columns_glued",
    "a text with the row's own visitor, order and time behind it",
    glued,
)
damaged(
    "review_cut_within_a_character",
    "a text whose last character lost its bytes",
    cut,
    zh_only=True,
)
