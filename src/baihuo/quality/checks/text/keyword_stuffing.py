"""Round 4 of step ``text``: titles that are lists of search words.

Exact repeats side by side are removed (a repair). The rest is a score with its reasons, for a
person: words repeated more than twice, long lists of short pieces without a number in them, brands that
the product is not of (unless it is *for* them), shouting, and length.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.text.mojibake import is_doubtful
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.checks.text.stock_characters import is_lost
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_MIN_BRAND_PRODUCTS = 3  # of fewer products, a word is no brand that titles are searched for
_STOP_WORDS = frozenset(
    "and for the with from der die das und mit für per set inch pack black white".split()
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_HAN_RUN = re.compile("[\u4e00-\u9fff]{2,}")
_PIECES = re.compile(r"[,，、;；|/]+|\. ")
_QUALIFIED = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,})[ -]?(\d[\d.]*|[A-Z](?![^\W_]))")
_SEPARATORS = re.compile(r"[,，、;；|]+")
_COMPATIBILITY = re.compile(
    r"\b(for|fits?|compatible|works with|replace(s|ment)?|für|pour)\b|适用|兼容|通用|适配|替代",
    re.I,
)
_SHOUTS = re.compile(
    r"\b(hot sale|best sellers?|free shipping|top quality|brand new|on sale|cheap(est)?|factory price|"
    r"limited offer|must have|new arrivals?|wholesale|100% original)\b|爆款|包邮|特价|热卖|促销|网红|同款|正品|清仓|秒杀",
    re.I,
)
# what people type to find any thing at all: five or six of them in a row describe none
_SEARCHED = (
    "hot|sale|sales|new|newest|latest|best|bestseller|bestsellers|seller|cheap|cheapest|discount|deal|deals|offer|promo|promotion|clearance|bargain|"
    "free|shipping|gift|gifts|birthday|christmas|xmas|valentine|halloween|wedding|party|holiday|travel|outdoor|indoor|home|office|school|beach|"
    "summer|winter|spring|autumn|fall|men|women|mens|womens|ladies|girls|boys|kids|children|baby|unisex|adult|teen|teens|fashion|fashionable|trend|"
    "trendy|trending|popular|viral|style|stylish|vintage|retro|classic|cute|cool|sexy|elegant|luxury|premium|quality|original|genuine|authentic|"
    "official|brand|wholesale|bulk|factory|supplier|top|super|amazing|perfect|must|have|limited|edition|exclusive|online|shop|store|buy|now|"
    "20[12][0-9]|for|and|with"
)
_SEARCHED_ZH = (
    "ins风?|网红|送礼|礼物|高级感|正品|夏季|冬季|春季|秋季|春秋|四季|男女|男士|女士|情侣|学生|儿童|清仓|特价|促销|秒杀|甩卖|热卖|热销|爆款|同款|新款|"
    "百搭|包邮|韩版|日系|欧美|复古|潮流|时尚|家用|办公|户外|旅行|抖音|快手|小红书|直播|专柜|官方|旗舰|厂家|直销|批发|代购|明星|推荐|必备|神器|"
    "高档|奢华|轻奢|可爱|少女心|创意|生日|节日|圣诞|情人节|20[12][0-9]"
)
_IN_A_ROW = rf"(?i:(?:\b(?:{_SEARCHED})\b[\s,;/|+&-]*){{7,}})"
# sentences have little words between them, tails of search words have not
_ROW_EN = _IN_A_ROW.replace("|for|and|with", "").replace("{7,}", "{6,}")
_IN_A_ROW_ZH = rf"(?i:(?:(?:{_SEARCHED_ZH})[\s,，、;；/|+]*){{6,}})"
_ROWS_OF_SEARCHED = re.compile(f"{_IN_A_ROW}|{_IN_A_ROW_ZH}")
_LITTLE = frozenset("for and with".split())
# so well known that a title names several only to be found
_FAMOUS = frozenset(
    "nike adidas puma reebok gucci prada chanel dior versace armani burberry hermes fendi rolex omega cartier apple iphone samsung huawei xiaomi sony "
    "nokia motorola lenovo asus acer canon nikon dyson philips bosch lego disney zara uniqlo levis converse vans timberland balenciaga supreme "
    "耐克 阿迪达斯 彪马 李宁 安踏 古驰 香奈儿 迪奥 苹果 三星 华为 小米 索尼 戴森 飞利浦 优衣库".split()
)
_FAMOUS_ZH = frozenset(name for name in _FAMOUS if not name.isascii())
_NAMES = "|".join(sorted(_FAMOUS))
_SEVERAL_FAMOUS = rf"\b(?:{_NAMES})\b.*\b(?:{_NAMES})\b.*\b(?:{_NAMES})\b"
_NAMES_ZH = "|".join(sorted(_FAMOUS_ZH))
_SEVERAL_FAMOUS_ZH = f"(?:{_NAMES_ZH}).*(?:{_NAMES_ZH}).*(?:{_NAMES_ZH})"
_DIGIT = re.compile(r"\d")
_WHOLE_TWICE = re.compile(r"(.{8,400}?)[\s,，;；|/–-]*+(?:\1[\s,，;；|/–-]*+)+", re.DOTALL)
# "ACT VGA cable male-male blackVGA cable male-male black": all but the first words twice, also joined
_TAIL_TWICE = re.compile(r"((?:\S+ ){0,3}?)(\S+ \S+ .{12,400}?)[\s,，;；|/–-]*+\2", re.DOTALL)
_HAN_REPEAT = re.compile("([\u4e00-\u9fff]{2,5})\\1{2,}|([\u4e00-\u9fff]{6,40})\\2+")


# titles that repeat, list or run on; most titles do none of it
_CANDIDATE_EN = """length(title_en) > {max_title_chars} OR len(regexp_extract_all(title_en, '[,，、;；|/&+]')) >= 4
    OR len(list_distinct(string_split(lower(title_en), ' '))) < len(string_split(title_en, ' ')) - 1
    OR regexp_matches(lower(title_en), 'hot sale|best seller|free shipping|wholesale|new arrival|{famous}')
    OR regexp_matches(title_en, '{in_a_row}')"""
_CANDIDATE_ZH = """length(title_zh) > {max_title_chars} OR len(regexp_extract_all(title_zh, '[,，、;；| ]')) >= 9
    OR len(list_distinct(regexp_extract_all(title_zh, '[\\x{4e00}-\\x{9fff}]'))) <= len(regexp_extract_all(title_zh, '[\\x{4e00}-\\x{9fff}]')) - 4
    OR regexp_matches(title_zh, '(爆款|包邮|特价|热卖|促销|网红|同款|正品|清仓|秒杀).*(爆款|包邮|特价|热卖|促销|网红|同款|正品|清仓|秒杀)')
    OR regexp_matches(title_zh, '{in_a_row_zh}') OR regexp_matches(title_zh, '{famous_zh}')"""
_STUFFED_DESCRIPTIONS = sql_file(__file__, "stuffed_descriptions")
_STUFFED_TITLES = sql_file(__file__, "stuffed_titles")


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Titles that repeat themselves are repaired; titles that only list words are noted."""
    titles, distinct, scored = (
        findings.work / f"text_stuffing_{name}.parquet" for name in ("titles", "distinct", "scored")
    )
    select = " UNION ALL ".join(
        f"SELECT import_id, line, '{field}' AS field, {field} AS text, lower(coalesce(brand, '')) AS brand "
        f"FROM {findings.rows(field, 'brand')} WHERE length({field}) < {settings.max_chars} AND ({candidate})"
        for field, candidate in (("title_en", _CANDIDATE_EN), ("title_zh", _CANDIDATE_ZH))
    )
    findings.tables.sql(
        select.replace("{max_title_chars}", str(settings.max_title_chars))
        .replace("{in_a_row}", _IN_A_ROW)
        .replace("{in_a_row_zh}", _IN_A_ROW_ZH)
        .replace("{famous}", _SEVERAL_FAMOUS)
        .replace("{famous_zh}", _SEVERAL_FAMOUS_ZH),
        out=titles,
        **findings.inputs(),
    )
    descriptions = [
        _STUFFED_DESCRIPTIONS(rows=findings.rows(field), field=field, row=row)
        for field, row in (("description_en", _ROW_EN), ("description_zh", _IN_A_ROW_ZH))
    ]
    if not n_rows(titles):
        return CheckResult(selects=descriptions)
    brands = findings.tables.sql(
        f"SELECT lower(brand) AS brand FROM {findings.rows('brand')} WHERE length(brand) >= 3 "
        f"GROUP BY lower(brand) HAVING count(*) >= {_MIN_BRAND_PRODUCTS}",
        out=None,
        **findings.inputs(),
    )["brand"].to_pylist()
    findings.tables.sql("SELECT DISTINCT text, brand FROM titles", out=distinct, titles=titles)
    known = frozenset(brands) | _FAMOUS
    findings.tables.map_arrow(_scoring(known, settings), distinct, out=scored)
    inputs = {"titles": titles, "scored": scored}
    return CheckResult(selects=[_STUFFED_TITLES(), *descriptions], inputs=inputs)


