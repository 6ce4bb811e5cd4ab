"""Round 3 of step ``text``: sentences that unrelated products share.

A sentence is judged by how many products have it, and in how many categories (first levels, else brands):
what many kinds of products say describes none of them. A sentence about service (shipping, returns, "click
here") needs far fewer than any other, whose sharing may be a real property of many products ("One-year
warranty.").
"""

from __future__ import annotations

import json
import re
from functools import partial

import pyarrow as pa

from baihuo.engine import Source, sql_file, sql_text
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore
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


_SHARED_SENTENCES = sql_file(__file__, "shared_sentences").bind(
    sentence_pattern=SENTENCE, end_pattern=SENTENCE_END, service_pattern=_SERVICE
)
_SENTENCE_RE = re.compile(SENTENCE)
_SENTENCE_END_RE = re.compile(f"(?<!{_ENDS}){SENTENCE_END}")  # not tried from each sign of a run
_TEXTS = pa.schema(
    [
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("new", pa.string()),
        pa.field("detail", pa.string()),
    ]
)


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Descriptions without the sentences that are not about their product."""
    selects, inputs = list[str](), dict[str, Source]()
    for field in ("description_en", "description_zh"):
        shared_sentences = _SHARED_SENTENCES(
            rows=findings.rows(field, "category", "brand"),
            field=field,
            min_products=settings.boilerplate_rows,
            min_categories=settings.boilerplate_roots,
            min_chars=settings.boilerplate_chars,
            any_share=settings.boilerplate_share,
            service_share=settings.service_share,
        )
        found = findings.tables.sql(shared_sentences, out=None, **findings.inputs()).to_pylist()
        if not found:
            continue
        shared = {row["sentence"]: row["n"] for row in found}
        texts, without = (
            findings.work / f"{name}_{field}.parquet" for name in ("texts", "without")
        )
        holds_one = " OR ".join(f"contains(lower({field}), {sql_text(s)})" for s in shared)
        findings.tables.sql(
            f"SELECT import_id, line, {field} AS text FROM {findings.rows(field)} WHERE {holds_one}",
            out=texts,
            **findings.inputs(),
        )
        remove = partial(_without_shared, field=field, shared=shared)
        findings.tables.map_arrow(remove, texts, out=without)
        inputs[f"without_{field}"] = without
        selects.append(
            f"SELECT import_id, line, 'boilerplate' AS rule, 'repair' AS action, '{field}' AS field, new, detail FROM without_{field}"
        )
    return CheckResult(selects=selects, inputs=inputs)


def _without_shared(batch: pa.RecordBatch, field: str, shared: dict[str, int]) -> pa.RecordBatch:
    """The descriptions that have shared sentences, without them; what stands between the others stays as it is."""
    rows = []
    for row in batch.to_pylist():
        parts, removed, at = list[str](), set[str](), 0
        for match in _SENTENCE_RE.finditer(row["text"]):
            sentence = _SENTENCE_END_RE.sub("", match[0]).strip().lower()
            if sentence in shared:
                removed.add(sentence)
                parts.append(row["text"][at : match.start()])
                at = match.end()
        if removed:
            new = "".join([*parts, row["text"][at:]]).strip() or None
            detail = {"field": field, "old": row["text"], "new": new, "sentences": sorted(removed)}
            detail["shared_by"] = max(shared[sentence] for sentence in removed)
            where = {"import_id": row["import_id"], "line": row["line"]}
            rows.append({**where, "new": new, "detail": json.dumps(detail, ensure_ascii=False)})
    return pa.RecordBatch.from_pylist(rows, schema=_TEXTS)
