"""The section ``near_duplicates`` of ``quality.yaml``."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt

from baihuo.quality.limits import Limits, Share


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


class NearDuplicatesRules(Limits):
    """Listings of one product under several ids."""

    # with what is certain: merge or note; what is only likely is always noted
    when_certain: Literal["merge", "note"] = "merge"
    # of titles, as sets of words (Jaccard): pairs less similar are never compared
    min_similarity: float = Field(default=0.5, ge=0.3, le=1)
    # and attributes or description equal and the price the same; with an equal code or model: min_similarity
    certain_above: Share = 0.8
    # and the price near, or one more thing equal: noted
    likely_above: Share = 0.85
    # the higher price by the lower; above it a pair is never certain
    max_price_ratio: float = Field(default=1.25, ge=1)
    # prices must be so close where neither a code nor a model is equal
    same_price_ratio: float = Field(default=1.05, ge=1)
    # neighbours compared in each band of MinHash; more finds more in long lists of siblings
    n_near: PositiveInt = 8
    # pairs of ids that a person checked, and that are different: [[a1, b7], [a2, b9]]
    not_the_same: tuple[tuple[str, str], ...] = ()
    # regular expressions of what sellers put before and after any title
    says_nothing: tuple[Annotated[str, AfterValidator(_pattern)], ...] = (
        r"【?(?:官方)?(?:正品|包邮|现货|热卖|爆款|特价|新款|旗舰店|官方|促销|秒杀|清仓)】?",
        "全国包邮",
        "顺丰包邮",
        "厂家直销",
        "(?:free|fast) (?:shipping|delivery)",
        r"hot sale!*",
        "best ?seller",
        r"brand new",
        "new arrivals?",
        "100% (?:genuine|authentic|original)",
        "(?:official|flagship) store",
        "(?:high|top) quality",
        r"(?<!\d)20[12]\d ?(?:new\b|新?款)",
        "limited offer",
        "in stock",
        "on sale",
    )
    # words that distinguish products, as every number does: colours, patterns, editions, sizes
    tells_apart: tuple[str, ...] = (
        *"black white silver grey gray gold red pink orange yellow green blue navy purple brown beige cyan magenta".split(),
        *"teal maroon turquoise burgundy khaki ivory cream lavender rose mint coral mustard olive charcoal bronze copper".split(),
        *"striped stripes floral plaid checked dotted polka leopard zebra camo camouflage paisley printed solid plain".split(),
        *"pro plus max mini lite ultra se air neo deluxe premium basic standard advanced elite xt".split(),
        *"xs xl xxl xxxl small medium large single double twin triple queen king men mens women womens boys girls".split(),
        *"kids baby left right ii iii iv vi vii refurbished refill".split(),
        *"黑色 白色 银色 灰色 金色 红色 粉色 橙色 黄色 绿色 蓝色 紫色 棕色 米色 青色 男 女 童 左 右 大号 中号 小号 特大号".split(),
        *"卡其色 驼色 酒红色 咖啡色 藏青色 玫红色 墨绿色 条纹 格子 碎花 波点 豹纹 迷彩 纯色 印花".split(),
    )
