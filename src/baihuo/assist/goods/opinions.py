"""What shoppers say of a product: stars as counts, and at most two of their sentences, marked as theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from baihuo.assist.goods.words import asks_of_goods, tells_of_order
from baihuo.assist.knowledge.facts import facts
from baihuo.assist.knowledge.reviews import ProductReviews, Review
from baihuo.assist.planted import is_planted
from baihuo.assist.turns import Language
from baihuo.core import fold

MOST_QUOTED: Final = 120  # characters of a quotation
_N_QUOTES = 2
_MOST = 400  # characters of a message that are read
_LOW, _HIGH = 2.5, 3.5  # stars
_GENERAL = re.compile(
    r"\b(reviews?|ratings?|rated|stars|opinions?|feedback)\b|\bdo (people|others|customers|shoppers|users|you guys|buyers) (like|love|recommend|enjoy)\b"
    r"|\bwhat (do|did) (people|others|customers|shoppers|buyers|they)( \w+)? (say|think)\b|\b(is|are) (it|this|that|these|they|the \w+) (any )?(good|worth it|worth buying|worth the money|popular|reliable)\b"
    r"|\b(worth (it|buying|the money))\b|\bwould you recommend\b|\bany (complaints|problems with)\b|\b(happy|satisfied) with (it|this)\b"
    r"|(?<!写)(?<!改)评价|评论|口碑|评分|好评率?|差评|好用吗|好不好用|值得买|值不值|值得入手|靠谱吗|质量(怎么样|好吗|如何|好不好)|(大家|别人|买的人|用过的人).{0,6}(说|觉得|认为)"
    r"|(这个|这款|它|这件|这台|东西|用起来|用着)(怎么样|咋样)|^\W*(怎么样|咋样)\W*$|(这个|这款|它|这件|这台|东西)好吗|推荐买吗|买过的人|买家"
)
_OF_SHOP = re.compile(
    r"\b(service|support|shop|store|website|leave|write|post|edit|delete) ?(a|my|the)? ?(reviews?|ratings?|is|feedback)\b|\byour (service|support|shop|store)\b"
    r"|(写|改|删|发表).{0,4}(评价|评论)|服务|客服|店"
)
_ASPECTS: Final[tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]] = tuple(
    (re.compile(asked), re.compile(said))
    for asked, said in (
        (
            r"\b(loud|nois\w+|quiet|silent)\b|吵|噪音|声音大|安静|静音",
            r"\b(loud\w*|nois\w+|quiet\w*|silent)\b|吵|噪|声音|安静|静音",
        ),
        (r"\b(comfortable|comfy|comfort)\b|舒服|舒适", r"\b(un)?comf\w+|舒服|舒适"),
        (
            r"\b(sturdy|durable|last long|break|breaks|flimsy|solid|well made|quality)\b|耐用|结实|容易坏|质量",
            r"\b(sturdy|durable|broke\w*|breaks?|flimsy|solid|well made|quality|stopped working|lasts?)\b|耐用|结实|坏|质量",
        ),
        (
            r"\b(true to size|run (small|large)|too (small|big|large)|fit true)\b|偏大|偏小|合身|尺码准",
            r"\b(smaller|larger|bigger|too (small|big|large|tight|loose)|fits?|true to size)\b|偏大|偏小|合身|小|大",
        ),
        (
            r"\b(easy to (use|clean|assemble|set up)|complicated|difficult)\b|容易|方便|好清洗|复杂",
            r"\b(easy|easily|simple|complicated|difficult|hard to)\b|好用|容易|方便|清洗|复杂",
        ),
        (
            r"\b(smell\w*|odou?r|stink\w*)\b|味道|异味|气味|有味",
            r"\b(smell\w*|odou?r|stink\w*)\b|味",
        ),
        (
            r"\b(look like|looks like|like in the (picture|photo)|as (described|pictured))\b|色差|和图片|跟图片|实物|好看",
            r"\b(looks?|pictures?|photos?|described|colou?r)\b|色差|图片|实物|描述|好看",
        ),
        (
            r"\b(warm|warmth|hot|cold|keep\w* (me )?warm)\b|保暖|暖和|保温|发烫",
            r"\b(warm\w*|hot|cold)\b|暖|保温|烫|冷",
        ),
        (
            r"\b(heavy|lightweight)\b|重不重|重吗|轻便|沉",
            r"\b(heavy|light|lightweight|weigh\w*)\b|重|轻|沉",
        ),
        (r"\b(battery|charging)\b|电池|续航|充电", r"\b(battery|charg\w+)\b|电池|续航|充电"),
        (
            r"\b(bright|dim|brightness)\b|够亮|亮度|太暗|刺眼",
            r"\b(bright\w*|dim|dark)\b|亮|暗|刺眼",
        ),
        (
            r"\b(shrink\w*|fade\w*|pill\w*|wash\w*)\b|缩水|掉色|起球|褪色",
            r"\b(shr[aiu]nk\w*|fade\w*|pill(s|ed|ing)\b|wash\w*)|缩水|掉色|起球|褪色",
        ),
        (r"\b(taste|tasty|delicious)\b|好吃|味道|口感", r"\b(tast\w+|delicious)\b|好吃|味道|口感"),
    )
)


def aspect_of(text: str) -> re.Pattern[str] | None:
    """What reviews that speak of the aspect contain; None: no aspect is asked for.

    >>> bool(aspect_of("Is it loud?")), aspect_of("What do people say?")
    (True, None)
    """
    folded = fold(text[:_MOST])
    return next((said for asked, said in _ASPECTS if asked.search(folded)), None)


def asks_opinion(text: str) -> bool:
    """Whether shoppers' opinions are asked for: of a product as a whole, or of what only use shows.

    >>> asks_opinion("Do people like it?"), asks_opinion("评价怎么样"), asks_opinion("How much is it?")
    (True, True, False)
    """
    is_of_aspect = aspect_of(text) is not None and asks_of_goods(text)
    return is_general(text) or (is_of_aspect and not _OF_SHOP.search(fold(text[:_MOST])))


def is_general(text: str) -> bool:
    """Whether the product as a whole is meant."""
    folded = fold(text[:_MOST])
    is_of_shop = bool(_OF_SHOP.search(folded)) or tells_of_order(folded)
    return bool(_GENERAL.search(folded)) and not is_of_shop


def opinion_text(
    title: str, reviews: ProductReviews, asked: str, language: Language
) -> tuple[str, int]:
    """What may be said, and how many reviews speak of what is asked for; of no aspect, all do.

    Quotations of the reader's language come first. Where people disagree, both sides are quoted. A text with an instruction, a
    contact, or a price or a number with a unit is never quoted: it is no source of facts.
    """
    aspect = aspect_of(asked)
    of_aspect = may = [r for r in reviews.texts if _may_be_quoted(r)]
    if aspect is not None:
        of_aspect = [r for r in may if aspect.search(fold(r.text))]
        if not of_aspect and is_general(asked):
            aspect, of_aspect = None, may
    n_about = reviews.n if aspect is None else len(of_aspect)
    quoted = _chosen(of_aspect, language)
    zh = language == "zh"
    parts = [_stars(title, reviews, zh)]
    if aspect is not None and of_aspect:
        one = n_about == 1
        parts.append(
            f"其中{n_about}条提到这一点。"
            if zh
            else f"{n_about} of them {'speaks' if one else 'speak'} of this."
        )
    if quoted:
        said = ("、" if zh else " and ").join(f"“{r.text}”" for r in quoted)
        parts.append(
            f"买家评论（个人意见）：{said}" if zh else f"Opinions of shoppers, not ours: {said}"
        )
    return ("" if zh else " ").join(parts), n_about


def _stars(title: str, reviews: ProductReviews, zh: bool) -> str:
    n, rated = reviews.n, reviews.n_rated
    if reviews.mean_rating is None:
        return f"{title}：{n}条评价。" if zh else f"{title}: {n} {_reviews(n)}."
    stars = f"{reviews.mean_rating:.1f}"
    if zh:
        return f"{title}：{rated}条评价，平均{stars}分（满分5分）。"
    return f"{title}: {stars} of 5 from {rated} {_reviews(rated)}."


def _reviews(n: int) -> str:
    return "review" if n == 1 else "reviews"


def _may_be_quoted(review: Review) -> bool:
    text = review.text
    return len(text) <= MOST_QUOTED and not is_planted(text) and not facts(text)


def _chosen(reviews: Sequence[Review], language: Language) -> list[Review]:
    """Two at most, of the reader's language first, each wording once: the newest, and the newest of the other side."""
    distinct = list({r.text: r for r in reversed(reviews)}.values())[::-1]
    distinct.sort(key=lambda r: r.language != language)  # stable: the newest first within each
    chosen = distinct[:1]
    if chosen:
        rest = distinct[1:]
        side = _side(chosen[0])
        others = [r for r in rest if r.language == language and _side(r) * side < 0]
        chosen += (others or rest)[: _N_QUOTES - 1]
    return chosen


def _side(review: Review) -> int:
    if review.rating is None:
        return 0
    return 1 if review.rating >= _HIGH else -1 if review.rating <= _LOW else 0