def _scoring(
    brands: frozenset[str], settings: TextRules
) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Batches of ``text``, ``brand`` in; the same with ``new``, ``score``, ``reasons``, ``is_stuffed`` out."""

    def score_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        new, scores, reasons = [], [], []
        for text, brand in zip(batch["text"].to_pylist(), batch["brand"].to_pylist(), strict=True):
            title = without_repeats(text)
            points = stuffing_points(title, brands - {brand}, max_chars=settings.max_title_chars)
            new.append(title)
            scores.append(round(sum(points.values()), 1))
            reasons.append(json.dumps(points, ensure_ascii=False))
        is_stuffed = [score >= settings.stuffing_score for score in scores]
        columns = {"new": new, "score": scores, "reasons": reasons, "is_stuffed": is_stuffed}
        return pa.RecordBatch.from_pydict(
            {"text": batch["text"], "brand": batch["brand"]}
            | {name: pa.array(values) for name, values in columns.items()}
        )

    return score_batch


def without_repeats(title: str) -> str:
    """The title with repeats side by side once: one or two words from three times on, more words from two.

    >>> without_repeats("Phone Case Phone Case Phone Case for Nova"), without_repeats("Duran Duran in New York New York")
    ('Phone Case for Nova', 'Duran Duran in New York New York')
    >>> without_repeats("手机壳手机壳手机壳 透明"), without_repeats("宝宝 娃娃 看看")
    ('手机壳 透明', '宝宝 娃娃 看看')
    """
    if is_doubtful(title):  # 锟斤拷锟斤拷 are no words said twice
        return title
    if whole := _WHOLE_TWICE.fullmatch(title):
        title = whole[1].rstrip(" ,，;；|/–-")
    elif tail := _TAIL_TWICE.fullmatch(title):
        title = tail[1] + tail[2].rstrip(" ,，;；|/–-")
    title = _HAN_REPEAT.sub(lambda m: m[1] or m[2], title)
    words = title.split(" ")
    keys = [w.strip(",，、;；|/-–").lower() for w in words]
    if len(set(keys)) > len(keys) - 2:
        return title
    at = 0
    while at < len(words):
        for size in range(min(8, (len(words) - at) // 2), 0, -1):
            phrase = keys[at : at + size]
            times = 1
            while keys[at + times * size : at + (times + 1) * size] == phrase:
                times += 1
            # "1x RCA male - 1x RCA male" and "5 GHz / 5 GHz" count things: numbers are repeated on purpose
            is_words = any(map(_is_word, phrase)) and not any(map(_DIGIT.search, phrase))
            if times >= (3 if size <= 2 else 2) and is_words:
                last = words[at + times * size - 1]
                cut = at + (times - 1) * size
                del words[at + size : cut + size], keys[at + size : cut + size]
                words[at + size - 1] = last
                break
        at += 1
    return " ".join(words)


def _is_word(key: str) -> bool:
    return bool(_WORD.search(key) or _HAN_RUN.search(key))


def _is_made_for(title: str, makers: list[str]) -> bool:
    """Whether it fits things of these makers: "for" stands before one of them, not only before "men"."""
    lower = title.lower()
    first = min(lower.find(maker) for maker in makers)
    last = max(lower.rfind(maker) for maker in makers)
    match = _COMPATIBILITY.search(title)
    return match is not None and (
        match.start() < first or (match.end() > last + 1 and bool(_HAN_RUN.match(match[0])))
    )


def _n_in_a_row(text: str) -> int:
    """How many different words that people search for stand in a row; 0 where it is no row."""
    found = [m[0] for m in _ROWS_OF_SEARCHED.finditer(text)]
    words = {
        w for row in found for w in re.findall(f"(?i)\\b(?:{_SEARCHED})\\b|{_SEARCHED_ZH}", row)
    }
    n = len({w.lower() for w in words} - _LITTLE)
    return n if n >= 6 else 0


def _words_said(title: str) -> Counter[str]:
    """How often each word is said, lower case, not counting specifications and models that it fits.

    A word with different numbers or letters after it is another thing each time (USB-A, USB-C), and
    a list of what the thing fits has each model with a number.

    >>> _words_said("USB-C hub, USB-C to USB-A and USB 2.0")["usb"], _words_said("shoes 2024 shoes men shoes")["shoes"]
    (0, 3)
    >>> _words_said("Toner for Laser Jet 1500, Laser Jet 2500, Laser Jet 2550")["laser"]
    0
    """
    fits = _COMPATIBILITY.search(title)
    own, fitted = (title[: fits.start()], title[fits.start() :]) if fits else (title, "")
    words = Counter(_WORD.findall(own.lower()))
    for piece in _PIECES.split(fitted):
        is_model = bool(_DIGIT.search(piece))
        words.update(w for w in _WORD.findall(piece.lower()) if not is_model or w in words)
    qualifiers: dict[str, list[str]] = {}
    for match in _QUALIFIED.finditer(title):
        qualifiers.setdefault(match[1].lower(), []).append(match[2])
    for word, said in qualifiers.items():
        if len(set(said)) > 1 and word in words:
            words[word] = max(0, words[word] - len(said))
    return Counter({w: n for w, n in words.items() if w not in _STOP_WORDS})


def stuffing_points(title: str, brands: frozenset[str], *, max_chars: int) -> dict[str, float]:
    """Points by reason; none for a title that names a thing.

    Args:
        title: As it is shown, repeats side by side already removed.
        brands: Other brands of this catalogue, lower case.
        max_chars: A longer title gets a point.
    """
    points: dict[str, float] = {}
    if is_lost(title, is_listing=True):  # what 锟斤拷锟斤拷 repeats are no words
        return points
    words = _words_said(title)
    for run in _HAN_RUN.findall(title):
        words.update(run[i : i + 2] for i in range(len(run) - 1))
    repeated = {w: n for w, n in words.items() if n >= 3}
    if repeated:
        points["words said three times or more"] = float(sum(n - 2 for n in repeated.values()))
        if max(repeated.values()) >= max(4, 0.4 * len(title.split())) and not _DIGIT.search(title):
            points["mostly one word"] = 1.0
    pieces = [p for p in _SEPARATORS.split(title) if p.strip()]
    bare = [p for p in pieces if not re.search(r"\d", p) and len(p.split()) <= 4]
    if len(bare) >= 7:
        points["a list of words"] = (len(bare) - 5) * 0.5
    others = [w for w in words if w in brands]
    others += [name for name in _FAMOUS_ZH & brands if len(name) > 2 and name in title]
    if len(others) >= 2 and not _is_made_for(title, others):
        points["other makers' names"] = float(len(others))
    if n_searched := _n_in_a_row(title):
        points["words that people search for"] = n_searched * 0.5
    shouts = len({m[0].lower() for m in _SHOUTS.finditer(title)})
    if shouts >= 2:
        points["shouting"] = shouts * 0.5
    if len(title) > max_chars:
        points["long"] = 1.0
    return points
