"""Searches and reviews."""

from __future__ import annotations

import base64
import hashlib
import json

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    of,
    pick,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind

cell(
    "review_of_casino",
    "an advertisement as a review",
    "text",
    pick(
        "澳门新葡京娱乐城 www.9988.example 注册就送88元，百万提款秒到账！",
        "Earn $500 a day from home, visit http://easy-cash.example/?ref=31 now",
        "好评返现5元，关注公众号领取红包 http://hb.example/x",
        "Cheap followers and likes at www.smm.example, 50% off today",
    ),
    actions=FIXED,
)


cell(
    "query_half_typed_pinyin",
    "syllables that an input method had not yet turned into words",
    "query_text",
    pick(
        "hei'se'shuang'jian'bao",
        "dian're'shui'hu",
        "bao'wen'bei",
        "lan'ya'er'ji",
        "chong'dian'bao",
        "yu'jia'dian",
    ),
    is_fit=lambda v: v["event_type"] == "search" and v["language"] == "zh",
    actions=FIXED,
)


cell(
    "query_base64",
    "a search in base64",
    "query_text",
    lambda rng, v: base64.b64encode(v.encode()).decode(),
    is_fit=lambda v: v["event_type"] == "search" and len(str(v.get("query_text"))) > 3,
    actions=FIXED,
)


cell(
    "query_with_parameters",
    "a search with the rest of its web address",
    "query_text",
    lambda rng, v: (
        v
        + rng.choice(
            [
                "&page=2&sort=price_asc",
                "&utm_source=wechat",
                "?spm=a21bo.1",
                "&cat=50010850&ajax=true",
            ]
        )
    ),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_hashed",
    "a search that was hashed",
    "query_text",
    lambda rng, v: hashlib.sha256(v.encode()).hexdigest(),
    is_fit=of("search"),
    actions=FIXED,
)


@kind("review_of_many", "one long praise under the names of forty people", actions=FIXED)
def review_of_many(bed: Bed, own: Kind) -> None:
    text = "宝贝收到了，质量非常好，与卖家描述的完全一致，包装很仔细，物流公司服务态度很好，运送速度很快，很满意的一次购物！"
    for row in bed.take(
        own.table, 40, lambda v: v["event_type"] == "review" and v["language"] == "zh"
    ):
        row.values["text"] = text
        bed.case(own, [row])


cell(
    "review_by_the_system",
    "what the shop writes where nobody wrote",
    "text",
    pick(
        "此用户没有填写评价。",
        "系统默认好评！",
        "评价方未及时做出评价，系统默认好评!",
        "The customer left a rating without a comment.",
    ),
    actions=FIXED,
)


cell(
    "review_is_file",
    "a picture's name as the review",
    "text",
    lambda rng, v: rng.choice(
        [
            f"IMG_2025{rng.randint(1000, 9999)}_{rng.randint(100000, 999999)}.jpg",
            "[图片]",
            "[图片][图片][图片]",
            "[视频]",
            f"mmexport{rng.randrange(10**12)}.jpg",
        ]
    ),
    actions=FIXED,
)


cell(
    "review_said_twice",
    "a review that holds itself twice",
    "text",
    lambda rng, v: v + rng.choice(["", " ", "\n"]) + v,
    actions=FIXED,
)


cell(
    "review_with_next_cells",
    "a review with the next cells of its CSV line in it",
    "text",
    lambda rng, v: (
        f'{v}","{rng.randint(3, 5)}","2025-03-{rng.randint(10, 28)} 10:{rng.randint(10, 59)}:00","published'
    ),
    actions=FIXED,
)


cell(
    "review_with_answer",
    "a review with the shop's answer in it",
    "text",
    lambda rng, v: (
        f"{v}{rng.choice(['[卖家回复] 感谢您的支持，期待您再次光临！', ' Seller reply: Thank you for your order, see you again!', '【商家回复】亲，谢谢好评~'])}"
    ),
    actions=FIXED,
)


cell(
    "review_of_template",
    "a mail's template that was never filled in",
    "text",
    pick(
        "Dear {{customer_name}}, thank you for order {{order_id}}.",
        "亲爱的${nickname}，您购买的${goods_name}评价如下：",
        "Hi %FIRST_NAME%, how was your %PRODUCT%?",
    ),
    actions=FIXED,
)


cell(
    "review_in_json",
    "a review that is a form's answer",
    "text",
    lambda rng, v: json.dumps({"stars": 5, "body": v, "anonymous": False}, ensure_ascii=False),
    actions=FIXED,
)
