"""Round 3 of step ``text``: sentences that unrelated products share.

A sentence is judged by how many products have it, and in how many categories (first levels, else brands):
what many kinds of products say describes none of them. A sentence about service (shipping, returns, "click
here") needs far fewer than any other, whose sharing may be a real property of many products ("One-year
warranty."). Once a sentence is known to be shared, it is also found behind a text that ends without a full
stop.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

# both are patterns for the engine (RE2) and for Python
SENTENCE = r"(?:[^.!?。！？；\n]|[.!?]{1,50}[^.!?\s。！？；\n])+[.!?。！？；\n]*\s*"
_ENDS = r"[\s.!?。！？；…]"
SENTENCE_END = f"{_ENDS}+$"
_SERVICE = (
    r"\bshipping\b|\bship(s|ped)? (within|from|to|in|worldwide)|\breturns?\b.*\b(days?|policy|accepted|free)|"
    r"\b\d+.days?\b.*\breturns?\b|refund|money.back|exchange policy|"
    r"click (here|below|the)|visit our|our (store|shop|website|newsletter)|contact us|feel free to contact|"
    r"customer (service|support)|subscribe|follow us|add (to|this).*(cart|favou?rites)|positive feedback|"
    r"thank you for (shopping|your)|colou?rs? may (vary|differ)|包邮|退换|退货|换货|发货|快递|物流|"
    r"联系客服|咨询客服|在线客服|点击|收藏本店|关注(本店|店铺)|好评|本店|运费|售后服务|色差"
)


_SENTENCES = sql_file(__file__, "sentences").bind(
    sentence_pattern=SENTENCE, end_pattern=SENTENCE_END
)
_SHARED_SENTENCES = sql_file(__file__, "shared_sentences").bind(service_pattern=_SERVICE)
_TEXTS_WITH_BOILERPLATE = sql_file(__file__, "texts_with_boilerplate")
_BOILERPLATE = sql_file(__file__, "boilerplate")
_SENTENCE_RE = re.compile(SENTENCE)
_SENTENCE_END_RE = re.compile(f"(?<!{_ENDS}){SENTENCE_END}")  # not tried from each sign of a run


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Descriptions without the sentences that are not about their product."""
    selects, inputs = list[str](), dict[str, Source]()
    for field in ("description_en", "description_zh"):
        without = _without_boilerplate(findings, settings, field)
        if without is not None:
            inputs[f"texts_{field}"] = without
            selects.append(_BOILERPLATE(field=field, texts=f"texts_{field}"))
    return CheckResult(selects=selects, inputs=inputs)


def _without_boilerplate(findings: FindingsStore, settings: TextRules, field: str) -> Path | None:
    """The descriptions that shared sentences were found in, and what is left of them; None: there are none."""
    shared, texts, without = (
        findings.work / f"boilerplate_{name}_{field}.parquet"
        for name in ("sentences", "texts", "removed")
    )
    sentences = _SENTENCES(rows=findings.rows(field, "category", "brand"), field=field)
    findings.tables.sql(
        _SHARED_SENTENCES(
            sentences=sentences,
            rows=findings.rows(field),
            field=field,
            min_products=settings.boilerplate_rows,
            min_categories=settings.boilerplate_roots,
            min_chars=settings.boilerplate_chars,
            any_share=settings.boilerplate_share,
            service_share=settings.service_share,
        ),
        out=shared,
        **findings.inputs(),
    )
    if not n_rows(shared):
        return None
    findings.tables.sql(
        _TEXTS_WITH_BOILERPLATE(sentences=sentences, rows=findings.rows(field), field=field),
        out=texts,
        shared=shared,
        **findings.inputs(),
    )
    findings.tables.map_arrow(_remove_sentences, texts, out=without)
    return without


def _remove_sentences(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Each description without its shared sentences; what stands between the others stays as it is."""
    columns = batch["text"].to_pylist(), batch["sentences"].to_pylist()
    left = [_without(text, set(shared)) for text, shared in zip(*columns, strict=True)]
    return batch.append_column("new", pa.array(left, pa.string()))


def _without(text: str, shared: set[str]) -> str | None:
    parts, at = [], 0
    for match in _SENTENCE_RE.finditer(text):
        parts.append(text[at : match.start()])
        core = _SENTENCE_END_RE.sub("", match[0])
        if core.strip().lower() not in shared:
            parts.append(_without_tail(match[0], core, shared))
        at = match.end()
    return "".join([*parts, text[at:]]).strip() or None


def _without_tail(sentence: str, core: str, shared: set[str]) -> str:
    """A sentence without the shared one that stands behind it, where no full stop parts them."""
    lower = core.lower()
    tails = [s for s in shared if lower.endswith(f" {s}")] if len(lower) == len(core) else []
    return f"{core[: -max(map(len, tails))].rstrip()} " if tails else sentence
