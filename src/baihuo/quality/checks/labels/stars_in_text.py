"""Reviews whose text says how many stars it gives, and whose rating says the opposite."""

from __future__ import annotations

import re

import pyarrow as pa

from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.labels.parameters import work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_HINT = r"(?i)(?:[五一零半两0-2５5]|一)颗?星|\b(?:five|one|zero|half an?|[015])(?: out of (?:five|5))?[ -]?stars?\b"
_LONGEST = 300  # letters: a longer text speaks of more than its own stars
_BEGINS = r"(?:^|[，。！；、,.!;~～]\s*)"
_ENDS = r"(?=\s*(?:[，。！；、,.!;~～]|$))"
# a clause of such words alone: "I wanted to give five stars" and 本来想给五星 have others
_FIVE = re.compile(
    rf"{_BEGINS}(?:必须|果断|绝对|妥妥|直接|当然|值得|全部|都|给|打|个|满|的)*[五5５]颗?星(?:好评|推荐|满分|奉上|送上|走起|必须)?{_ENDS}|"
    rf"{_BEGINS}(?:(?:an?|easily|easy|definitely|absolutely|solid|full|clear|strong|total|overall|all|deserves?|well|worth|i|i'd|give|giving|gave|rate|rated|it|this|them|product) )*"
    rf"(?:five|5)(?: out of (?:five|5))?[ -]?stars?(?: (?:from me|all the way|all round|all around|well deserved|for sure|product))?{_ENDS}",
    re.IGNORECASE,
)
_ONE = re.compile(
    rf"{_BEGINS}(?:只能|最多|只|就|才|勉强|无奈)+(?:给|打)(?:个|了)?[一1半零0]颗?星{_ENDS}|{_BEGINS}[一1]颗?星差评{_ENDS}|"
    rf"[一1半零0]颗?星(?:都|也)(?:不想|不愿|不该|不配|不值|嫌|舍不得)|"
    rf"{_BEGINS}(?:(?:only|just|i|i'd|give|giving|gave|it|this|an?|deserves?|sadly|unfortunately) )*(?:one|1|zero|0|half a)[ -]?stars?"
    rf"(?: (?:only|because|since|from me|at best|at most|is too|if that|is more)\b[^.!;]*)?{_ENDS}",
    re.IGNORECASE,
)
# whose stars, or what for, is in doubt
_DOUBT = re.compile(
    r"\b(?:but|however|although|though|except|minus|reviews?|hotel|fake|lost|until|they|people|others?|shipping|delivery|courier|seller|service|was|were)\b|"
    "但|不过|可惜|结果|居然|刷|骗|扣|返现|别人|他们|物流|快递|客服|卖家|店家|商家|包装|本来|如果|酒店",
    re.IGNORECASE,
)
_STATED = pa.schema([("text", pa.string()), ("n_stars", pa.int64())])
_STARS_IN_TEXT = sql_file(__file__, "stars_in_text").bind(max_share=0.05)


def stated_stars(text: str) -> int | None:
    """How many stars a text gives, where it says so plainly: five, or one (also zero and a half); None: it does not.

    >>> stated_stars("Easily five stars, would buy again."), stated_stars("一星都不想给"), stated_stars("I expected a five star product")
    (5, 1, None)
    """
    if len(text) > _LONGEST or _DOUBT.search(text) is not None:
        return None
    is_five, is_one = (pattern.search(text) is not None for pattern in (_FIVE, _ONE))
    return None if is_five == is_one else 5 if is_five else 1


def _read(batch: pa.RecordBatch) -> pa.RecordBatch:
    stated = [(text, stated_stars(text)) for text in batch["text"].to_pylist()]
    rows = [{"text": text, "n_stars": n} for text, n in stated if n is not None]
    return pa.RecordBatch.from_pylist(rows, schema=_STATED)


def find_stars_in_texts(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Ratings that the stars of their own text contradict."""
    if {"text", "rating"} & findings.empty:
        return CheckResult()
    texts, stated = (work_file(findings, name) for name in ("texts_with_stars", "stated_stars"))
    rows = findings.rows("event_type", "text", "rating")
    findings.tables.sql(
        f"SELECT DISTINCT text FROM {rows} WHERE event_type = 'review' AND (rating <= 2 OR rating >= 4) "
        f"AND length(text) <= {_LONGEST} AND regexp_matches(text, {sql_text(_HINT)})",
        out=texts,
        **findings.inputs(),
    )
    if n_rows(texts) == 0:
        return CheckResult()
    findings.tables.map_arrow(_read, texts, out=stated)
    if n_rows(stated) == 0:
        return CheckResult()
    return CheckResult(
        selects=[_STARS_IN_TEXT(rows=rows)],
        inputs={"stated_stars": stated},
    )
