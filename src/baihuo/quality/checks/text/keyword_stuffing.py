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
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_MIN_BRAND_PRODUCTS = 3  # of fewer products, a word is no brand that titles are searched for
_STOP_WORDS = frozenset(
    "and for the with from der die das und mit für per set inch pack black white".split()
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_HAN_RUN = re.compile("[\u4e00-\u9fff]{2,}")
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
_DIGIT = re.compile(r"\d")
_HAN_REPEAT = re.compile("([\u4e00-\u9fff]{2,5})\\1{2,}|([\u4e00-\u9fff]{6,40})\\2+")


# titles that repeat, list or run on; most titles do none of it
_CANDIDATE_EN = """length(title_en) > {max_title_chars} OR len(regexp_extract_all(title_en, '[,，、;；|]')) >= 6
    OR len(list_distinct(string_split(lower(title_en), ' '))) < len(string_split(title_en, ' ')) - 1
    OR regexp_matches(lower(title_en), 'hot sale|best seller|free shipping|wholesale|new arrival')"""
_CANDIDATE_ZH = """length(title_zh) > {max_title_chars} OR len(regexp_extract_all(title_zh, '[,，、;；| ]')) >= 9
    OR len(list_distinct(regexp_extract_all(title_zh, '[\\x{4e00}-\\x{9fff}]'))) < 0.7 * len(regexp_extract_all(title_zh, '[\\x{4e00}-\\x{9fff}]'))
    OR regexp_matches(title_zh, '(爆款|包邮|特价|热卖|促销|网红|同款|正品|清仓|秒杀).*(爆款|包邮|特价|热卖|促销|网红|同款|正品|清仓|秒杀)')"""
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
        select.replace("{max_title_chars}", str(settings.max_title_chars)),
        out=titles,
        **findings.inputs(),
    )
    if not n_rows(titles):
        return CheckResult()
    brands = findings.tables.sql(
        f"SELECT lower(brand) AS brand FROM {findings.rows('brand')} WHERE length(brand) >= 3 "
        f"GROUP BY lower(brand) HAVING count(*) >= {_MIN_BRAND_PRODUCTS}",
        out=None,
        **findings.inputs(),
    )["brand"].to_pylist()
    findings.tables.sql("SELECT DISTINCT text, brand FROM titles", out=distinct, titles=titles)
    findings.tables.map_arrow(_scoring(frozenset(brands), settings), distinct, out=scored)
    inputs = {"titles": titles, "scored": scored}
    return CheckResult(selects=[_STUFFED_TITLES()], inputs=inputs)


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


def stuffing_points(title: str, brands: frozenset[str], *, max_chars: int) -> dict[str, float]:
    """Points by reason; none for a title that names a thing.

    Args:
        title: As it is shown, repeats side by side already removed.
        brands: Other brands of this catalogue, lower case.
        max_chars: A longer title gets a point.
    """
    points: dict[str, float] = {}
    words = Counter(w for w in _WORD.findall(title.lower()) if w not in _STOP_WORDS)
    for run in _HAN_RUN.findall(title):
        words.update(run[i : i + 2] for i in range(len(run) - 1))
    repeated = {w: n for w, n in words.items() if n >= 3}
    if repeated:
        points["words said three times or more"] = float(sum(n - 2 for n in repeated.values()))
    pieces = [p for p in _SEPARATORS.split(title) if p.strip()]
    bare = [p for p in pieces if not re.search(r"\d", p) and len(p.split()) <= 4]
    if len(bare) >= 7:
        points["a list of words"] = (len(bare) - 5) * 0.5
    others = [w for w in words if w in brands]
    if len(others) >= 2 and not _COMPATIBILITY.search(title):
        points["other makers' names"] = float(len(others))
    shouts = len({m[0].lower() for m in _SHOUTS.finditer(title)})
    if shouts >= 2:
        points["shouting"] = shouts * 0.5
    if len(title) > max_chars:
        points["long"] = 1.0
    return points
